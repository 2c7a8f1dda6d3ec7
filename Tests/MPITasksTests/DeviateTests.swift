// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITasks
import Testing

@Suite struct DeviateTests {
  private static let count = 400_000

  private func normals(_ count: Int = Self.count, stream: Int = 7) -> [Double] {
    var random = RandomStream(seed: 2024, stream: stream)
    return (0..<count).map { _ in random.normal() }
  }

  private func exponentials(_ count: Int = Self.count, stream: Int = 8) -> [Double] {
    var random = RandomStream(seed: 2024, stream: stream)
    return (0..<count).map { _ in random.exponential() }
  }

  private func hash(_ values: [Double]) -> UInt64 {
    values.reduce(0) { ($0 ^ $1.bitPattern) &* 0x100_0000_01b3 }
  }

  // MARK: The same bits everywhere

  /// The bits of a port to Python, which shares no code with this.
  @Test func bitsAreThoseOfAnotherProgram() {
    #expect(
      normals(6).map(\.bitPattern) == [
        0xbfeb_468f_1155_652a, 0x3fd5_ccd4_7a2b_df87, 0xbff0_45cb_6f0c_84c7, 0x3fda_7c80_eec7_80e2,
        0x3fed_176f_0be4_fc06, 0xbff8_8229_f969_3c71,
      ])
    #expect(
      exponentials(6).map(\.bitPattern) == [
        0x3fe3_a3cd_f047_ef83, 0x3fb1_ab21_3cec_7e94, 0x3fd2_e1c8_4694_5e97, 0x3fde_8881_3c1b_1565,
        0x3fc4_dc51_49d9_95f8, 0x3fcc_f809_6b25_2fdd,
      ])
    // Enough for every layer, its edge, and the tails.
    #expect(hash(normals(100_000)) == 0x0833_6d73_a5b4_d660)
    #expect(hash(exponentials(100_000)) == 0xf5d1_740c_f8e0_1418)
  }

  @Test func fewNumbersAreDrawn() {
    var random = RandomStream(seed: 2024, stream: 7)
    for _ in 0..<100_000 { _ = random.normal() }
    #expect(random.position == 102_187)
    random = RandomStream(seed: 2024, stream: 8)
    for _ in 0..<100_000 { _ = random.exponential() }
    #expect(random.position == 103_294)
  }

  @Test func streamsGoOnFromWhereTheyAre() {
    var random = RandomStream(seed: 5, stream: 1)
    for _ in 0..<999 { _ = random.normal() }
    var other = RandomStream(seed: 5, stream: 1)
    other.position = random.position
    for _ in 0..<999 { #expect(random.normal() == other.normal()) }
    #expect(random == other)
  }

  // MARK: The distributions

  /// Expects a mean, within six of its standard deviations.
  private func expectMean(
    _ values: some Sequence<Double>, _ mean: Double, deviation: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let values = Array(values)
    let found = values.reduce(0, +) / Double(values.count)
    #expect(
      abs(found - mean) < 6 * deviation / Double(values.count).squareRoot(), "\(found), not \(mean)",
      sourceLocation: sourceLocation)
  }

  @Test func momentsOfTheNormalDistribution() {
    let values = normals()
    // The variance of the power n is the moment 2n less the square of the moment n.
    expectMean(values, 0, deviation: 1)
    expectMean(values.lazy.map { $0 * $0 }, 1, deviation: 2.0.squareRoot())
    expectMean(values.lazy.map { $0 * $0 * $0 }, 0, deviation: 15.0.squareRoot())
    expectMean(values.lazy.map { $0 * $0 * $0 * $0 }, 3, deviation: 96.0.squareRoot())
  }

  @Test func momentsOfTheExponentialDistribution() {
    let values = exponentials()
    expectMean(values, 1, deviation: 1)
    expectMean(values.lazy.map { $0 * $0 }, 2, deviation: 20.0.squareRoot())
    expectMean(values.lazy.map { $0 * $0 * $0 }, 6, deviation: 684.0.squareRoot())
    #expect(values.min()! >= 0)
  }

  /// Expects the largest distance from a distribution function that there may be once in a million (Kolmogorov, Smirnov).
  private func expectDistribution(
    _ values: [Double], sourceLocation: SourceLocation = #_sourceLocation, _ share: (Double) -> Double
  ) {
    let count = Double(values.count)
    let distance = values.sorted().enumerated().map { index, value in
      max(abs(share(value) - Double(index) / count), abs(share(value) - Double(index + 1) / count))
    }.max()!
    #expect(distance * count.squareRoot() < 2.7, sourceLocation: sourceLocation)
  }

  @Test func distributionFunctions() {
    expectDistribution(normals()) { 0.5 * erfc(-$0 / 2.0.squareRoot()) }
    expectDistribution(exponentials()) { 1 - exp(-$0) }
    // Beyond the places where the tails begin.
    let far = normals(stream: 9).map(abs).filter { $0 > 2.5 }
    expectDistribution(far) { 1 - erfc($0 / 2.0.squareRoot()) / erfc(2.5 / 2.0.squareRoot()) }
    let late = exponentials(stream: 10).filter { $0 > 4 }
    expectDistribution(late) { 1 - exp(4 - $0) }
  }

  @Test func tails() {
    let (many, tail) = (4_000_000, 3.654152885361009)
    var random = RandomStream(seed: 1, stream: 1)
    var (beyond, above) = (0, 0)
    for _ in 0..<many {
      let value = random.normal()
      if abs(value) > tail { beyond += 1 }
      if value > tail { above += 1 }
    }
    let expected = Double(many) * erfc(tail / 2.0.squareRoot())
    #expect(abs(Double(beyond) - expected) < 6 * expected.squareRoot(), "\(beyond) of \(expected)")
    #expect(abs(Double(above) - expected / 2) < 6 * (expected / 2).squareRoot(), "\(above) of \(expected / 2)")
    let late = (0..<many).count { _ in random.exponential() > 7.69711747013105 }
    let lateExpected = Double(many) * exp(-7.69711747013105)
    #expect(abs(Double(late) - lateExpected) < 6 * lateExpected.squareRoot(), "\(late) of \(lateExpected)")
  }

  @Test func neighborsAreIndependent() {
    let values = normals()
    expectMean(zip(values, values.dropFirst()).lazy.map { $0 * $1 }, 0, deviation: 1)
    expectMean(zip(values, normals(stream: 11)).lazy.map { $0 * $1 }, 0, deviation: 1)
  }

  // MARK: Mean and deviation

  @Test func meanAndDeviation() {
    var (random, other) = (RandomStream(seed: 3, stream: 3), RandomStream(seed: 3, stream: 3))
    for _ in 0..<1000 { #expect(random.normal(mean: 10, deviation: 0.5) == 10 + 0.5 * other.normal()) }
    for _ in 0..<1000 { #expect(random.exponential(mean: 2.5) == 2.5 * other.exponential()) }
    #expect(random.normal(mean: 4, deviation: 0) == 4)
    #expect(random.exponential(mean: 0) == 0)
    #expect(random.normal(deviation: .nan).isNaN)
  }
}
