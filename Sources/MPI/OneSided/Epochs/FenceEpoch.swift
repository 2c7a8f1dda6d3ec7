// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// An epoch between two fences, in which every rank may reach every other.
///
/// It is given to the closure of ``Window/fenced(opening:closing:file:line:_:)``.
///
/// C: `MPI_Win_fence`. MPI-3.1, section 11.5.1.
@frozen
public struct FenceEpoch<Element: BitwiseCopyable>: WindowEpoch, ~Escapable {
  /// The window.
  public let window: Window<Element>

  @inlinable
  @_lifetime(borrow window)
  init(_ window: borrowing Window<Element>) { self.window = copy window }

  @inlinable @inline(__always)
  public static var _isPassive: Bool { false }

  @inlinable @inline(__always)
  public func _checkReached(_ rank: Int, _ operation: StaticString) throws(MPIError) {}

  /// Ends the operations of all ranks so far, and lets new ones begin.
  ///
  /// ```swift
  /// try window.fenced { epoch in
  ///   for _ in 0..<steps {
  ///     try epoch.put(edge, to: right, at: 0)
  ///     try epoch.fence()                             // what the left rank put is in window.local
  ///     relax(window.local)
  ///     try epoch.fence()                             // all have read it: it may be put again
  ///   }
  /// }
  /// ```
  ///
  /// Collective: every rank waits for the others. What a rank has stored in its own memory before is seen by operations
  /// after it, and in a ``WindowKind/shared`` window by the loads of other ranks.
  ///
  /// C: `MPI_Win_fence`. MPI-3.1, section 11.5.1.
  ///
  /// - Parameter assertions: `.noStore`, `.noPut`.
  /// - Throws: what MPI reports.
  public func fence(
    _ assertions: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try window.fence(assertions.constant, "fence", file, line)
  }
}

extension Window {
  /// Calls `body` between two fences: all ranks may operate on each other's memory in it.
  ///
  /// ```swift
  /// try window.fenced { epoch in
  ///   try epoch.put(edge, to: right, at: 0)
  /// }
  /// use(window.local)                     // what the left rank put is there
  /// ```
  ///
  /// Collective: every rank calls it, and waits for the others at the end. When it returns, the operations of all ranks
  /// are done. For more than one exchange there is ``FenceEpoch/fence(_:file:line:)``.
  ///
  /// MPI is told that no operation precedes the first fence or follows the last (`MPI_MODE_NOPRECEDE`,
  /// `MPI_MODE_NOSUCCEED`). If `body` throws, the error is thrown at once, because the wait for the other ranks might
  /// never end; the window can't be used any more then.
  ///
  /// C: `MPI_Win_fence`. MPI-3.1, section 11.5.1.
  ///
  /// - Parameters:
  ///   - opening: promises about the first fence: `.noStore`, `.noPut`.
  ///   - closing: promises about the last fence: `.noStore`.
  ///   - body: is given the epoch.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; ``ErrorClass/windowSynchronization`` inside another epoch; ``ErrorClass/window`` if
  ///   the window was freed.
  @inlinable
  @discardableResult
  public func fenced<Result>(
    opening: WindowAssertions = [], closing: WindowAssertions = [], file: StaticString = #fileID, line: Int = #line,
    _ body: (FenceEpoch<Element>) throws -> Result
  ) throws -> Result {
    try beginFences(opening, file, line)
    let result: Result
    do {
      result = try body(FenceEpoch(self))
    } catch {
      breakOff()
      throw error
    }
    try endFences(closing, file, line)
    return result
  }

  @usableFromInline
  func beginFences(_ assertions: WindowAssertions, _ file: StaticString, _ line: Int) throws(MPIError) {
    try checkUsable("fenced")
    try requireNoEpoch("fenced")
    try fence(assertions.constant | CMPI_MODE_NOPRECEDE, "fenced", file, line)
    state.pointee.epoch = .fence
  }

  @usableFromInline
  func endFences(_ assertions: WindowAssertions, _ file: StaticString, _ line: Int) throws(MPIError) {
    try fence(assertions.constant | CMPI_MODE_NOSUCCEED, "the end of fenced", file, line)
    state.pointee.epoch = .none
  }

  func fence(
    _ assertions: CInt, _ operation: StaticString, _ file: StaticString, _ line: Int
  ) throws(MPIError) {
    try communicator.enterCollective(operation, Never.self, file, line)
    try communicator.check(MPI_Win_fence(assertions, rawValue), operation)
    settle()
    state.pointee.ended += 1
  }

  /// Notes that an epoch has no end.
  @usableFromInline
  func breakOff() { state.pointee.isBroken = true }
}
