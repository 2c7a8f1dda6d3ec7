// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPIStoreFile
import MPITasks
import Synchronization

/// Writes what is given to it into a store, on a thread of its own, in batches.
final class StoreWriter: @unchecked Sendable {
  /// What is still to be encoded.
  private struct Work: Sendable {
    var keys: [ResultKey]
    var count: Int
    var encode: @Sendable () -> [StoreFile.Row]
  }

  private struct State {
    var queue: [Work] = []
    /// The keys of what is queued, and of what is being encoded.
    var queuedKeys: Set<ResultKey> = []
    var queuedCount = 0
    /// What is encoded and not committed.
    var rows: [StoreFile.Row] = []
    var rowBytes = 0
    var outcomes: [ResultKey: StoreFile.Outcome] = [:]
    /// How many batches of work were given, encoded and committed.
    var given = 0
    var encoded = 0
    var committed = 0
    /// How many attempts to write have failed, and why the last one has.
    var failures = 0
    var error: TaskStoreError?
    var nextTry = 0
    /// How many results were let go of, because too much waited.
    var dropped = 0
    var mustHurry = false
    var mustEnd = false
    var hasEnded = false
  }

  private enum Step {
    case encode([Work])
    case write([StoreFile.Row], commits: Int)
    case rest
    case end
  }

  /// For how long results are collected, in nanoseconds: that much is lost at most if the process is killed, and the
  /// time it takes to write them.
  private static let interval = 25_000_000
  /// How many rows are written at once, at most.
  private static let batch = 20_000
  /// From how many results or bytes on the writer is behind.
  private static let most = (count: 50_000, bytes: 256 << 20)

  private let file: StoreFile
  private let memoryLimit: Int
  private let monitor = Monitor(State())

  init(_ file: StoreFile, memoryLimit: Int) throws {
    self.file = file
    self.memoryLimit = memoryLimit
    try Thread { [self] in run() }.detach()
  }

  // MARK: For other threads

  /// Gives it what is to be written.
  ///
  /// - Parameters:
  ///   - keys: of the results.
  ///   - count: how many results or blocks that is.
  ///   - encode: makes the rows, on the writer's thread.
  func add(keys: [ResultKey], count: Int, encode: @escaping @Sendable () -> [StoreFile.Row]) {
    let isFirst = monitor.withLock { state in
      state.queue.append(Work(keys: keys, count: count, encode: encode))
      state.queuedKeys.formUnion(keys)
      state.queuedCount += count
      state.given += 1
      return state.queue.count == 1
    }
    if isFirst { monitor.wakeAll() }
  }

  /// Whether so much waits that no more should be computed. Not if the disk is full: then the program goes on.
  var isBehind: Bool {
    monitor.withLock { state in
      state.queuedCount > Self.most.count || (state.error == nil && state.rowBytes > Self.most.bytes)
    }
  }

  /// What was given to it with a key, and is not committed.
  func outcome(of key: ResultKey) -> StoreFile.Outcome? {
    monitor.withLock { state in
      if state.queuedKeys.isEmpty && state.outcomes.isEmpty { return nil }
      return state.outcomes[key]
    }
  }

  /// Has results encoded that were given to it with keys, if there are any.
  func settle(_ keys: [ResultKey]) {
    let isQueued = monitor.withLock { state in
      !state.queuedKeys.isEmpty && keys.contains { state.queuedKeys.contains($0) }
    }
    guard isQueued else { return }
    let given = monitor.withLock { state in
      state.mustHurry = true
      return state.given
    }
    monitor.wakeAll()
    _ = monitor.wait { $0.encoded >= given || $0.hasEnded ? () : nil }
  }

  /// Waits until all that was given to it before is committed.
  ///
  /// - Throws: why it can't be written.
  func flush() throws(TaskStoreError) {
    let (given, failures) = monitor.withLock { state in
      state.mustHurry = true
      state.nextTry = 0
      return (state.given, state.failures)
    }
    monitor.wakeAll()
    let error = monitor.wait { state -> TaskStoreError?? in
      if state.committed >= given { return .some(nil) }
      if state.failures > failures || state.hasEnded { return .some(state.error) }
      return nil
    }
    if let error = error ?? nil { throw error }
  }

