import MPI
import MPITasks

// Calls every form that takes an array with literals of values that are known at run time, with arrays that were just
// changed, with slices made into arrays, and with none. Swift 6.3.1 drops what a caller has stored in an array if it takes
// the function for one that reads the count alone: see Tests/Scripts/effects.

/// A value that the optimizer doesn't know.
@inline(never) func known(_ value: Int) -> Int { value }

struct Wrong: Error, CustomStringConvertible {
  var description: String
}

/// Expects that two things are equal.
func expect<Value: Equatable>(
  _ what: Value, _ wanted: Value, _ name: String, file: StaticString = #fileID, line: Int = #line
) throws {
  guard what == wanted else { throw Wrong(description: "\(file):\(line): \(name): \(what) and not \(wanted)") }
}

@main
struct Literals {
  static func main() async throws {
    try withMPI(threads: .multiple) { world in
      let me = known(world.rank)
      try messages(world, me)
      try collectives(world, me)
      try reductions(world, me)
      try layouts(world, me)
      try packed(world, me)
      try files(world, me)
      try windows(world, me)
      try modes(world, me)
      try loops(world, me)
    }
    try await pool()
    try withMPI(threads: .multiple) { world in if world.isRoot { print("all arrived on \(world.size) ranks") } }
  }

  /// An array that was changed after it was made.
  static func changed(_ me: Int) -> [Int] {
    var array = [me, 0, me + 2]
    array[1] = me + 1
    return array
  }

  static func messages(_ world: Communicator, _ me: Int) throws {
    let right = (me + 1) % world.size
    let left = (me + world.size - 1) % world.size
    // A standard send of some bytes never waits, and a rank may send to itself.
    try world.send([me, me + 1, 10], to: right)
    try expect(try world.receive([Int].self, from: left), [left, left + 1, 10], "send")
    var array = [me, 0, me + 2]
    array[1] = me + 1
    try world.send(array, to: right, tag: 3)
    try expect(try world.receive([Int].self, from: left, tag: 3), changed(left), "send of a changed array")
    try world.send(Array([9, me, me + 1, 9][1...2]), to: right)
    try expect(try world.receive([Int].self, from: left), [left, left + 1], "send of a slice")
    try world.send([Double](), to: right)
    try expect(try world.receive([Double].self, from: left), [], "send of nothing")
    try expect(
      try world.sendReceive([me, me * 2], to: right, from: left), [left, left * 2], "sendReceive")
    try world.send(object: ["\(me)", "b"], to: right)
    try expect(try world.receive(object: [String].self, from: left), ["\(left)", "b"], "send(object:)")
  }

  static func collectives(_ world: Communicator, _ me: Int) throws {
    let ranks = 0..<world.size
    let last = world.size - 1
    try expect(try world.broadcast(me == last ? [me, me + 7] : nil, root: last), [last, last + 7], "broadcast")
    let parts = try world.gather([me, me + 5], root: last)
    try expect(parts?.elements, me == last ? ranks.flatMap { [$0, $0 + 5] } : nil, "gather")
    let uneven = try world.allGather([Int](repeating: me, count: me))
    try expect(uneven.elements, ranks.flatMap { [Int](repeating: $0, count: $0) }, "allGather of different lengths")
    try expect(try world.allGather([me, -me]).elements, ranks.flatMap { [$0, -$0] }, "allGather")
    let all = me == last ? Array(0..<2 * world.size) : nil
    try expect(try world.scatter(all, root: last), [2 * me, 2 * me + 1], "scatter")
    let buckets = RankPartitioned(ranks.map { [me, $0] })
    try expect(try world.allToAll(buckets).elements, ranks.flatMap { [$0, me] }, "allToAll")
    let flat = RankPartitioned(ranks.flatMap { [me, $0] }, counts: ranks.map { _ in 2 })
    try expect(try world.allToAll(flat).elements, ranks.flatMap { [$0, me] }, "allToAll, flat")
  }

  static func reductions(_ world: Communicator, _ me: Int) throws {
    let sum = world.size * (world.size - 1) / 2
    try expect(try world.allReduce([me, 1], .sum), [sum, world.size], "allReduce")
    try expect(try world.reduce([me, me], .max), world.isRoot ? [world.size - 1, world.size - 1] : nil, "reduce")
    try expect(try world.scan([me, 1], .sum), [me * (me + 1) / 2, me + 1], "scan")
    var inPlace = [me, 0]
    inPlace[1] = 2 * me
    try world.allReduce(inPlace: &inPlace, .sum)
    try expect(inPlace, [sum, 2 * sum], "allReduce(inPlace:)")
    var totals = [me, 10]
    try ReduceOperation<Int>.sum.reduceLocal([me + 1, 2], into: &totals)
    try expect(totals, [2 * me + 1, 12], "reduceLocal")
  }

