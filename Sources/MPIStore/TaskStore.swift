// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPIStoreFile
import MPITasks
import Synchronization

/// A store of results, which outlive the job that has computed them: a file that later runs read.
///
/// ```swift
/// try await withTaskPool { pool in
///   let store = try TaskStore("study.store")
///   let lengths = try await pool.map((1...1000).map(Collatz.init), store: store)   // those that are stored are not run
/// }
/// ```
///
/// It is one SQLite file, which rank 0 writes. Any rank may make one of these: the file is opened by rank 0 alone, or if
/// MPI does not run when it is first used. Several of one path in a process are the same store.
///
/// Results are written by a thread of its own, 25 ms after they have come at most, so that what is lost if the process is
/// killed is what has come since. Calls with a store return after what they have computed is committed.
///
/// If the disk is full, the run goes on: results wait in memory until there is room, and ``flush()`` throws.
public final class TaskStore: Sendable {
  /// The path that it was made with.
  public let path: String
  private let memoryLimit: Int
  private let state = Mutex<State>(State())

  private struct State {
    var store: OpenStore?
    var isClosed = false
  }

  /// Makes a store of a file, which is made if it does not exist.
  ///
  /// On rank 0, and in a program that is one process, while MPI runs, the file is opened at once; elsewhere at the first
  /// use.
  ///
  /// - Parameters:
  ///   - path: of the file. Beside it there are, while it is open, a file with `.lock` behind its name, and those of
  ///     SQLite.
  ///   - memoryLimit: how many bytes of results are kept in memory at most if they can't be written. Those that come
  ///     then are not stored.
  /// - Throws: ``TaskStoreError`` if another job writes it, if it can't be written or made, or if it is of a newer
  ///   version, damaged, or no store.
  public init(_ path: String, memoryLimit: Int = 1 << 30) throws(TaskStoreError) {
    self.path = path
    self.memoryLimit = memoryLimit
    // A process that starts MPI later, or runs tasks for a rank, may be any rank.
    if MPIEnvironment.isInitialized, !MPIEnvironment.isFinalized, Communicator.world.rank == 0 { _ = try opened() }
  }

  /// The file, which is opened unless it is.
  func opened() throws(TaskStoreError) -> OpenStore {
    do {
      return try state.withLock { state in
        if state.isClosed { throw TaskStoreError(.other, "the store \(path) was closed") }
        if let store = state.store { return store }
        let store = try OpenStore.of(path, memoryLimit: memoryLimit)
        state.store = store
        return store
      }
    } catch {
      throw error as? TaskStoreError ?? TaskStoreError(error, path: path)
    }
  }

  /// Waits until all results that have come are in the file, and the disk has them.
  ///
  /// - Throws: ``TaskStoreError`` if they can't be written: they are kept, and tried again.
  public func flush() throws(TaskStoreError) {
    let store = try opened()
    try store.writer.flush()
    do { try store.file.synchronize() } catch { throw TaskStoreError(error) }
  }

  /// Writes what waits and closes the file, so that another job can write it. A store that nothing refers to any longer
  /// does so by itself, and so does one that is open when the program ends.
  ///
  /// - Throws: ``TaskStoreError`` if results can't be written. They are lost then; ``flush()`` before keeps them.
  public func close() throws(TaskStoreError) {
    let store = state.withLock { state in
      defer { state = State(store: nil, isClosed: true) }
      return state.store
    }
    guard let store else { return }
    defer { store.close() }
    try store.writer.flush()
  }

  // MARK: Upkeep

  /// Forgets the results and the failures of a type of tasks.
  ///
  /// - Parameters:
  ///   - type: the type.
  ///   - version: of which version; nil for all.
  /// - Returns: how many that were.
  /// - Throws: ``TaskStoreError``.
  @discardableResult
  public func forget<Item: PoolTaskProtocol>(_ type: Item.Type, version: Int? = nil) throws(TaskStoreError) -> Int {
    try change { (file) throws(StoreFailure) in
      try file.forget(type: String(reflecting: type), version: version)
    }
  }

  /// Forgets the results of a loop.
  ///
  /// - Parameter loop: its name.
  /// - Returns: how many blocks of results that were.
  /// - Throws: ``TaskStoreError``.
  @discardableResult
  public func forget(loop: String) throws(TaskStoreError) -> Int {
    try change { (file) throws(StoreFailure) in try file.forget(loop: loop) }
  }

  /// Forgets what a run has stored.
  ///
  /// - Parameter run: its number, as the view `runs` has it.
  /// - Returns: how many results, failures and blocks that were.
  /// - Throws: ``TaskStoreError``.
  @discardableResult
  public func forget(run: Int) throws(TaskStoreError) -> Int {
    try change { (file) throws(StoreFailure) in try file.forget(run: run) }
  }

  /// Makes the file as small as what is in it. Other calls on the store wait meanwhile.
  ///
  /// - Throws: ``TaskStoreError``.
  public func compact() throws(TaskStoreError) {
    _ = try change { (file) throws(StoreFailure) in
      try file.compact()
      return 0
    }
  }

  /// Reads the whole file, and looks for damage.
  ///
  /// - Returns: what is wrong, a line for each; empty if all is well.
  /// - Throws: ``TaskStoreError`` if the file can't be read at all.
  public func check() throws(TaskStoreError) -> [String] {
    let store = try opened()
    do { return try store.file.check() } catch { throw TaskStoreError(error) }
  }

  private func change(_ body: (StoreFile) throws(StoreFailure) -> Int) throws(TaskStoreError) -> Int {
    let store = try opened()
    try store.writer.flush()
    do { return try body(store.file) } catch { throw TaskStoreError(error) }
  }
}
