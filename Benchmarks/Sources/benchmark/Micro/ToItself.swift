// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import MPI

// Messages of a rank to itself, for counting. A small one is buffered, so that a send returns before it is received.
// If one half of a message is counted, the other half is C's in both loops.

func sendAndReceive(_ world: Communicator) -> [Case] {
  let work = Workload<UInt8>(world, bytes: 64)
  let job = work.job
  let send = Case(
    operation: "send", bytes: 64,
    variants: [
      work.inC(c_send),
      work.spans { world, out, _, times in
        for _ in 0..<times {
          try world.send(out, to: 0)
          c_receive_one(job)
        }
      },
      work.arrays("array") { world, array, times in
        for _ in 0..<times {
          try world.send(array, to: 0)
          c_receive_one(job)
        }
      },
    ])
  let receive = Case(
    operation: "receive", bytes: 64,
    variants: [
      work.inC(c_receive),
      work.spans { world, _, into, times in
        for _ in 0..<times {
          c_send_one(job)
          try world.receive(into: &into, from: 0, tag: 0)
        }
      },
      work.arrays("array in place") { world, array, times in
        for _ in 0..<times {
          c_send_one(job)
          try world.receive(into: &array, from: 0, tag: 0)
        }
      },
      work.arrays("array, length unknown") { world, array, times in
        for _ in 0..<times {
          c_send_one(job)
          array = try world.receive(from: 0, tag: 0)
        }
      },
    ])
  let one = Workload<Double>(world, bytes: 8)
  let oneJob = one.job
  let sendOne = Case(
    operation: "send", bytes: 8,
    variants: [
      one.inC(c_send),
      one.values { world, value, times in
        for _ in 0..<times {
          try world.send(value, to: 0)
          c_receive_one(oneJob)
        }
      },
    ])
  let receiveOne = Case(
    operation: "receive", bytes: 8,
    variants: [
      one.inC(c_receive),
      one.values { world, value, times in
        for _ in 0..<times {
          c_send_one(oneJob)
          value = try world.receive(from: 0, tag: 0)
        }
      },
    ])
  return [send, sendOne, receive, receiveOne]
}

func sendReceiveBoth(_ world: Communicator) -> Case {
  let work = Workload<Double>(world, bytes: 8)
  return Case(
    operation: "sendReceive", bytes: 8,
    variants: [
      work.inC(c_send_receive),
      work.spans { world, out, into, times in
        for _ in 0..<times { _ = try world.sendReceive(out, to: 0, into: &into, from: 0) }
      },
      work.arrays("array, length unknown") { world, array, times in
        for _ in 0..<times { array = try world.sendReceive(array, to: 0, from: 0) }
      },
      work.values { world, value, times in
        for _ in 0..<times { value = try world.sendReceive(value, to: 0, from: 0) }
      },
    ])
}

func persistentPair(_ world: Communicator, bytes: Int) throws -> Case {
  let inC = ExchangeInC(Workload<UInt8>(world, bytes: bytes))
  let exchange = try Exchange(world, other: 0, bytes: bytes)
  return Case(
    operation: "pair", mode: "persistent", bytes: bytes,
    variants: [inC.pair, Variant(form: "request") { try exchange.pair($0) }])
}

/// 64 messages of 8 bytes, in flight at once, in two sets of requests.
func windowToItself(_ world: Communicator) -> Case {
  let work = Workload<Double>(world, bytes: 8)
  return Case(
    operation: "message", mode: "nonblocking", bytes: 8, parts: window_length,
    variants: [
      work.inC(c_window_self),
      Variant(form: "request set") { times in
        for _ in 0..<times {
          var incoming = RequestSet<Double>()
          var outgoing = RequestSet<[Double]>()
          for _ in 0..<window_length {
            incoming.append(try world.nonblocking.receive(Double.self, from: 0, tag: 0))
          }
          for number in 0..<window_length { outgoing.append(try world.nonblocking.send(Double(number), to: 0)) }
          keep(try incoming.waitAll())
          keep(try outgoing.waitAll())
        }
      },
    ])
}
