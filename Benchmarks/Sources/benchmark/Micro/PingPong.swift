// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import MPI

// A message from rank 0 to rank 1, and one back. Other ranks do nothing.

/// Blocking ping-pong of so many bytes.
func pingPong(_ world: Communicator, bytes: Int) -> Case {
  let work = Workload<UInt8>(world, bytes: bytes)
  // As in C: what is sent and what comes are two memories.
  let out = work.array
  var variants = [
    work.inC(c_ping_pong),
    work.spans { try pingPongSpan($0, $1, &$2, $3) },
    work.arrays("array in place") { try pingPongInPlace($0, out, &$1, $2) },
    work.arrays("array") { try pingPongArray($0, $1, $2) },
  ]
  switch bytes {
  case 1: variants.append(work.values(pingPongValue))
  case 4: variants.append(values(world, SIMD4<UInt8>()))
  case 16: variants.append(values(world, SIMD16<UInt8>()))
  case 64: variants.append(values(world, SIMD64<UInt8>()))
  default: break
  }
  return Case(operation: "ping-pong", bytes: bytes, parts: 2, variants: variants)
}

/// Blocking ping-pong of a value.
private func values<Element: BitwiseCopyable>(_ world: Communicator, _ value: Element) -> Variant {
  var value = value
  return Variant(form: "value") { try pingPongValue(world, &value, $0) }
}

private func pingPongSpan(
  _ world: Communicator, _ out: Span<UInt8>, _ into: inout MutableSpan<UInt8>, _ times: Int
) throws(MPIError) {
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

private func pingPongInPlace(
  _ world: Communicator, _ out: [UInt8], _ into: inout [UInt8], _ times: Int
) throws(MPIError) {
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

private func pingPongArray(_ world: Communicator, _ out: [UInt8], _ times: Int) throws(MPIError) {
  for _ in 0..<times {
    if world.rank == 0 {
      try world.send(out, to: 1)
      keep(try world.receive(from: 1, tag: 0) as [UInt8])
    } else if world.rank == 1 {
      keep(try world.receive(from: 0, tag: 0) as [UInt8])
      try world.send(out, to: 0)
    }
  }
}

@inline(__always)
private func pingPongValue<Element: BitwiseCopyable>(
  _ world: Communicator, _ value: inout Element, _ times: Int
) throws(MPIError) {
  for _ in 0..<times {
    if world.rank == 0 {
      try world.send(value, to: 1)
      value = try world.receive(from: 1, tag: 0)
    } else if world.rank == 1 {
      value = try world.receive(from: 0, tag: 0)
      try world.send(value, to: 0)
    }
  }
}

// MARK: Persistent

/// The requests of a persistent ping-pong, and the loops over them.
final class Exchange {
  private var outgoing: PersistentRequest<UInt8>
  private var incoming: PersistentRequest<UInt8>

  init(_ world: Communicator, other: Int, bytes: Int) throws(MPIError) {
    outgoing = try world.persistent.send([UInt8](repeating: 0, count: bytes), to: other)
    incoming = try world.persistent.receive(UInt8.self, count: bytes, from: other, tag: 0)
  }

  func pingPong(_ rank: Int, _ times: Int) throws(MPIError) {
    if rank == 0 {
      try Self.takeTurns(first: &outgoing, second: &incoming, times)
    } else if rank == 1 {
      try Self.takeTurns(first: &incoming, second: &outgoing, times)
    }
  }

  func pair(_ times: Int) throws(MPIError) { try Self.atOnce(&incoming, &outgoing, times) }

  private static func takeTurns(
    first: inout PersistentRequest<UInt8>, second: inout PersistentRequest<UInt8>, _ times: Int
  ) throws(MPIError) {
    for _ in 0..<times {
      try first.start()
      try first.wait()
      try second.start()
      try second.wait()
    }
  }

  private static func atOnce(
    _ incoming: inout PersistentRequest<UInt8>, _ outgoing: inout PersistentRequest<UInt8>, _ times: Int
  ) throws(MPIError) {
    for _ in 0..<times {
      try incoming.start()
      try outgoing.start()
      try incoming.wait()
      try outgoing.wait()
    }
  }
}

/// The same in C.
final class ExchangeInC {
  private let work: Workload<UInt8>
  private let outgoing: MPI_Request
  private let incoming: MPI_Request

  init(_ work: Workload<UInt8>) {
    self.work = work
    outgoing = c_ready_send(work.job)
    incoming = c_ready_receive(work.job)
  }

  deinit {
    c_request_free(outgoing)
    c_request_free(incoming)
  }

  var pingPong: Variant {
    Variant(form: "C") { [self] in c_persistent_ping_pong(work.job.pointee.rank, outgoing, incoming, $0) }
  }

  var pair: Variant { Variant(form: "C") { [self] in c_persistent_pair(outgoing, incoming, $0) } }
}

/// Persistent ping-pong of so many bytes.
func persistentPingPong(_ world: Communicator, bytes: Int) throws -> Case {
  let other = world.rank == 0 ? 1 : 0
  let inC = ExchangeInC(Workload<UInt8>(world, bytes: bytes, target: other))
  let exchange = try Exchange(world, other: other, bytes: bytes)
  return Case(
    operation: "ping-pong", mode: "persistent", bytes: bytes, parts: 2,
    variants: [inC.pingPong, Variant(form: "request") { try exchange.pingPong(world.rank, $0) }])
}
