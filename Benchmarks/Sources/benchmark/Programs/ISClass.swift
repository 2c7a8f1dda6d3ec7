// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import Foundation
import MPI

/// A class of NAS IS, with the places that are published for five of its keys.
struct ISClass {
  static let iterations = Int(is_iterations)

  var name: String
  /// How many keys there are, how large they are and how many buckets, as powers of two.
  var countBits: Int
  var keyBits: Int
  var bucketBits: Int
  /// Five indices, and the places of the keys there before any key was changed.
  var tests: [Int]
  var places: [Int]
  /// By how much a place moves in an iteration: that of each key, and what is taken from the iteration first.
  var steps: [Int]
  var delays: [Int]

  var count: Int { 1 << countBits }

  /// Whether all places are those that are published.
  func isRight(_ found: [Int]) -> Bool {
    let all = (1...Self.iterations).flatMap { iteration in
      places.indices.map { places[$0] + steps[$0] * (iteration - delays[$0]) }
    }
    return all == found
  }

  /// This rank's keys, of one sequence over all ranks: each is the sum of four numbers of NAS's generator.
  func keys(_ world: Communicator) -> [Int32] {
    let mine = world.block(of: count)
    var numbers = NASNumbers(seed: 314_159_265, after: 4 * mine.lowerBound)
    return mine.map { _ in
      Int32((numbers.next() + numbers.next() + numbers.next() + numbers.next()) >> UInt64(48 - keyBits))
    }
  }

  /// What the keys of this rank are after the last iteration.
  func changed(_ keys: [Int32], _ world: Communicator) -> [Int32] {
    var keys = keys
    if world.isRoot {
      for iteration in 1...Self.iterations {
        keys[iteration] = Int32(iteration)
        keys[iteration + Self.iterations] = Int32(1 << keyBits - iteration)
      }
    }
    return keys
  }

  static let all = [
    ISClass(
      name: "S", countBits: 16, keyBits: 11, bucketBits: 9, tests: [48_427, 17_148, 23_627, 62_548, 4_431],
      places: [0, 18, 346, 64_917, 65_463], steps: [1, 1, 1, -1, -1], delays: [0, 0, 0, 0, 0]),
    ISClass(
      name: "W", countBits: 20, keyBits: 16, bucketBits: 10, tests: [357_773, 934_767, 875_723, 898_999, 404_505],
      places: [1_249, 11_698, 1_039_987, 1_043_896, 1_048_018], steps: [1, 1, -1, -1, -1], delays: [2, 2, 0, 0, 0]),
    ISClass(
      name: "A", countBits: 23, keyBits: 19, bucketBits: 10,
      tests: [2_112_377, 662_041, 5_336_171, 3_642_833, 4_250_760],
      places: [104, 17_523, 123_928, 8_288_932, 8_388_264], steps: [1, 1, 1, -1, -1], delays: [1, 1, 1, 1, 1]),
  ]
}

/// The random numbers of NAS: x, ax, aax, … modulo 2⁴⁶, as they are in the generator.
struct NASNumbers {
  private static let factor: UInt64 = 1_220_703_125
  private static let mask: UInt64 = (1 << 46) - 1
  private var state: UInt64

  /// - Parameter count: how many numbers to leap over.
  init(seed: UInt64, after count: Int) {
    state = seed
    var (rest, power) = (count, Self.factor)
    while rest > 0 {
      if !rest.isMultiple(of: 2) { state = state &* power & Self.mask }
      power = power &* power & Self.mask
      rest /= 2
    }
  }

  /// The next one, from 0 to 2⁴⁶.
  mutating func next() -> UInt64 {
    state = state &* Self.factor & Self.mask
    return state
  }
}

/// C's integer sort, in Swift's form.
func integerSortInC(
  _ world: Communicator, _ keys: [Int32], _ size: ISClass
) -> (places: [Int], sorted: MemoryOfC<Int32>) {
  var sizes = ISSizes(
    count_bits: CInt(size.countBits), key_bits: CInt(size.keyBits), bucket_bits: CInt(size.bucketBits),
    first: CInt(world.block(of: size.count).lowerBound))
  var places = [Int64](repeating: 0, count: ISClass.iterations * size.tests.count)
  var sorted: UnsafeMutablePointer<Int32>? = nil
  var count: CInt = 0
  c_is(world.rawValue, keys, CInt(keys.count), &sizes, size.tests.map { CInt($0) }, &places, &sorted, &count)
  return (places.map { Int($0) }, MemoryOfC(sorted, count))
}
