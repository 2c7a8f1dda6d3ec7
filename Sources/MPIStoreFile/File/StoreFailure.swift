// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Why a store can't be used.
package struct StoreFailure: Error, CustomStringConvertible, Sendable {
  package enum Kind: String, Sendable {
    case inUse, newer, notAStore, damaged, notWritable, noFolder, missing, full, other
  }
  package var kind: Kind
  package var text: String

  package init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  package var description: String { text }

  /// What SQLite's failure means for a store.
  package init(_ failure: Database.Failure, path: String) {
    if failure.isFull {
      self.init(.full, "there is no room on the file system of the store \(path): make room, or move it")
    } else if failure.isDamaged {
      self.init(
        .damaged,
        """
        the store \(path) is damaged, or is no store: \(failure.message). `mpi-store check` shows what is wrong, and \
        `sqlite3 \(path) .recover` reads what is left
        """)
    } else if failure.isBusy {
      self.init(
        .inUse, "the store \(path) is locked by another program that has it open, such as sqlite3: close it there")
    } else if failure.isReadOnly {
      self.init(
        .notWritable,
        "the store \(path) can't be written: \(failure.message). The file and its folder must be writable for this user"
      )
    } else {
      self.init(.other, "the store \(path) can't be used: \(failure)")
    }
  }
}
