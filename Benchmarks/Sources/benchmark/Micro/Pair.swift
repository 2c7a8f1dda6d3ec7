// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import MPI

// Two ranks send to each other and receive from each other at the same time, nonblocking. With `other` as the rank
// itself the same loops count what a call costs on one rank.

/// A nonblocking pair of messages of so many bytes.
func nonblockingPair(_ world: Communicator, bytes: Int) -> Case {
  let toItself = world.size == 1
  let other = toItself ? 0 : 1 - world.rank
  let work = Workload<UInt8>(world, bytes: bytes, target: other)
  let takesPart = world.rank < 2
  return Case(
    operation: "pair", mode: "nonblocking", bytes: bytes,
    variants: [
      work.inC(toItself ? c_nonblocking_self : c_nonblocking_pair),
      work.spans { world, out, into, times in
        if takesPart { try pairOfSpans(world, other, out, &into, times) }
      },
      work.arrays("request") { world, array, times in
        if takesPart { try pairOfRequests(world, other, &array, times) }
      },
    ])
}

private func pairOfSpans(
  _ world: Communicator, _ other: Int, _ out: Span<UInt8>, _ into: inout MutableSpan<UInt8>, _ times: Int
) throws {
  for _ in 0..<times {
    try world.nonblocking.receive(into: &into, from: other, tag: 0) { _ in
      try world.nonblocking.send(out, to: other) { _ in }
    }
  }
}

private func pairOfRequests(_ world: Communicator, _ other: Int, _ array: inout [UInt8], _ times: Int) throws(MPIError)
{
  for _ in 0..<times {
    let incoming = try world.nonblocking.receive(UInt8.self, count: array.count, from: other, tag: 0)
    let outgoing = try world.nonblocking.send(array, to: other)
    array = try incoming.wait()
    try outgoing.wait()
  }
}

// MARK: Rate

/// Windows of 64 messages of 8 bytes each from rank 0 to rank 1, blocking.
func messageRate(_ world: Communicator) -> Case {
  let work = Workload<Double>(world, bytes: 8)
  return Case(
    operation: "message rate", bytes: 8, parts: window_length,
    variants: [work.inC(c_rate), work.spans { try rateOfSpans($0, $1, &$2, $3) }, work.values(rateOfValues)])
}

/// The same, nonblocking.
func nonblockingMessageRate(_ world: Communicator) -> Case {
  let work = Workload<Double>(world, bytes: 8)
  return Case(
    operation: "message rate", mode: "nonblocking", bytes: 8, parts: window_length,
    variants: [
      work.inC(c_rate_nonblocking),
      Variant(form: "request set") { times in try rateOfRequests(world, times) },
    ])
}

private func rateOfSpans(
  _ world: Communicator, _ out: Span<Double>, _ into: inout MutableSpan<Double>, _ times: Int
) throws(MPIError) {
  for _ in 0..<times {
    if world.rank == 0 {
      for _ in 0..<window_length { try world.send(out, to: 1) }
      let _: [Double] = try world.receive(from: 1, tag: 1)
    } else if world.rank == 1 {
      for _ in 0..<window_length { try world.receive(into: &into, from: 0, tag: 0) }
      try world.send([Double](), to: 0, tag: 1)
    }
  }
}

private func rateOfValues(_ world: Communicator, _ value: inout Double, _ times: Int) throws(MPIError) {
  for _ in 0..<times {
    if world.rank == 0 {
      for _ in 0..<window_length { try world.send(value, to: 1) }
      let _: [Double] = try world.receive(from: 1, tag: 1)
    } else if world.rank == 1 {
      for _ in 0..<window_length { value = try world.receive(from: 0, tag: 0) }
      try world.send([Double](), to: 0, tag: 1)
    }
  }
}

private func rateOfRequests(_ world: Communicator, _ times: Int) throws(MPIError) {
  for _ in 0..<times {
    if world.rank == 0 {
      var set = RequestSet<[Double]>()
      for number in 0..<window_length { set.append(try world.nonblocking.send(Double(number), to: 1)) }
      _ = try set.waitAll()
      let _: [Double] = try world.receive(from: 1, tag: 1)
    } else if world.rank == 1 {
      var set = RequestSet<Double>()
      for _ in 0..<window_length {
        set.append(try world.nonblocking.receive(Double.self, from: 0, tag: 0))
      }
      _ = try set.waitAll()
      try world.send([Double](), to: 0, tag: 1)
    }
  }
}
