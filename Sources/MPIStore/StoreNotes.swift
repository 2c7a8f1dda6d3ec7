// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase
import MPIStoreFile
import Synchronization

/// What is printed about a store, each once. The writer's thread may have the last reference to it, and must not have
/// that to the store, which waits for that thread when it goes.
final class StoreNotes: Sendable {
  private struct Said {
    var otherBuild = false
    var unreadable: Set<String> = []
    var unstorable: Set<String> = []
  }

  private let file: StoreFile
  private let said = Mutex(Said())

  init(_ file: StoreFile) { self.file = file }

  /// Says once that results of another build are used.
  func noteUse(of run: Int, type: String) {
    guard let other = file.otherBuild, run <= other.run else { return }
    let isFirst = said.withLock { said in
      defer { said.otherBuild = true }
      return !said.otherBuild
    }
    guard isFirst else { return }
    writeToStandardError(
      """
      note: the store \(file.path) has results of another build of \(other.program), and they are used. If what they \
      depend on has changed, raise the `version` of the type, or run: mpi-store forget \(file.path) --type \(type)
      """)
  }

  /// Says once for a type that results of it can't be read.
  func noteUnreadable(_ type: String, _ error: any Error) {
    guard said.withLock({ $0.unreadable.insert(type).inserted }) else { return }
    writeToStandardError(
      """
      note: the store \(file.path) has results of \(type) that can't be read any longer, because their type has changed; \
      they are computed again: \(error)
      """)
  }

  /// Says once for a type that results of it can't be stored.
  func noteUnstorable(_ type: String, _ error: any Error) {
    guard said.withLock({ $0.unstorable.insert(type).inserted }) else { return }
    writeToStandardError("warning: results of \(type) can't be stored in \(file.path): \(error)")
  }
}
