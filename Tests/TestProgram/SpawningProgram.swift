// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A program that starts others, mostly itself, as its first argument says. `SpawnTests` launches it.
struct SpawningProgram {
  struct Failure: Error {
    var text: String
  }

  /// What travels from parents to children and back.
  struct Settings: Codable, Equatable {
    var title: String
    var steps: [Int]
  }

  static func run(_ arguments: [String]) throws {
    let mode = arguments.first ?? "nothing"
    try withMPI { world in
      if let parent = MPIEnvironment.parent {
        try beChild(mode, arguments, world, parent)
      } else {
        try beParent(mode, world)
        try world.barrier()
        if world.isRoot { print("the end") }
      }
    }
  }

  // MARK: Parents

  private static func beParent(_ mode: String, _ world: Communicator) throws {
    let this = CommandLine.arguments[0]
    switch mode {
    case "work":
      let workers = try world.spawn("test-program", arguments: ["spawning", "work", "with an argument"], count: 3)
      try expect(workers.size == world.size && workers.remoteSize == 3, "sizes")
      try expect(workers.startErrors == [nil, nil, nil], "start errors")
      let settings = Settings(title: "for \(world.size)", steps: [1, 2, 3])
      try workers.broadcast(object: world.isRoot ? settings : nil, localRoot: 0)
      let answers = try workers.gather([Int].self, localRoot: 0)
      if world.isRoot {
        try expect(
          answers.map { $0.map(Array.init) } == [[], [0, 1, 2], [0, 2, 4, 1, 2, 3]], "\(String(describing: answers))")
      }
      let everyone = try workers.merge(high: false)
      try expect(everyone.size == world.size + 3 && everyone.rank == world.rank, "merged")
      try expect(try everyone.allReduce(1, .sum) == world.size + 3, "sum")
      try workers.disconnect()
    case "last-root":
      // What the others give is not used.
      let last = world.size - 1
      let workers =
        world.rank == last
        ? try world.spawn(this, arguments: ["spawning", "echo", "\(last)"], count: 2, root: last)
        : try world.spawn("nonsense", count: -5, root: last)
      try echo(workers, count: 2, by: last)
    case "with-hints":
      try echo(world.spawn(this, arguments: ["spawning", "echo", "0"], count: 2, info: ["wdir": "/tmp"]), count: 2)
    case "several":
      let workers = try world.spawn([
        SpawnedProgram("test-program", arguments: ["spawning", "several", "first"], count: 1),
        SpawnedProgram("test-program", arguments: ["spawning", "several", "second", "x"], count: 2),
      ])
      try expect(workers.remoteSize == 3, "sizes")
      let lines = try workers.gather(object: [String].self, localRoot: 0)
      let expected = [["0", "several", "first"], ["1", "several", "second", "x"], ["1", "several", "second", "x"]]
      if world.isRoot { try expect(lines == expected, "\(String(describing: lines))") }
      try workers.disconnect()
    case "dropped":
      // Neither side disconnects.
      _ = try world.spawn("test-program", arguments: ["spawning", "silent"], count: 2)
    case "many":
      for _ in 0..<5 { try echo(world.spawn(this, arguments: ["spawning", "echo", "0"], count: 1), count: 1) }
    case "grandchildren":
      let child = try world.spawn(this, arguments: ["spawning", "grandchildren"], count: 1)
      if world.isRoot { try expect(try child.receive(from: 0) == 42, "grandchild") }
      try child.disconnect()
    case "from-itself":
      // Each rank a worker of its own, one after the other.
      for rank in 0..<world.size {
        if rank == world.rank {
          try echo(Communicator.itself.spawn(this, arguments: ["spawning", "echo", "0"], count: 1), count: 1)
        }
        try world.barrier()
      }
    case "missing": try missing(world)
    case "no-room":
      do {
        _ = try world.spawn(this, arguments: ["spawning", "silent"], count: 3)
        throw Failure(text: "there was room")
      } catch let error as MPIError {
        try expect(error.errorClass == .spawn && error.rank == world.rank, "\(error)")
        let words = world.isRoot ? "'\(this)' could not be started, 3 processes in all" : "could not be started"
        try expect(error.text.contains(words), "\(error)")
      }
      try expect(try world.allReduce(1, .sum) == world.size, "sum")
      // With Open MPI 4.1 the launcher would wait forever, but for an error.
      if world.isRoot { print("refused") }
      try world.barrier()
      throw Failure(text: "as it must be")
    case "child-throws":
      let workers = try world.spawn(this, arguments: ["spawning", "child-throws"], count: 2)
      let _: Int = try workers.receive(from: 0)
    case "different-calls":
      let workers = try world.spawn(this, arguments: ["spawning", "silent"], count: 1)
      if world.isRoot { try workers.barrier() } else { try workers.broadcast(1, localRoot: 0) }
    case "join": try join(world)
    case "drops-duplicates":
      for _ in 0..<10 { _ = try world.nonblocking.duplicate() }
    case "keeps-attributes":
      world[key] = Noisy(name: "world \(world.rank)")
      Communicator.itself[key] = Noisy(name: "itself \(world.rank)")
      try world.duplicate()[key] = Noisy(name: "duplicate \(world.rank)")
    default: break
    }
  }