  /// Writes what it has, and ends.
  ///
  /// - Returns: how many results could not be written, and why.
  func end() -> (lost: Int, error: TaskStoreError?) {
    try? flush()
    monitor.withLock { $0.mustEnd = true }
    monitor.wakeAll()
    _ = monitor.wait { $0.hasEnded ? () : nil }
    return monitor.withLock { ($0.rows.count + $0.queuedCount + $0.dropped, $0.error) }
  }

  // MARK: The thread

  private func run() {
    while true {
      switch next() {
      case .encode(let work): encode(work)
      case .write(let rows, let commits): write(rows, commits: commits)
      case .rest: break
      case .end:
        monitor.withLock { $0.hasEnded = true }
        monitor.wakeAll()
        return
      }
    }
  }

  private func next() -> Step {
    // Something comes, or it is time to try again.
    let wait = monitor.withLock { state in
      state.rows.isEmpty ? 1_000_000_000 : max(1, min(1_000_000_000, state.nextTry - monotonicNanoseconds()))
    }
    let isThere: Void? = monitor.wait(nanoseconds: wait) { state in
      !state.queue.isEmpty || state.mustEnd || (!state.rows.isEmpty && monotonicNanoseconds() >= state.nextTry)
        ? () : nil
    }
    guard isThere != nil else { return .rest }
    // Others come with it.
    _ = monitor.wait(nanoseconds: Self.interval) { state in state.mustHurry || state.mustEnd ? () : nil }
    return monitor.withLock { state in
      if !state.queue.isEmpty {
        defer { state.queue = [] }
        return .encode(state.queue)
      }
      if state.mustEnd { return .end }
      guard !state.rows.isEmpty, monotonicNanoseconds() >= state.nextTry else { return .rest }
      return .write(Array(state.rows.prefix(Self.batch)), commits: state.encoded)
    }
  }

  private func encode(_ work: [Work]) {
    let rows = work.flatMap { $0.encode() }
    let bytes = rows.reduce(0) { $0 + $1.byteCount }
    let (batch, commits, warning) = monitor.withLock {
      state -> (rows: [StoreFile.Row], commits: Int, warning: String?) in
      state.encoded += work.count
      for part in work {
        state.queuedKeys.subtract(part.keys)
        state.queuedCount -= part.count
      }
      var warning: String?
      if state.error != nil && state.rowBytes + bytes > memoryLimit {
        if state.dropped == 0 {
          warning = """
            the store \(file.path) can't be written, and \(memoryLimit >> 20) MB of results wait for it: those that \
            come from now on are not stored, and are computed again by the next run
            """
        }
        state.dropped += rows.count
      } else {
        state.rows += rows
        state.rowBytes += bytes
        for case .task(let row) in rows { state.outcomes[row.key] = row.outcome }
      }
      guard monotonicNanoseconds() >= state.nextTry else { return ([], 0, warning) }
      if state.rows.isEmpty {
        state.committed = state.encoded
        state.mustHurry = false
      }
      return (Array(state.rows.prefix(Self.batch)), state.encoded, warning)
    }
    monitor.wakeAll()
    if let warning { writeToStandardError("warning: \(warning)") }
    if !batch.isEmpty { write(batch, commits: commits) }
  }

  /// Writes the first rows that wait.
  private func write(_ rows: [StoreFile.Row], commits: Int) {
    do {
      try file.write(rows)
      let wasBroken = monitor.withLock { state in
        state.rows.removeFirst(rows.count)
        state.rowBytes -= rows.reduce(0) { $0 + $1.byteCount }
        for case .task(let row) in rows { state.outcomes[row.key] = nil }
        if state.rows.isEmpty {
          state.committed = commits
          if state.committed == state.given { state.mustHurry = false }
        }
        state.nextTry = 0
        defer { state.error = nil }
        return state.error != nil && state.dropped == 0
      }
      if wasBroken { writeToStandardError("note: the store \(file.path) can be written again: nothing is lost") }
    } catch {
      let failure = TaskStoreError(error, path: file.path)
      let isNew = monitor.withLock { state in
        defer { state.error = failure }
        state.failures += 1
        state.mustHurry = false
        state.nextTry = monotonicNanoseconds() + 2_000_000_000
        return state.error?.reason != failure.reason
      }
      if isNew {
        writeToStandardError(
          "warning: \(failure.description). The run goes on; its results wait in memory until they can be stored")
      }
    }
    monitor.wakeAll()
  }
}
