// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import MPI

// Nonblocking collectives: begun, and waited for at once. Spans are lent to a closure that does nothing; a request owns
// its arrays. And persistent ones.

func nonblockingCollectives(_ world: Communicator, bytes: Int) -> [Case] {
  let count = bytes / 8
  let total = count * world.size
  let (even, isRoot) = (Array(repeating: count, count: world.size), world.isRoot)
  let work = Workload<Double>(world, bytes: bytes, room: total)
  func sample(_ operation: String, _ variants: [Variant]) -> Case {
    Case(operation: operation, mode: "nonblocking", bytes: bytes, variants: variants)
  }
  return [
    sample(
      "broadcast",
      [
        work.inC(c_nonblocking_broadcast),
        work.spans { world, _, into, times in
          for _ in 0..<times { try world.nonblocking.broadcast(inPlace: &into) { _ in } }
        },
        work.arrays("request") { world, array, times in
          let mine = isRoot ? array : nil
          for _ in 0..<times { keep(try world.nonblocking.broadcast(mine, count: count).wait()) }
        },
      ]),
    sample(
      "reduce",
      [
        work.inC(c_nonblocking_reduce),
        work.spans { world, out, into, times in
          for _ in 0..<times { try world.nonblocking.reduce(out, into: &into, .sum) { _ in } }
        },
        work.arrays("request") { world, array, times in
          for _ in 0..<times { keep(try world.nonblocking.reduce(array, .sum).wait()) }
        },
      ]),
    sample(
      "allReduce",
      [
        work.inC(c_nonblocking_all_reduce),
        work.spans { world, out, into, times in
          for _ in 0..<times { try world.nonblocking.allReduce(out, into: &into, .sum) { _ in } }
        },
        work.arrays("request") { world, array, times in
          for _ in 0..<times { keep(try world.nonblocking.allReduce(array, .sum).wait()) }
        },
      ]),
    sample(
      "allGather",
      [
        work.inC(c_nonblocking_all_gather),
        work.spans(into: total) { world, out, into, times in
          for _ in 0..<times { try world.nonblocking.allGather(out, into: &into) { _ in } }
        },
        work.arrays("request") { world, array, times in
          for _ in 0..<times { keep(try world.nonblocking.allGather(array, counts: even).wait()) }
        },
      ]),
    sample(
      "allToAll",
      [
        work.inC(c_nonblocking_all_to_all),
        work.spans(out: total, into: total) { world, out, into, times in
          for _ in 0..<times { try world.nonblocking.allToAll(out, into: &into) { _ in } }
        },
        work.arrays("request", count: total) { world, array, times in
          for _ in 0..<times { keep(try world.nonblocking.allToAll(array).wait()) }
        },
      ]),
    sample(
      "scan",
      [
        work.inC(c_nonblocking_scan),
        work.spans { world, out, into, times in
          for _ in 0..<times { try world.nonblocking.scan(out, into: &into, .sum) { _ in } }
        },
        work.arrays("request") { world, array, times in
          for _ in 0..<times { keep(try world.nonblocking.scan(array, .sum).wait()) }
        },
      ]),
  ]
}

func nonblockingBarrier(_ world: Communicator) -> Case {
  let work = Workload<Double>(world, bytes: 8)
  return Case(
    operation: "barrier", mode: "nonblocking", bytes: 0,
    variants: [
      work.inC(c_nonblocking_barrier),
      Variant(form: "request") { times in for _ in 0..<times { try world.nonblocking.barrier().wait() } },
    ])
}

/// A persistent request, and the loop over it.
private final class Repeated {
  private var request: PersistentRequest<Double>

  init(_ request: consuming PersistentRequest<Double>) { self.request = request }

  func run(_ times: Int) throws(MPIError) { try Self.loop(&request, times) }

  private static func loop(_ request: inout PersistentRequest<Double>, _ times: Int) throws(MPIError) {
    for _ in 0..<times {
      try request.start()
      try request.wait()
    }
  }
}

/// The same in C.
private final class RepeatedInC {
  private let work: Workload<Double>
  private let request: MPI_Request

  init(_ work: Workload<Double>, _ ready: (UnsafePointer<Job>?) -> MPI_Request?) {
    self.work = work
    request = ready(work.job)!
  }

  deinit { c_request_free(request) }

  var variant: Variant { Variant(form: "C") { [self] in c_start_and_wait(request, $0) } }
}

/// Persistent collectives, if this MPI has them.
func persistentCollectives(_ world: Communicator, bytes: Int) throws -> [Case] {
  if c_has_persistent_collectives() == 0 { return [] }
  let work = Workload<Double>(world, bytes: bytes)
  let broadcast = Repeated(try world.persistent.broadcast(inPlace: work.array))
  let allReduce = Repeated(try world.persistent.allReduce(work.array, .sum))
  return [
    Case(
      operation: "broadcast", mode: "persistent", bytes: bytes,
      variants: [
        RepeatedInC(work, c_ready_broadcast).variant, Variant(form: "request") { try broadcast.run($0) },
      ]),
    Case(
      operation: "allReduce", mode: "persistent", bytes: bytes,
      variants: [
        RepeatedInC(Workload<Double>(world, bytes: bytes), c_ready_all_reduce).variant,
        Variant(form: "request") { try allReduce.run($0) },
      ]),
  ]
}