  /// Programs that are not there, and arguments that are wrong.
  private static func missing(_ world: Communicator) throws {
    func expectRefusal(_ errorClass: ErrorClass, _ words: String, _ body: () throws -> InterCommunicator) throws {
      do {
        _ = try body()
        throw Failure(text: "\(words) was not refused")
      } catch let error as MPIError {
        try expect(
          error.errorClass == errorClass && error.text.contains(words) && error.operation == "spawn", "\(error)")
        try expect(error.rank == world.rank, "\(error)")
      }
      try expect(try world.allReduce(1, .sum) == world.size, "sum")
    }
    let root = world.size - 1
    try expectRefusal(.spawn, "no program 'no-such-program'") { try world.spawn("no-such-program", count: 2) }
    try expectRefusal(.spawn, "no program at '/no/such/program'") {
      try world.spawn("/no/such/program", count: 2, root: root)
    }
    try expectRefusal(.spawn, "no program at './here'") { try world.spawn("./here", count: 1) }
    try expectRefusal(.spawn, "no program at '/etc/passwd'") { try world.spawn("/etc/passwd", count: 1) }
    try expectRefusal(.spawn, "no program at '/tmp'") { try world.spawn("/tmp", count: 1) }
    try expectRefusal(.count, "count 0") { try world.spawn(CommandLine.arguments[0], count: 0) }
    try expectRefusal(.argument, "no name") { try world.spawn("", count: 1) }
    try expectRefusal(.argument, "byte of 0") { try world.spawn("a", arguments: ["\0"], count: 1) }
    try expectRefusal(.argument, "no program to start") { try world.spawn([]) }
    try expectRefusal(.infoKey, "info key") { try world.spawn("a", count: 1, info: ["": "x"]) }
    try expectRefusal(.spawn, "no program 'b'") {
      try world.spawn([SpawnedProgram("test-program", count: 1), SpawnedProgram("b", count: 1)])
    }
    try expectRefusal(.root, "root \(world.size)") { try world.spawn("a", count: 1, root: world.size) }
  }

  private static func echo(_ workers: InterCommunicator, count: Int, by rank: Int = 0) throws {
    try expect(workers.remoteSize == count, "size")
    for worker in 0..<count where workers.rank == rank {
      try workers.send(worker + 10, to: worker)
      try expect(try workers.receive(from: worker) == worker + 11, "echo")
    }
    try workers.disconnect()
  }

  /// Two processes that find each other by a socket.
  private static func join(_ world: Communicator) throws {
    guard world.size == 2 else { throw Failure(text: "two ranks") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let own = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    func withAddress(_ body: (UnsafeMutablePointer<sockaddr>) -> Int32) -> Int32 {
      withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
      }
    }
    var end = own
    if world.isRoot {
      try expect(withAddress { bind(own, $0, length) } == 0 && listen(own, 1) == 0, "bind")
      try expect(withAddress { getsockname(own, $0, &length) } == 0, "name")
      try world.send(address.sin_port, to: 1)
      end = accept(own, nil, nil)
    } else {
      address.sin_port = try world.receive(from: 0)
      try expect(withAddress { connect(own, $0, length) } == 0, "connect")
    }
    let inter = try InterCommunicator.join(socket: end)
    try expect(inter.size == 1 && inter.remoteSize == 1, "sizes")
    try expect(try inter.sendReceive(world.rank, to: 0, from: 0) == 1 - world.rank, "exchange")
    try inter.disconnect()
  }

  // MARK: Children

  private static func beChild(
    _ mode: String, _ arguments: [String], _ world: Communicator, _ parent: InterCommunicator
  ) throws {
    try expect(parent.size == world.size && parent.rank == world.rank, "the parent's local group")
    switch mode {
    case "work":
      try expect(arguments == ["work", "with an argument"] && world.size == 3, "arguments")
      let settings = try parent.broadcast(object: Settings.self, remoteRoot: 0)
      try expect(settings == Settings(title: "for \(parent.remoteSize)", steps: [1, 2, 3]), "settings")
      let answer = [[], [0, 1, 2], [0, 2, 4, 1, 2, 3]][world.rank]
      try parent.gather(answer, remoteRoot: 0)
      let everyone = try parent.merge(high: true)
      try expect(everyone.rank == parent.remoteSize + world.rank, "merged")
      try expect(try everyone.allReduce(1, .sum) == parent.remoteSize + 3, "sum")
      try parent.disconnect()
      try expect(MPIEnvironment.parent == nil, "no parent")
      try expect(try world.allReduce(1, .sum) == 3, "own sum")
    case "echo":
      try parent.send(parent.receive(Int.self, from: .any) + 1, to: Int(arguments[1])!)
      try parent.disconnect()
    case "several":
      let number = MPIEnvironment.applicationNumber.map { "\($0)" } ?? "none"
      try parent.gather(object: [number] + arguments, remoteRoot: 0)
      try parent.disconnect()
    case "grandchildren":
      let grandchild = try world.spawn(CommandLine.arguments[0], arguments: ["spawning", "answer"], count: 1)
      let answer: Int = try grandchild.receive(from: 0)
      try grandchild.disconnect()
      try parent.send(answer, to: 0)
      try parent.disconnect()
    case "answer":
      try parent.send(42, to: 0)
      try parent.disconnect()
    case "child-throws": if world.rank == 1 { throw Failure(text: "of a child") }
    default: break
    }
  }

  private static func expect(_ condition: Bool, _ text: String) throws {
    if !condition { throw Failure(text: text) }
  }

  // MARK: Attributes at the end

  private static let key = AttributeKey<Noisy>()

  final class Noisy: Sendable {
    let name: String

    init(name: String) { self.name = name }

    deinit { print("released \(name), while MPI \(MPIEnvironment.isRunning ? "runs" : "is over")") }
  }
}
