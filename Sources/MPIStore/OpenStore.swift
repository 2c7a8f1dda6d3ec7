// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPIStoreFile
import MPITasks
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A store that this process has open to write it. All `TaskStore`s of one path are of one of these.
final class OpenStore: Sendable {
  let file: StoreFile
  let writer: StoreWriter

  let notes: StoreNotes
  private let isClosed = Mutex(false)

  private init(_ path: String, memoryLimit: Int) throws(TaskStoreError) {
    let runs = MPIEnvironment.isInitialized && !MPIEnvironment.isFinalized
    do {
      file = try StoreFile(
        path, run: .init(ranks: runs ? Communicator.world.size : 1, build: Self.build),
        say: { writeToStandardError("note: \($0)") })
      writer = try StoreWriter(file, memoryLimit: memoryLimit)
      notes = StoreNotes(file)
    } catch {
      throw TaskStoreError(error, path: path)
    }
    if file.journal == .rollback {
      writeToStandardError(
        """
        note: the store \(path) is on a file system that other hosts may share (\(file.fileSystem.name)): it is written \
        with a rollback journal and without shared memory, by this process alone, and read by no other meanwhile
        """)
    }
  }

  deinit { close() }

  /// Writes what waits, and closes the file.
  func close() {
    let wasClosed = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return isClosed
    }
    guard !wasClosed else { return }
    let (lost, error) = writer.end()
    if lost > 0 {
      writeToStandardError(
        """
        error: \(lost) results are not in the store \(file.path), and will be computed again: \
        \(error?.description ?? "they came when it was being closed")
        """)
    }
    file.end()
  }

  // MARK: Those of this process

  private struct WeakStore {
    weak var store: OpenStore?
  }

  private static let open = Mutex<[String: WeakStore]>([:])
  private static let build = fingerprintOfProgram()
  private static let closesAtExit: Void = {
    atexit {
      for store in OpenStore.open.withLock({ $0.values.compactMap(\.store) }) { store.close() }
    }
  }()

  /// The open one of a path, or one that is opened.
  static func of(_ path: String, memoryLimit: Int) throws(TaskStoreError) -> OpenStore {
    _ = closesAtExit
    let path = wholePath(path)
    do {
      return try open.withLock { open in
        if let known = open[path]?.store, !known.isClosed.withLock({ $0 }) { return known }
        let made = try newlyOpened(path, memoryLimit: memoryLimit)
        open[path] = WeakStore(store: made)
        return made
      }
    } catch {
      throw error as? TaskStoreError ?? TaskStoreError(error, path: path)
    }
  }

  /// One that is opened. The last one of this process may be about to be closed, by the thread that had the last
  /// reference to it.
  private static func newlyOpened(_ path: String, memoryLimit: Int) throws -> OpenStore {
    let own = "process \(getpid()) on \(hostName()),"
    for _ in 0..<500 {
      switch attempt(path, memoryLimit) {
      case .success(let store): return store
      case .failure(let error) where error.reason == .inUse && error.description.contains(own):
        sleep(milliseconds: 10)
      case .failure(let error): throw error
      }
    }
    return try attempt(path, memoryLimit).get()
  }

  private static func attempt(_ path: String, _ memoryLimit: Int) -> Result<OpenStore, TaskStoreError> {
    do { return .success(try OpenStore(path, memoryLimit: memoryLimit)) } catch { return .failure(error) }
  }

  /// A path that does not depend on the folder that the process is in.
  private static func wholePath(_ path: String) -> String {
    let (folder, name): (String, String)
    if let slash = path.lastIndex(of: "/") {
      (folder, name) = (
        slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...])
      )
    } else {
      (folder, name) = (".", path)
    }
    guard let whole = realpath(folder, nil) else { return path }
    defer { free(whole) }
    let text = String(cString: whole)
    return text == "/" ? "/\(name)" : "\(text)/\(name)"
  }
}
