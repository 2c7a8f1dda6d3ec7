// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

// Messages around a ring of ranks, blocking and nonblocking, and messages whose length the receiver doesn't know.

@main
struct Ring {
  static func main() throws {
    try withMPI { world in
      let right = (world.rank + 1) % world.size
      let left = (world.rank + world.size - 1) % world.size

      let token = try world.sendReceive(world.rank, to: right, from: left)

      // A send in flight owns its array and gives it back; a receive in flight owns the memory that it fills.
      let incoming = try world.nonblocking.receive(Double.self, count: 3, from: left, tag: 7)
      let outgoing = try world.nonblocking.send([1, 2, Double(world.rank)], to: right, tag: 7)
      let received = try incoming.wait()
      _ = try outgoing.wait()

      // In rank order, so that the lines are.
      try world.inOrder {
        print("rank \(world.rank): \(token) from the left, then \(received)")
      }

      if world.size > 1 {
        if world.rank == 0 {
          try world.send([3.5, 4.5], to: 1)
          try world.send(object: ["answer": 42], to: 1)  // any Codable value
        } else if world.rank == 1 {
          let pair: [Double] = try world.receive(from: .any)  // its length is found by a probe
          let book = try world.receive(object: [String: Int].self, from: 0)
          print("rank 1: \(pair) and \(book) from rank 0")
        }
      }
    }
  }
}
