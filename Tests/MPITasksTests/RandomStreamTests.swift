// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks
import Testing

@Suite struct RandomStreams {
  /// The answers that Random123's authors publish for Philox4x32-10.
  @Test func theKnownAnswers() {
    let none = Philox.words(SIMD4(repeating: 0), key: SIMD2(repeating: 0))
    #expect(none == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let all = Philox.words(SIMD4(repeating: .max), key: SIMD2(repeating: .max))
    #expect(all == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let pi = Philox.words(
      SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: SIMD2(0xa409_3822, 0x299f_31d0))
    #expect(pi == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func aStreamIsAFunctionOfItsSeedNumberAndPosition() {
    var stream = RandomStream(seed: 1, stream: 2)
    let numbers = (0..<100).map { _ in stream.next() }
    #expect(Set(numbers).count == 100)
    #expect(stream.position == 100)
    for position in [0, 1, 2, 51, 98, 99] {
      var other = RandomStream(seed: 1, stream: 2)
      other.position = UInt64(position)
      #expect(Array(numbers[position...]) == numbers[position...].map { _ in other.next() })
    }
    // Back to where an odd number was kept, and on from an even one.
    stream.position = 7
    #expect(stream.next() == numbers[7])
    stream.position = 8
    #expect((stream.next(), stream.next()) == (numbers[8], numbers[9]))
  }

  @Test func streamsDiffer() {
    var firsts = Set<UInt64>()
    for seed in 0..<20 {
      for number in 0..<20 {
        var stream = RandomStream(seed: UInt64(seed) << 32, stream: number)
        firsts.insert(stream.next())
      }
    }
    #expect(firsts.count == 400)
  }

  @Test func numbersAreSpreadEvenly() {
    for number in 0..<4 {
      var stream = RandomStream(seed: 42, stream: number)
      var sum = 0.0
      for _ in 0..<100_000 { sum += Double.random(in: 0..<1, using: &stream) }
      // Six standard deviations of the mean.
      #expect(abs(sum / 100_000 - 0.5) < 6 * 0.2887 / 316)
    }
  }
}
