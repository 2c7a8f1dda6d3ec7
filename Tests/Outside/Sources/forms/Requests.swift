// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// What is done with requests, whatever has begun them.
func requests(_ world: Communicator) throws {
  let me = world.rank
  let right = (me + 1) % world.size
  let left = (me + world.size - 1) % world.size
  func begun(_ count: Int) throws -> RequestSet<[Int]> {
    var set = RequestSet<[Int]>()
    set.reserveCapacity(count)
    for _ in 0..<count { try set.append(world.nonblocking.receive(Int.self, count: 3, from: left, tag: 5)) }
    for number in 0..<count { try world.send([me, number, 7], to: right, tag: 5) }
    return set
  }
  let wanted = (0..<3).map { [left, $0, 7] }

  var all = try begun(3)
  try expect(try all.waitAll(), wanted)
  var tested = try begun(3)
  while true {
    guard let outputs = try tested.testAll() else { continue }
    try expect(outputs, wanted)
    break
  }
  var any = try begun(3)
  var found = [[Int]](repeating: [], count: 3)
  while let (index, output) = try any.waitAny() { found[index] = output }
  try expect(found, wanted)
  var anyTested = try begun(3)
  var count = 0
  while count < 3 {
    guard let (index, output) = try anyTested.testAny() else { continue }
    try expect(output, wanted[index])
    count += 1
  }
  var some = try begun(3)
  count = 0
  while count < 3 {
    for (index, output) in try some.waitSome() {
      try expect(output, wanted[index])
      count += 1
    }
  }
  var someTested = try begun(3)
  count = 0
  while count < 3 {
    for (index, output) in try someTested.testSome() {
      try expect(output, wanted[index])
      count += 1
    }
  }

  let mapped = try world.nonblocking.allReduce([me, 1], .sum).map { $0.map { 2 * $0 } }
  try expect(try mapped.wait(), [world.size * (world.size - 1), 2 * world.size])
  let incoming = try world.nonblocking.receive(Int.self, count: 3, from: left)
  try world.send([me, me, me], to: right)
  let (output, status) = try incoming.waitWithStatus()
  try expect(output, [left, left, left])
  try expect(status.source, left)
  let canceled = try world.nonblocking.receive(Int.self, count: 3, from: left, tag: 9)
  try expect(try canceled.cancel(), nil)

  let promise = Promise<[Int]>()
  let request = try world.nonblocking.request(for: promise)
  try promise.fulfill([me, me + 1, 3])
  try expect(try request.wait(), [me, me + 1, 3])
}
