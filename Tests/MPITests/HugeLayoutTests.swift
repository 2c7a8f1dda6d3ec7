// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Testing

/// Whether to run what takes many gigabytes and minutes.
private let isHugeAllowed = ProcessInfo.processInfo.environment["MPI_TEST_HUGE"] == "1"

/// Layouts of more than 2³¹−1 elements, for real, on two ranks.
@Suite(.everyRank(timeLimit: .seconds(300)), .enabled(if: isHugeAllowed && Launch.current?.size == 2))
struct HugeLayoutTests {
  let world = Communicator.world

  @Test func blocksOfAHugeMemory() throws {
    // 2.4 billion elements of 2.7 billion.
    let (length, stride) = (800_000_000, 900_000_001)
    let layout = try Layout<UInt8>.vector(count: 3, blockLength: length, stride: stride)
    let (inside, outside) = ([0, 1, length - 1], [length, stride - 1])
    if world.isRoot {
      var memory = [UInt8](repeating: 0, count: 3 * stride)
      for block in 0..<3 {
        for (index, place) in inside.enumerated() { memory[block * stride + place] = UInt8(10 * block + index + 1) }
        for place in outside { memory[block * stride + place] = 200 }
      }
      try world.send(memory[layout: layout], to: 1)
      for block in 0..<3 { for place in inside { memory[block * stride + place] = 0 } }
      let status = try world.receive(into: &memory[layout: layout], from: 1)
      #expect(status.byteCount == 3 * length)
      for block in 0..<3 {
        for (index, place) in inside.enumerated() {
          #expect(memory[block * stride + place] == UInt8(100 + 10 * block + index + 1))
        }
        for place in outside { #expect(memory[block * stride + place] == 200) }
      }
    } else {
      var values = [UInt8](repeating: 0, count: 3 * length)
      let status = try world.receive(into: &values, from: 0)
      #expect(status.byteCount == 3 * length)
      for block in 0..<3 {
        for (index, place) in inside.enumerated() {
          #expect(values[block * length + place] == UInt8(10 * block + index + 1))
          values[block * length + place] += 100
        }
      }
      try world.send(values, to: 0)
    }
  }
}

@Suite(.enabled(if: isHugeAllowed && Launch.current == nil)) struct HugeLayoutsUnderTheLauncher {
  @Test func onTwoRanks() async throws {
    try await launchTests(of: HugeLayoutTests.self, ranks: 2, timeLimit: .seconds(1_800))
  }
}
