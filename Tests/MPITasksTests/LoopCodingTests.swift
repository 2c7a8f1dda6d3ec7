// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import Testing

/// Can be made, and neither encoded nor decoded where it says so.
struct Headstrong: Codable, Sendable {
  var number: Int
  var name = ""

  init(_ number: Int) { self.number = number }

  init(from decoder: any Decoder) throws {
    number = try decoder.singleValueContainer().decode(Int.self)
    if number == 13 { throw Unspeakable() }
  }

  func encode(to encoder: any Encoder) throws {
    if number == 31 { throw Unspeakable() }
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }
}

extension OnEveryRank {
  @Suite struct LoopCodings {
    var world: Communicator { .world }

    @Test(arguments: [13, 31]) func resultsThatCantBeCoded(bad: Int) throws {
      guard world.size > 1 else { return }
      // In equal blocks the last index is the last rank's. The root alone sees it, and all throw alike.
      let mapped = #expect(throws: MPIError.self) {
        _ = try world.map(0..<(4 * world.size), schedule: .static) { index in
          Headstrong(index == 4 * Communicator.world.size - 1 ? bad : 0)
        }
      }
      #expect(mapped?.errorClass == .serialization)
      #expect(mapped?.rank == world.rank)
      #expect(mapped?.text.contains("the results of rank \(world.size - 1) could not be") == true)
      #expect(Set(try world.allGather(object: mapped?.text ?? "")).count == 1)
      let items: [Int]? = world.isRoot ? Array(0..<(4 * world.size)) : nil
      #expect(throws: MPIError.self) {
        _ = try world.map(items, schedule: .static) { index in
          Headstrong(index == 4 * Communicator.world.size - 1 ? bad : 0)
        }
      }
      let error = #expect(throws: MPIError.self) {
        _ = try world.allMap(0..<(4 * world.size), schedule: .static) { index in
          Headstrong(index == 4 * Communicator.world.size - 1 ? bad : 0)
        }
      }
      #expect(error?.errorClass == .serialization)
      // The results of rank 0, which are encoded for the others only when all are there.
      if world.size > 1 {
        let own = #expect(throws: MPIError.self) {
          _ = try world.allMap(0..<(4 * world.size), schedule: .static) { Headstrong($0 == 0 ? 31 : 0) }
        }
        #expect(own?.errorClass == .serialization)
      }
      #expect(try world.allMap(0..<9) { $0 } == Array(0..<9))
    }

    @Test func reductionsThatCantBeCoded() throws {
      let error = #expect(throws: MPIError.self) {
        let later: @Sendable (Headstrong, Headstrong) -> Headstrong = { $1 }
        _ = try world.mapReduce(0..<100, initial: Headstrong(0), later) { _ in Headstrong(31) }
      }
      #expect(error?.errorClass == .serialization)
      #expect(try world.mapReduce(0..<10, initial: 0, +) { $0 } == 45)
    }

    @Test func theObserverReceivesTheWholeLoop() throws {
      var told: [Int] = []
      try world.forEach(0..<(400 * world.size), observer: LoopObserver { told.append($0) }) { _ in
        work(microseconds: 1500)
      }
      #expect(told == told.sorted())
      #expect(told.allSatisfy { (0...400 * world.size).contains($0) })
      #expect(told.isEmpty != world.isRoot)
    }

    @Test func threadsAreKnown() throws {
      #expect(try world.computeThreads() >= 1)
    }
  }
}
