// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension TaskPool {
  /// Runs tasks without results, and returns when all have completed.
  ///
  /// ```swift
  /// struct Render: PoolTask {
  ///   var frame: Int
  ///   func run() throws { try write(image(of: frame), to: "frame-\(frame).png") }
  /// }
  /// try await pool.forEach((0..<250).map(Render.init))
  /// ```
  ///
  /// For the parameters see ``map(_:onFailure:priority:timeout:memoryLimit:lookAhead:seed:)``.
  ///
  /// - Throws: as there.
  public nonisolated(nonsending) func forEach<Item: PoolTaskProtocol>(
    _ tasks: some Sequence<Item>, onFailure: FailurePolicy = .stop, priority: Int = 0, timeout: Duration? = nil,
    lookAhead: Int? = nil, seed: UInt64? = nil
  ) async throws where Item.Output == Void {
    _ = try await map(
      tasks, onFailure: onFailure, priority: priority, timeout: timeout, lookAhead: lookAhead, seed: seed)
  }
}
