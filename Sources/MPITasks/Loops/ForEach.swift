// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

extension Communicator {
  /// Calls a closure for each index of a range, on all ranks and all their compute threads.
  ///
  /// ```swift
  /// try world.forEach(0..<frames) { frame in try render(frame, to: "frame-\(frame).png") }
  /// ```
  ///
  /// Which rank calls it for an index is not known beforehand. When this returns, all calls have returned, on every
  /// rank.
  ///
  /// - Parameters:
  ///   - range: the same on every rank.
  ///   - schedule: how ranks share the indices; the same on every rank.
  ///   - progress: how the root reports progress and the final summary on standard error.
  ///   - label: what the loop is called there.
  ///   - observer: receives at the root how far the loop is.
  ///   - body: what is to be done, on any thread. It must not call MPI.
  /// - Throws: as `map`.
  @inlinable
  public final func forEach(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", observer: LoopObserver? = nil,
    file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Void
  ) throws {
    let offset = range.lowerBound
    try runForEach(range, schedule, LoopDisplay(progress, label, observer, file, line)) { chunk in
      try chunk.eachIndex { try body($0 + offset) }
    }
  }

  /// Runs a loop without results.
  @usableFromInline
  final func runForEach(
    _ range: Range<Int>, _ schedule: LoopSchedule, _ display: LoopDisplay,
    run: @escaping @Sendable (inout LoopChunk) throws -> Void
  ) throws {
    try schedule.check("forEach")
    try runLoop("forEach", display) { channel in
      _ = try channel.run(LoopJob("forEach", range, schedule, run: run), display) { _, _ in [] }
    }
  }
}
