// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A checkpoint of a program that runs for long: restored at the start, saved from time to time.
///
/// ```swift
/// let checkpoint = try Checkpoint("heat.checkpoint", on: world, every: .seconds(600))
/// if let saved = try checkpoint.restore() {
///   step = try saved.value("step")
///   cells = try saved.spread("cells")
/// }
/// while step < steps {
///   advance(&cells)
///   step += 1
///   try checkpoint.saveIfDue(["step": .value(step), "cells": .spread(cells)])
/// }
/// try checkpoint.remove()
/// ```
///
/// Every rank makes it, and makes the same calls. One rank looks at the clock, and all make the same decision.
public final class Checkpoint {
  /// The path of the file.
  public let path: String
  /// The time between two checkpoints.
  public let interval: Duration

  private let ranks: Communicator
  /// Rank 0's. The other ranks count calls.
  private var schedule: SaveSchedule
  private var callsLeft = 1
  private let start = ContinuousClock.now

  /// Prepares a checkpoint, and makes sure that it can be saved, as far as that can be known: a program does not compute
  /// for ten minutes to find that the folder does not exist.
  ///
  /// Collective; one broadcast. Nothing is written.
  ///
  /// - Parameters:
  ///   - path: where the checkpoint is, or shall be; the same on every rank, in a folder that all hosts share.
  ///   - ranks: the ranks whose checkpoint it is. The program uses the communicator as before.
  ///   - interval: the time from the end of one ``saveIfDue(_:file:line:)`` that saves to the next; the first one begins
  ///     here. Zero means that each call saves.
  /// - Throws: ``CheckpointError``, the same on every rank: ``CheckpointError/Kind-swift.enum/noFolder``,
  ///   ``CheckpointError/Kind-swift.enum/access``, ``CheckpointError/Kind-swift.enum/argument``.
  public init(
    _ path: String, on ranks: Communicator, every interval: Duration, file: StaticString = #fileID, line: Int = #line
  ) throws {
    self.path = path
    self.ranks = ranks
    self.interval = interval
    schedule = SaveSchedule(every: interval, now: .zero)
    try ranks.collectiveCall("Checkpoint", file, line) {
      _ = try ranks.onRoot(path: path) {
        _ = try target(of: path)
        return true
      }
    }
  }

  private var now: Duration { ContinuousClock.now - start }

  /// Opens the checkpoint to restore from; nil if there is none, as in the first run.
  ///
  /// Collective; as ``MPI/Communicator/restore(from:file:line:)``.
  ///
  /// - Returns: the checkpoint, or nil on every rank.
  /// - Throws: as ``MPI/Communicator/restore(from:file:line:)``.
  public func restore(file: StaticString = #fileID, line: Int = #line) throws -> SavedCheckpoint? {
    try ranks.restore(from: path, file: file, line: line)
  }

  /// Saves, whether or not a checkpoint is due.
  ///
  /// Collective; as ``MPI/Communicator/save(_:to:file:line:)-(CheckpointParts,_,_,_)``. The next checkpoint is due an
  /// interval later.
  ///
  /// - Parameter parts: what to save.
  /// - Throws: as ``MPI/Communicator/save(_:to:file:line:)-(CheckpointParts,_,_,_)``. Then, too, the next one is due an
  ///   interval later.
  public func save(_ parts: CheckpointParts, file: StaticString = #fileID, line: Int = #line) throws {
    defer {
      schedule.saved(now: now)
      callsLeft = 1
    }
    try ranks.save(parts, to: path, file: file, line: line)
  }

  /// Saves if a checkpoint is due: if the interval has passed since the last one.
  ///
  /// Collective, and called often, such as once a step: most calls send nothing. All ranks make the same calls, so rank
  /// 0, which looks at the clock, announces after how many of them it decides again: by a broadcast of 16 bytes, some 20
  /// times from one checkpoint to the next. If a call comes later than the interval after the one before, each call sends
  /// one.
  ///
  /// ```swift
  /// do {
  ///   try checkpoint.saveIfDue(["step": .value(step), "cells": .spread(cells)])
  /// } catch let error as CheckpointError {
  ///   if world.isRoot { print("going on with the older checkpoint: \(error)") }
  /// }
  /// ```
  ///
  /// - Parameter parts: what to save; evaluated only if a checkpoint is due.
  /// - Returns: whether a checkpoint was saved, the same on every rank.
  /// - Throws: as ``save(_:file:line:)``, on every rank. If `parts` throws, it is a ``CheckpointError`` of the kind
  ///   ``CheckpointError/Kind-swift.enum/coding``, unless `parts` throws one itself.
  @discardableResult
  public func saveIfDue(
    _ parts: @autoclosure () throws -> CheckpointParts, file: StaticString = #fileID, line: Int = #line
  ) throws -> Bool {
    callsLeft -= 1
    if callsLeft > 0 { return false }
    let answer = try ranks.partOfCall("saveIfDue", file, line) {
      try ranks.broadcast(ranks.isRoot ? schedule.ask(now: now) : nil)
    }
    callsLeft = answer.next
    guard answer.isDue else { return false }
    try save(ranks.agreeing(path: path) { try parts() }, file: file, line: line)
    return true
  }

  /// Removes the checkpoint. Called once the work is complete, so that the next run begins from the start. It is no
  /// error if there is none.
  ///
  /// Collective; one broadcast. No rank returns before it is gone.
  ///
  /// - Throws: ``CheckpointError``, the same on every rank: ``CheckpointError/Kind-swift.enum/access``,
  ///   ``CheckpointError/Kind-swift.enum/io``.
  public func remove(file: StaticString = #fileID, line: Int = #line) throws {
    try ranks.collectiveCall("remove", file, line) {
      _ = try ranks.onRoot(path: path) {
        if let target = FileSystem.followed(path) { TemporaryFile.removeLeftovers(of: target) }
        if unlink(path) != 0 && errno != ENOENT {
          throw CheckpointError(errno: errno, "it can't be removed", path: path, rank: 0)
        }
        return true
      }
    }
  }
}
