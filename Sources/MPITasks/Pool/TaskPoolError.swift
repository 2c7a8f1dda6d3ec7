// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Why a pool can't do what it is asked for.
public enum TaskPoolError: Error, Codable, Sendable, Hashable, CustomStringConvertible {
  /// The task's type can't be found on another rank.
  case unknownType(String)
  /// The results of tasks, or the elements that are shared, hold an address, which means nothing on another rank.
  case unsendable(String)
  /// The pool's body has ended.
  case poolEnded
  /// The pool can't begin: where it was called, or with what it was given.
  case refused(String)
  /// The pool can't go on, for a reason.
  case failed(String)

  /// A description of the problem and of what to do.
  public var description: String {
    switch self {
    case .unknownType(let name):
      """
      the task type \(name) can't be found by its name on another rank: make it internal or public, and declare it in a \
      file or in a type that is so, not in a function
      """
    case .unsendable(let name):
      "values of type \(name) hold an address, which means nothing on another rank: send what it points to"
    case .poolEnded: "the pool has ended: await what it does within the body of withTaskPool"
    case .refused(let text): text
    case .failed(let reason): "the pool can't go on: \(reason)"
    }
  }
}
