// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CAllocationProbe
import MPI

/// Swift allocates where C does not.
struct Excess: Error {
  var counts: String
}

/// Counts what the span forms allocate beyond what the same calls in C do, on two ranks. Fails if that is anything.
///
/// A program and not a test, because it replaces `malloc` by one that counts.
@main
struct AllocationProbe {
  private static let times = 1000
  private static let count = 8

  static func main() throws {
    try withMPI { world in
      guard allocations_are_counted() != 0 else {
        if world.isRoot { print("not counted here") }
        return
      }
      let start = allocation_count()
      let array = [Int](unsafeUninitializedCapacity: 100 + world.size) { $1 = $0.count }
      precondition(allocation_count() > start, "the counter does not count, for \(array.count) elements")
      try probe(
        world, "send and receive", inC: { c_send_receive(world.rawValue, $0, $1, CInt(count), times) },
        inSwift: sendReceive)
      try probe(
        world, "allReduce", inC: { c_all_reduce(world.rawValue, $0, $1, CInt(count), times) }, inSwift: allReduce)
    }
  }

  /// Runs both loops, some times over, and compares the counts of the round in which Swift has fewest beyond C's: MPI
  /// allocates a block of its own now and then, in whichever loop its last one is used up.
  private static func probe(
    _ world: Communicator, _ name: String,
    inC: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void,
    inSwift: (Communicator, Span<Double>, inout MutableSpan<Double>) throws -> Void
  ) throws {
    let out = [Double](repeating: 1, count: count)
    var into = out
    var (c, swift) = (0, Int.max)
    for _ in 0..<4 {
      let start = allocation_count()
      inC(out, &into)
      let middle = allocation_count()
      var span = into.mutableSpan
      try inSwift(world, out.span, &span)
      let end = allocation_count()
      if end - middle - (middle - start) < swift - c { (c, swift) = (middle - start, end - middle) }
    }
    let counts = "\(name), \(times) times: \(c) allocations in C, \(swift) in Swift"
    if world.isRoot { print(counts) }
    if swift > c { throw Excess(counts: counts) }
  }

  private static func sendReceive(
    _ world: Communicator, _ out: Span<Double>, _ into: inout MutableSpan<Double>
  ) throws {
    for _ in 0..<times {
      if world.rank == 0 {
        try world.send(out, to: 1)
        try world.receive(into: &into, from: 1, tag: 0)
      } else if world.rank == 1 {
        try world.receive(into: &into, from: 0, tag: 0)
        try world.send(out, to: 0)
      }
    }
  }

  private static func allReduce(
    _ world: Communicator, _ out: Span<Double>, _ into: inout MutableSpan<Double>
  ) throws {
    for _ in 0..<times { try world.allReduce(out, into: &into, .sum) }
  }
}
