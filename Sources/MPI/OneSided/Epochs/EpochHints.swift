// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// What a program writes that forgets the epoch, or takes an operation that the epoch at hand doesn't have. These forms
// exist for their message.

extension Window {
  /// Operations are methods of an epoch.
  @available(*, unavailable, message: "write window.fenced { epoch in … }; for a fence in it, epoch.fence()")
  public func fence() throws(MPIError) { fatalError("fence without an epoch") }

  /// Operations are methods of an epoch.
  @available(*, unavailable, message: "operations take place in an epoch: window.fenced { epoch in try epoch.put(…) }")
  public func put<Value: ~Copyable & ~Escapable>(
    _ value: borrowing Value, to target: some MessageDestination, at index: Int
  ) throws(MPIError) { fatalError("put without an epoch") }

  /// Operations are methods of an epoch.
  @available(
    *, unavailable, message: "operations take place in an epoch: window.locked(target) { epoch in try epoch.get(…) }"
  )
  public func get(from target: Int, at index: Int) throws(MPIError) -> Element { fatalError("get without an epoch") }

  /// Operations are methods of an epoch.
  @available(
    *, unavailable, message: "operations take place in an epoch: window.locked(target) { epoch in try epoch.get(…) }"
  )
  public func get(count: Int, from target: Int, at index: Int) throws(MPIError) -> [Element] {
    fatalError("get without an epoch")
  }

  /// Operations are methods of an epoch.
  @available(
    *, unavailable, message: "operations take place in an epoch: window.fenced { epoch in try epoch.accumulate(…) }"
  )
  public func accumulate<Value: ~Copyable & ~Escapable>(
    _ value: borrowing Value, _ operation: AccumulateOperation<Element>, to target: some MessageDestination,
    at index: Int
  ) throws(MPIError) { fatalError("accumulate without an epoch") }

  /// Operations are methods of an epoch.
  @available(
    *, unavailable, message: "operations take place in an epoch: window.locked(0) { epoch in try epoch.fetchAndOp(…) }"
  )
  public func fetchAndOp(
    _ value: Element, _ operation: AccumulateOperation<Element>, on target: Int, at index: Int
  ) throws(MPIError) -> Element { fatalError("fetchAndOp without an epoch") }
}

extension WindowEpoch where Self: ~Escapable {
  /// What comes is there at the end of the epoch.
  @available(*, unavailable, message: "what comes is there at the next fence or the epoch's end: write getDeferred(…)")
  @_disfavoredOverload
  public func get(from target: Int, at index: Int) throws(MPIError) -> Element { fatalError("get in a fence") }

  /// What comes is there at the end of the epoch.
  @available(*, unavailable, message: "what comes is there at the next fence or the epoch's end: write getDeferred(…)")
  @_disfavoredOverload
  public func get(count: Int, from target: Int, at index: Int) throws(MPIError) -> [Element] {
    fatalError("get in a fence")
  }

  /// What comes is there at the end of the epoch.
  @available(*, unavailable, message: "what comes is there at the next fence or the epoch's end: write getDeferred(…)")
  @_disfavoredOverload
  public func get<Value: ~Copyable & ~Escapable>(
    into value: inout Value, from target: some MessageDestination, at index: Int
  ) throws(MPIError) { fatalError("get in a fence") }
}
