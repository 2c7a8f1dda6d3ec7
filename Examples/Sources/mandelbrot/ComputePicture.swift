// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks

/// Computes a picture on all ranks of a communicator. All of them call it with the same plan.
///
/// - Parameters:
///   - plan: what to compute, and how to share the rows.
///   - world: the ranks.
///   - progress: how the root reports it.
/// - Returns: the picture, on the root; nil elsewhere.
func computePicture(_ plan: Plan, on world: Communicator, progress: ProgressStyle) throws -> Picture? {
  let bands = Bands(of: plan.size)
  let computed = try world.map(
    0..<bands.count, schedule: plan.schedule.ofLoop, progress: progress, label: "mandelbrot"
  ) { band in
    var painter = RowPainter(plan: plan)
    return bands.rows(band).flatMap { row in
      painter.begin(row: row)
      while !painter.advance(by: .max) {}
      return painter.pixels
    }
  }
  guard let computed else { return nil }
  var picture = Picture(size: plan.size)
  for (band, pixels) in computed.enumerated() {
    picture.set(row: bands.rows(band).lowerBound, to: pixels[...])
  }
  return picture
}

/// What ranks share: a row, or several where rows are so short that handing one out would be most of the work.
struct Bands {
  /// The least number of pixels in a band, if there are as many.
  private static let leastPixels = 512

  /// The number of rows in each band but the last.
  let height: Int

  /// The number of bands.
  let count: Int

  private let rowCount: Int

  /// Divides a picture.
  init(of size: Size) {
    rowCount = size.height
    height = max(1, Self.leastPixels / size.width)
    count = (size.height + height - 1) / height
  }

  /// The rows of a band.
  func rows(_ band: Int) -> Range<Int> { band * height..<min((band + 1) * height, rowCount) }
}

extension Schedule {
  /// How the library calls it.
  fileprivate var ofLoop: LoopSchedule {
    switch self {
    case .dynamic: .adaptive
    case .static: .static
    }
  }
}
