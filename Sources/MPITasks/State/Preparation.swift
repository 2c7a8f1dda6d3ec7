// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What a rank makes ready before its first task: a model that is loaded, a connection, a table.
final class Preparation: Sendable {
  private enum State {
    case toDo
    case done(Result<any Sendable, any Error>)
  }

  private let rank: Int
  private let prepare: @Sendable (_ rank: Int) throws -> any Sendable
  private let state = Mutex(State.toDo)

  init(rank: Int, _ prepare: @escaping @Sendable (_ rank: Int) throws -> any Sendable) {
    self.rank = rank
    self.prepare = prepare
  }

  /// The value. The first thread that asks makes it, and others wait.
  func value() throws -> any Sendable {
    try state.withLock { state in
      if case .done(let result) = state { return result }
      let result = Result { try Surroundings.inside(.preparation) { try prepare(rank) } }
      state = .done(result)
      return result
    }.get()
  }
}

extension TaskContext {
  /// Returns the value that `prepare` made on this rank: see
  /// ``withTaskPool(on:threads:isolation:seed:progress:prepare:file:line:_:)``.
  ///
  /// - Throws: ``TaskPoolError/failed(_:)`` if there is none, or it is of another type.
  public func prepared<Value: Sendable>(as type: Value.Type) throws -> Value {
    guard let preparation = job.place.preparation else {
      throw TaskPoolError.failed("withTaskPool was given no `prepare`, so there is no \(type)")
    }
    let value = try preparation.value()
    guard let value = value as? Value else {
      throw TaskPoolError.failed("`prepare` made a \(Swift.type(of: value)), and not a \(type)")
    }
    return value
  }
}
