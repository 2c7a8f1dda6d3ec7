// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What many runs of one set have in common.
struct Statistics: Equatable {
  var mean: Double
  /// The standard deviation of the runs (of a sample: divided by one less than there are); 0 for one run.
  var deviation: Double
  /// The 5 %, 50 % and 95 % quantiles, between the runs next to them in proportion.
  var quantiles: [Double]

  /// - Parameter values: one a run, one at least. They are added in order, so the bytes of the result don't depend on who
  ///   computed what.
  init(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    deviation = values.count > 1 ? (squares / (count - 1)).squareRoot() : 0
    let sorted = values.sorted()
    quantiles = [0.05, 0.5, 0.95].map { share in
      let place = share * (count - 1)
      let below = Int(place)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
  }

  /// The names of the columns of a quantity.
  static func columns(_ quantity: String) -> [String] {
    ["mean", "deviation", "q05", "median", "q95"].map { "\(quantity)_\($0)" }
  }

  /// The cells of those columns.
  var cells: [String] { ([mean, deviation] + quantiles).map { "\($0)" } }
}
