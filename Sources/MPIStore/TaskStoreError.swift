// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIStoreFile

/// Why a store can't be used.
public struct TaskStoreError: Error, Codable, Sendable, Hashable, CustomStringConvertible {
  /// What kind of reason it is.
  public enum Reason: String, Codable, Sendable, Hashable {
    /// Another job, or another program, uses the store.
    case inUse
    /// The file was written by a newer version of this library.
    case newer
    /// The file is something else than a store.
    case notAStore
    /// The file is damaged.
    case damaged
    /// The file or its folder may not be written.
    case notWritable
    /// The folder does not exist.
    case noFolder
    /// There is no such file.
    case missing
    /// The disk is full.
    case full
    /// Anything else.
    case other
  }

  /// What kind of reason it is.
  public let reason: Reason
  /// A description of what is wrong, where, and what to do.
  public let description: String

  init(_ reason: Reason, _ description: String) { (self.reason, self.description) = (reason, description) }

  init(_ failure: StoreFailure) {
    self.init(Reason(rawValue: failure.kind.rawValue) ?? .other, failure.text)
  }

  init(_ error: any Error, path: String) {
    switch error {
    case let failure as StoreFailure: self.init(failure)
    case let failure as Database.Failure: self.init(StoreFailure(failure, path: path))
    default: self.init(.other, "the store \(path): \(error)")
    }
  }
}

/// What a call does about tasks whose failures are in the store.
public enum RecordedFailures: Sendable, Hashable {
  /// They are run again.
  case tryAgain
  /// They have failed: the failure of the earlier run is that of this one.
  case keep
}