  static func layouts(_ world: Communicator, _ me: Int) throws {
    let right = (me + 1) % world.size
    let left = (me + world.size - 1) % world.size
    // Every other element.
    let odd = try Layout<Int>.vector(count: 2, blockLength: 1, stride: 2)
    try world.send([me, 0, me + 2], layout: odd, to: right)
    try expect(try world.receive([Int].self, from: left), [left, left + 2], "send(layout:)")
    var received = [0, 0, 0]
    try world.sendReceive(
      [me, 0, me + 2], layout: odd, to: right, into: &received, receivedLayout: .contiguous(2), from: left)
    try expect(received, [left, left + 2, 0], "sendReceive(layout:)")
  }

  static func packed(_ world: Communicator, _ me: Int) throws {
    let right = (me + 1) % world.size
    let left = (me + world.size - 1) % world.size
    var message = PackedMessage(world)
    try message.append([me, me + 1])
    try message.append([Double(me), 0.5])
    try world.send(message, to: right)
    var incoming = try world.receive(PackedMessage.self, from: left)
    try expect(try incoming.next([Int].self, count: 2), [left, left + 1], "PackedMessage")
    try expect(try incoming.next([Double].self, count: 2), [Double(left), 0.5], "PackedMessage, doubles")
    var bytes = PortableBytes()
    try bytes.append([me, me + 3])
    try expect(try bytes.next([Int].self, count: 2), [me, me + 3], "PortableBytes")
  }

  static func files(_ world: Communicator, _ me: Int) throws {
    let path = try world.broadcast(object: world.isRoot ? "outside-\(MPIEnvironment.wallTime).tmp" : nil)
    let size = world.size
    try world.withFile(path, .create, .readWrite, .deleteOnClose) { file in
      try file.write([me, me + 7], at: 2 * me)
      try expect(try file.read(Int.self, at: 2 * me, count: 2), [me, me + 7], "file write")
      try world.barrier()
      try file.writeAll([me + 1, -me], at: 2 * me)
      try expect(try file.readAll(Int.self, at: 2 * me, count: 2), [me + 1, -me], "file writeAll")
      try world.barrier()
      try file.writeOrdered([me, 3 * me])
      try expect(try file.read(Int.self, at: 2 * me, count: 2), [me, 3 * me], "file writeOrdered")
      try world.barrier()
      try file.writeShared([size, size])
      try world.barrier()
      let shared = try file.read(Int.self, at: 2 * size, count: 2 * size)
      try expect(shared, [Int](repeating: size, count: 2 * size), "file writeShared")
    }
  }

  static func windows(_ world: Communicator, _ me: Int) throws {
    let right = (me + 1) % world.size
    let left = (me + world.size - 1) % world.size
    try world.withWindow(of: Int.self, count: 4) { window in
      try window.fence()
      try window.put([me, me + 1], to: right, at: 0)
      try window.fence()
      try window.accumulate([me, 100], .sum, to: right, at: 0)
      try window.fence()
      try expect(Array(window.local.prefix(2)), [2 * left, left + 101], "put and accumulate")
      try window.fence()
    }
  }

  static func modes(_ world: Communicator, _ me: Int) throws {
    let right = (me + 1) % world.size
    let left = (me + world.size - 1) % world.size
    let incoming = try world.nonblocking.receive(Int.self, count: 2, from: left)
    let outgoing = try world.nonblocking.send([me, me + 4], to: right)
    try expect(try incoming.wait(), [left, left + 4], "nonblocking send")
    _ = try outgoing.wait()
    try expect(
      try world.nonblocking.allReduce([me, 1], .sum).wait(), [world.size * (world.size - 1) / 2, world.size],
      "nonblocking allReduce")
    var set = RequestSet<[Int]>()
    for _ in 0..<3 { try set.append(world.nonblocking.receive(Int.self, count: 2, from: left, tag: 5)) }
    for number in 0..<3 { try world.send([me, number], to: right, tag: 5) }
    try expect(try set.waitAll(), (0..<3).map { [left, $0] }, "RequestSet")
  }

  static func loops(_ world: Communicator, _ me: Int) throws {
    let items = world.isRoot ? [me + 1, me + 2, me + 3] : nil
    try expect(try world.map(items) { $0 * 10 }, world.isRoot ? [10, 20, 30] : nil, "map of items")
    let offset = known(3)
    try expect(try world.allMap(0..<5) { $0 + offset }, [3, 4, 5, 6, 7], "allMap")
  }

  static func pool() async throws {
    try await withTaskPool { pool in
      let base = known(4)
      try expect(try await pool.map([Sum(numbers: [base, 1]), Sum(numbers: [base, 2])]), [5, 6], "pool.map")
      let shared = try pool.share([base, base + 1])
      try expect(try await pool.map([Reads(numbers: shared)]), [9], "pool.share")
    }
  }
}

struct Sum: PoolTask {
  var numbers: [Int]
  func run() -> Int { numbers.reduce(0, +) }
}

struct Reads: PoolTask {
  var numbers: Shared<[Int]>
  func run() throws -> Int { try numbers.value.reduce(0, +) }
}
