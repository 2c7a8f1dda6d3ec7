// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import Foundation
import MPI

/// A class of NAS EP, with the sums that are published for it. Those of the counts are ours if it has them.
struct EPClass {
  var name: String
  var m: Int
  var x: Double
  var y: Double
  var counts: [Int]?

  /// The published sums agree to one part in 10⁸, and the counts exactly.
  func isRight(_ sums: EPSums) -> Bool {
    let near = abs((sums.x - x) / x) <= 1e-8 && abs((sums.y - y) / y) <= 1e-8
    guard let counts else { return near }
    return near && Array(sums.counts.prefix(counts.count)) == counts
      && sums.counts.dropFirst(counts.count).allSatisfy { $0 == 0 }
  }

  static let all = [
    EPClass(
      name: "S", m: 24, x: -3.247834652034740e3, y: -6.958407078382297e3,
      counts: [6_140_517, 5_865_300, 1_100_361, 68_546, 1_648, 17]),
    EPClass(
      name: "W", m: 25, x: -2.863319731645753e3, y: -6.320053679109499e3,
      counts: [12_281_576, 11_729_692, 2_202_726, 137_368, 3_371, 36]),
    EPClass(
      name: "A", m: 28, x: -4.295875165629892e3, y: -1.580732573678431e4,
      counts: [98_257_395, 93_827_014, 17_611_549, 1_110_028, 26_536, 245]),
    EPClass(name: "B", m: 30, x: 4.033815542441498e4, y: -2.660669192809235e4),
  ]
}

/// What C's EP sums up, in Swift's form.
func epInC(_ world: Communicator, m: Int) -> EPSums {
  let sums = c_ep(world.rawValue, CInt(m))
  let counts = withUnsafeBytes(of: sums.counts) { $0.bindMemory(to: Int64.self).map(Int.init) }
  return EPSums(x: sums.x, y: sums.y, counts: counts)
}

/// C's sample sort.
func sampleSortInC(_ world: Communicator, _ keys: [UInt64]) -> MemoryOfC<UInt64> {
  var count: CInt = 0
  let sorted = c_sample_sort(world.rawValue, keys, CInt(keys.count), &count)
  return MemoryOfC(sorted, count)
}

/// Memory that a program in C has made. It is looked at when the clock stands still.
final class MemoryOfC<Element: BitwiseCopyable> {
  private let memory: UnsafeBufferPointer<Element>

  init(_ start: UnsafeMutablePointer<Element>?, _ count: CInt) {
    memory = UnsafeBufferPointer(start: start, count: Int(count))
  }

  deinit { free(UnsafeMutableRawPointer(mutating: memory.baseAddress)) }

  var elements: [Element] { Array(memory) }
}

/// Keys that are the same at each run, and others on each rank.
func someKeys(_ world: Communicator, count: Int) -> [UInt64] {
  // SplitMix64.
  var state = UInt64(world.rank) &* 0xD1B5_4A32_D192_ED03
  return (0..<count).map { _ in
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

/// Whether keys are sorted over the ranks, and still the ones that they were. The same answer on every rank.
func areSorted(_ world: Communicator, _ sorted: [UInt64], from keys: [UInt64]) throws -> Bool {
  var isRight = zip(sorted, sorted.dropFirst()).allSatisfy { $0 <= $1 }
  // The parts meet: those that are not empty, in rank order.
  let ends = try world.allGather(sorted.isEmpty ? [] : [sorted[0], sorted[sorted.count - 1]]).elements
  isRight = isRight && zip(ends, ends.dropFirst()).allSatisfy { $0 <= $1 }
  func sum(_ keys: [UInt64], _ term: (UInt64) -> UInt64) throws -> UInt64 {
    try world.allReduce(keys.reduce(0) { $0 &+ term($1) }, .sum)
  }
  let (count, key, square) = try (
    sum(sorted) { _ in 1 } == sum(keys) { _ in 1 }, sum(sorted) { $0 } == sum(keys) { $0 },
    sum(sorted) { $0 &* $0 } == sum(keys) { $0 &* $0 }
  )
  return try world.allReduce(isRight && count && key && square, .logicalAnd)
}
