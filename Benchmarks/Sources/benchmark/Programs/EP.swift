// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI

/// What NAS EP sums up.
struct EPSums {
  var x = 0.0
  var y = 0.0
  var counts = [Int](repeating: 0, count: 10)
}

/// The random numbers of NAS EP: x, ax, aax, … modulo 2⁴⁶.
struct EPNumbers {
  private static let factor: UInt64 = 1_220_703_125
  private static let mask: UInt64 = (1 << 46) - 1
  private var state: UInt64 = 271_828_183

  /// - Parameter count: how many numbers to leap over.
  init(after count: Int) {
    var (rest, power) = (count, Self.factor)
    while rest > 0 {
      if !rest.isMultiple(of: 2) { state = state &* power & Self.mask }
      power = power &* power & Self.mask
      rest /= 2
    }
  }

  /// The next one, in -1…1.
  mutating func next() -> Double {
    state = state &* Self.factor & Self.mask
    return 2 * (0x1p-46 * Double(state)) - 1
  }
}

/// NAS EP: 2^m pairs of random numbers, of which those in the unit circle become pairs of Gaussian deviates.
func ep(_ world: Communicator, m: Int) throws -> EPSums {
  let mine = world.block(of: 1 << m)
  var numbers = EPNumbers(after: 2 * mine.lowerBound)
  var sums = EPSums()
  for _ in mine {
    let x = numbers.next()
    let y = numbers.next()
    let t = x * x + y * y
    if t > 1 { continue }
    let scale = (-2 * log(t) / t).squareRoot()
    let (gx, gy) = (x * scale, y * scale)
    sums.counts[Int(max(abs(gx), abs(gy)))] += 1
    sums.x += gx
    sums.y += gy
  }
  sums.x = try world.allReduce(sums.x, .sum)
  sums.y = try world.allReduce(sums.y, .sum)
  try world.allReduce(inPlace: &sums.counts, .sum)
  return sums
}
