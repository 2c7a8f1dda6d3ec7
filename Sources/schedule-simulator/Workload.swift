// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// How the work is spread over the indices of a loop.
enum Skew: String, CaseIterable, ExpressibleByArgument {
  /// Every index takes the same time.
  case even
  /// The time falls from twice the mean to nothing.
  case ramp
  /// The first tenth takes ten times as long as all others.
  case heavyFirst = "heavy-first"
  /// A hill in the middle, as of the rows of a picture of the Mandelbrot set.
  case hill

  /// The work of an index at a place from 0 to 1, in proportion.
  func density(_ place: Double) -> Double {
    switch self {
    case .even: 1
    case .ramp: 1 - place
    case .heavyFirst: place < 0.1 ? 10 : 1
    case .hill: max(0.02, 1 - 9 * (place - 0.45) * (place - 0.45))
    }
  }
}

/// The time that each index of a loop takes, and sums of it, at no memory for each index.
struct Workload {
  let count: Int
  /// All of it, in nanoseconds.
  let total: Double

  private static let bins = 65_536
  /// The time of all indices before each bin.
  private let before: [Double]
  /// The indices of a bin.
  private let width: Double

  /// - Parameter mean: nanoseconds of an index, on the average.
  init(count: Int, mean: Double, skew: Skew) {
    self.count = count
    width = Double(count) / Double(Self.bins)
    total = mean * Double(count)
    let weights = (0..<Self.bins).map { skew.density((Double($0) + 0.5) / Double(Self.bins)) }
    let scale = total / weights.reduce(0, +)
    var sum = 0.0
    before =
      weights.map { weight in
        defer { sum += weight * scale }
        return sum
      } + [total]
  }

  /// The time of all indices before one.
  func time(before index: Int) -> Double {
    let place = Double(index) / width
    let bin = min(Int(place), Self.bins - 1)
    return before[bin] + (before[bin + 1] - before[bin]) * (place - Double(bin))
  }

  /// The time of a range of indices.
  func time(_ range: Range<Int>) -> Double { time(before: range.upperBound) - time(before: range.lowerBound) }

  /// The index that a thread is at if it began at `first` some time ago: the last one begun.
  func index(from first: Int, after time: Double) -> Int {
    let target = self.time(before: first) + time
    var (low, high) = (0, Self.bins)
    while low < high {
      let middle = (low + high + 1) / 2
      if before[middle] <= target { low = middle } else { high = middle - 1 }
    }
    guard low < Self.bins else { return count }
    let share = (target - before[low]) / (before[low + 1] - before[low])
    return max(first, Int((Double(low) + share) * width))
  }
}
