// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import Synchronization

/// Computes a picture on all ranks of a communicator. All of them call it with the same plan.
///
/// - Parameters:
///   - plan: What to compute, and how to share the rows.
///   - world: The ranks.
///   - share: What this rank did is added to it.
///   - progress: Shows how far it is. The root's is updated; the other ranks' isn't.
/// - Returns: The picture, on the root; nil elsewhere.
func computePicture(
  _ plan: Plan, on world: Communicator, share: inout RankReport, progress: inout Progress
) throws -> Picture? {
  let tally = RowTally()
  defer { tally.add(to: &share) }
  let display = Display(progress)
  let bands = Bands(of: plan.size)
  let observer = LoopObserver {
    display.progress.update(done: min($0 * bands.height, plan.size.height), at: MPIEnvironment.wallTime)
  }
  let computed = try world.map(
    0..<bands.count, schedule: plan.schedule.ofLoop, progress: .never, observer: observer
  ) { band in
    let rows = bands.rows(band)
    return tally.timed(rows.count) {
      var painter = RowPainter(plan: plan)
      return rows.flatMap { row in
        painter.begin(row: row)
        while !painter.advance(by: .max) {}
        return painter.pixels
      }
    }
  }
  progress = display.progress
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

/// The display, for an observer to draw on.
private final class Display {
  /// What is drawn.
  var progress: Progress

  init(_ progress: Progress) { self.progress = progress }
}

/// How many rows the threads of this rank have computed, and how long that took.
private final class RowTally: Sendable {
  private let sums = Mutex((rows: 0, busy: 0.0))

  /// Computes rows, and takes the time.
  func timed(_ rows: Int, _ body: () -> [UInt8]) -> [UInt8] {
    // MPI's clock is for the thread that talks with MPI.
    let start = ContinuousClock.now
    let pixels = body()
    let time = (ContinuousClock.now - start) / .seconds(1)
    sums.withLock { sums in
      sums.rows += rows
      sums.busy += time
    }
    return pixels
  }

  /// Adds it to a rank's report.
  func add(to report: inout RankReport) {
    let sums = sums.withLock { $0 }
    report.rows += sums.rows
    report.busy += sums.busy
  }
}
