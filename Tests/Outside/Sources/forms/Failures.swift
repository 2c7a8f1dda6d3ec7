// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks

/// A value that can't be encoded, if it is told so.
private struct Sealed: Codable, Equatable, Sendable {
  struct Refusal: Error {}

  var text: String
  var isSealed: Bool

  init(_ text: String, isSealed: Bool = false) { (self.text, self.isSealed) = (text, isSealed) }

  init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  func encode(to encoder: any Encoder) throws {
    if isSealed { throw Refusal() }
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

/// Expects an error of a class.
private func expectError(_ errorClass: ErrorClass, line: Int = #line, _ body: () throws -> Void) throws {
  do { try body() } catch let error as MPIError {
    return try expect(error.errorClass, errorClass)
  }
  throw Wrong(description: "\(#fileID):\(line): nothing was thrown, and \(errorClass) was expected")
}

/// What throws, throws on every rank that waits, and loses nothing that has come. The communicator works on.
func failures(_ world: Communicator) throws {
  try unencodable(world)
  if world.size > 1 { try tooLong(world) }
  try expect(try world.allReduce(1, .sum), world.size)
}

private func unencodable(_ world: Communicator) throws {
  let (me, last) = (world.rank, world.size - 1)
  let open = Sealed("open")
  for bad in last == 0 ? [0] : [0, last] {
    let mine = Sealed("mine", isSealed: me == bad)
    try expectError(.serialization) { _ = try world.broadcast(object: me == bad ? mine : nil, root: bad) }
    try expectError(.serialization) { _ = try world.allGather(object: mine) }
    if me == bad || me == 0 {
      try expectError(.serialization) { _ = try world.gather(object: mine) }
    } else {
      try expect(try world.gather(object: mine), nil)
    }
    // Rank 0's values, of which that for one rank is sealed.
    let all = (0..<world.size).map { Sealed("for \($0)", isSealed: $0 == bad) }
    if me == bad || me == 0 {
      try expectError(.serialization) { _ = try world.scatter(object: me == 0 ? all : nil) }
    } else {
      try expect(try world.scatter(object: nil as [Sealed]?), Sealed("for \(me)"))
    }
    try expectError(.serialization) {
      _ = try world.allToAll(object: [Sealed](repeating: Sealed("out", isSealed: true), count: world.size))
    }
    try expect(try world.allGather(object: open), [Sealed](repeating: open, count: world.size))
  }
  // An item of a loop that must travel to the last rank.
  guard last > 0 else { return }
  do {
    _ = try world.map(
      me == 0 ? (0..<100).map { Sealed("\($0)", isSealed: $0 == 99) } : nil, schedule: .static
    ) { $0.text.count }
    throw Wrong(description: "a loop over an item that can't be encoded does not throw")
  } catch let failure as LoopFailure {
    try expect(failure.index, 99)
  }
}

private func tooLong(_ world: Communicator) throws {
  let right = (world.rank + 1) % world.size
  let left = (world.rank + world.size - 1) % world.size
  func begun() throws -> RequestSet<[Int]> {
    var set = RequestSet<[Int]>()
    for tag in 0..<5 { try set.append(world.nonblocking.receive(Int.self, count: 1, from: left, tag: tag)) }
    // The second and the fourth get two elements, with room for one.
    for tag in 0..<5 { try world.send([Int](repeating: tag, count: tag % 2 + 1), to: right, tag: tag) }
    try world.barrier()
    return set
  }
  var all = try begun()
  try expectError(.truncate) { _ = try all.waitAll() }
  try expectError(.truncate) { _ = try all.waitAll() }
  try expect(try all.waitAll(), [[0], [2], [4]])

  for waits in [true, false] {
    var some = try begun()
    var (taken, errors): ([Int], Int) = ([], 0)
    while !some.isEmpty {
      do {
        for (index, output) in waits ? try some.waitSome() : try some.testSome() {
          try expect(output, [index])
          taken.append(index)
        }
      } catch let error as MPIError {
        try expect(error.errorClass, .truncate)
        errors += 1
      }
    }
    try expect(taken.sorted(), [0, 2, 4])
    try expect(errors, 2)
  }

  var incoming = try world.nonblocking.receive(Int.self, count: 1, from: left)
  try world.send([1, 2], to: right)
  try expectError(.truncate) { while try !incoming.test() {} }
  do {
    _ = try incoming.wait()
    throw Wrong(description: "a wait after a failed test does not throw")
  } catch let error as MPIError {
    try expect(error.errorClass, .truncate)
  }
}
