// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Receives how far a loop is, on the root, on the thread that called it.
///
/// ```swift
/// let rows = try world.map(0..<height, observer: LoopObserver { done in print("\(done) of \(height)") }) { row in … }
/// ```
public struct LoopObserver {
  let update: (Int) -> Void

  /// - Parameter update: called with the number of indices that are done on all ranks, as far as the root knows: about
  ///   ten times a second, while the loop runs. Ranks other than 0 never call it.
  public init(_ update: @escaping (_ done: Int) -> Void) { self.update = update }
}
