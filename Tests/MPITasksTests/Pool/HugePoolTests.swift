// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPIBase
import MPITesting
import Synchronization
import Testing

@testable import MPITasks

/// Whether to run what takes many gigabytes and minutes.
private let isHugeAllowed = ProcessInfo.processInfo.environment["MPI_TEST_HUGE"] == "1"

/// Past 2³¹ by a length that is no multiple of anything.
private let hugeCount = 2_200_000_001

/// The places that are marked: around the boundaries of 32 bits, and at the ends.
private let places = [0, 1, (1 << 31) - 1, 1 << 31, (1 << 31) + 1, hugeCount - 1]

private func marked() -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: hugeCount)
  for (index, place) in places.enumerated() { bytes[place] = UInt8(index + 1) }
  return bytes
}

private func hasMarks(_ bytes: [UInt8]) -> Bool {
  bytes.count == hugeCount && places.enumerated().allSatisfy { bytes[$0.element] == UInt8($0.offset + 1) }
    && bytes[2] == 0 && bytes[(1 << 31) + 2] == 0
}

/// Gives back more than 2 GB, once on a rank other than 0.
struct HugeResult: ContextPoolTask {
  private static let wasGiven = Atomic<Bool>(false)

  func run(in context: TaskContext) -> [UInt8] {
    if context.rank == 0 {
      sleep(milliseconds: 100)
      return []
    }
    return Self.wasGiven.exchange(true, ordering: .relaxed) ? [] : marked()
  }
}

/// Is more than 2 GB long.
struct HugeArgument: ContextPoolTask {
  var bytes: [UInt8]

  func run(in context: TaskContext) -> [Int] {
    // Until another rank has the other one.
    if context.rank == 0 { sleep(milliseconds: 5000) }
    return [context.rank, hasMarks(bytes) ? 1 : 0]
  }
}

/// Arguments and results of more than 2³¹ bytes, for real, on two ranks.
@Suite(.everyRank(timeLimit: .seconds(300)), .enabled(if: isHugeAllowed && Launch.current?.size == 2))
struct HugePoolTests {
  @Test func resultsAndArguments() async throws {
    try await withTaskPool(on: .world, threads: 1, progress: .never) { pool in
      var huge = 0
      for try await (_, bytes) in pool.unordered((0..<8).map { _ in HugeResult() }) where !bytes.isEmpty {
        huge += 1
        #expect(hasMarks(bytes))
      }
      #expect(huge == 1)
      let bytes = marked()
      let answers = try await pool.map([HugeArgument(bytes: bytes), HugeArgument(bytes: bytes)])
      #expect(answers.map { $0[0] }.sorted() == [0, 1])
      #expect(answers.allSatisfy { $0[1] == 1 })
    }
  }
}

@Suite(.enabled(if: isHugeAllowed)) struct HugePoolUnderTheLauncher {
  @Test func onTwoRanks() async throws {
    try await launchTests(of: HugePoolTests.self, ranks: 2, timeLimit: .seconds(1_800))
  }
}
