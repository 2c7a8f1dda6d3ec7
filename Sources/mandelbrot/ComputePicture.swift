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
  let observer = LoopObserver { display.progress.update(done: $0, at: MPIEnvironment.wallTime) }
  let rows = try world.map(
    0..<plan.size.height, schedule: plan.schedule.ofLoop, progress: .never, observer: observer
  ) { row in
    tally.timed {
      var painter = RowPainter(plan: plan)
      painter.begin(row: row)
      while !painter.advance(by: .max) {}
      return painter.pixels
    }
  }
  progress = display.progress
  guard let rows else { return nil }
  var picture = Picture(size: plan.size)
  for (row, pixels) in rows.enumerated() { picture.set(row: row, to: pixels[...]) }
  return picture
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

  /// Computes a row, and takes the time.
  func timed(_ body: () -> [UInt8]) -> [UInt8] {
    // MPI's clock is for the thread that talks with MPI.
    let start = ContinuousClock.now
    let pixels = body()
    let time = (ContinuousClock.now - start) / .seconds(1)
    sums.withLock { sums in
      sums.rows += 1
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
