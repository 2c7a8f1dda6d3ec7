// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What is left of repeated measurements.
public struct Summary: Codable, Sendable, Equatable {
  public var min: Double
  public var median: Double
  public var max: Double

  /// Of at least one number.
  public init(_ numbers: [Double]) {
    precondition(!numbers.isEmpty, "a summary of no numbers")
    let sorted = numbers.sorted()
    let middle = sorted.count / 2
    min = sorted[0]
    median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    max = sorted[sorted.count - 1]
  }
}

/// Times of several variants of a loop, of which the first is what the others are compared with.
///
/// - Parameter seconds: for each variant, for each repeat, the times of its runs: the maximum over the ranks.
/// - Returns: for each variant the least time, and the ratios to the first variant's, a repeat each: within a repeat
///   the least time of each counts, for what disturbs a run only makes it longer.
public func compared(_ seconds: [[[Double]]]) -> [(least: Double, ratio: Summary)] {
  let best = seconds.map { $0.map { $0.min()! } }
  return best.map { times in (times.min()!, Summary(zip(times, best[0]).map { $0 / $1 })) }
}
