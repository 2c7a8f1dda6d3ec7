// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Checked mode's way in and out of a call. Off, each is one branch, taken one way forever, on a number that lies beside
// the handle that the call needs anyway.

extension Communicator {
  /// Begins a call that is not collective and may wait for another rank.
  ///
  /// It stands after the checks of arguments: what comes between it and `check` throws nothing.
  @inlinable @inline(__always)
  func enter(_ operation: StaticString, _ file: StaticString, _ line: Int) {
    if _slowPath(attention != 0) { enterCall(operation, file, line) }
  }

  /// Begins a call that every rank makes: in checked mode the ranks compare what they are about to do.
  ///
  /// - Parameters:
  ///   - count: if all ranks must give as many.
  ///   - root: if there is one.
  @inlinable @inline(__always)
  func enterCollective<Element>(
    _ operation: StaticString, _: Element.Type, count: Int? = nil, root: Int? = nil, _ file: StaticString, _ line: Int
  ) throws(MPIError) {
    // Numbers and not optionals, because what is passed here costs registers even if it never is.
    if _slowPath(attention != 0) { try compareCalls(operation, Element.self, count ?? -1, root ?? -1, file, line) }
  }

  /// Ends a call: throws what MPI's return value means, unless it means success.
  @inlinable @inline(__always)
  func check(_ code: CInt, _ operation: StaticString) throws(MPIError) {
    if _slowPath(code | attention != 0) { try leave(code, operation) }
  }

  @usableFromInline @inline(never)
  func compareCalls<Element>(
    _ operation: StaticString, _: Element.Type, _ count: Int, _ root: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) {
    try refuseIfOccupied(operation)
    guard isChecked else { return }
    try compare(
      operation, Element.self, count < 0 ? nil : count, root < 0 ? nil : root, CallSite(file, line))
  }

  @usableFromInline @inline(never)
  func enterCall(_ operation: StaticString, _ file: StaticString, _ line: Int) {
    if isChecked { enterChecked("", operation, CallSite(file, line)) }
  }

  func enterChecked(_ prefix: StaticString, _ operation: StaticString, _ site: CallSite, begun: CallSite? = nil) {
    let begun = begun.map { ", begun at \($0)," } ?? ""
    CallRecord.begin(Call(operation: "\(prefix)\(operation)\(begun)", site: site, communicator: self))
  }

  @usableFromInline @inline(never)
  func leave(_ code: CInt, _ operation: StaticString) throws(MPIError) {
    if code != 0 { throw failure(code: code, operation) }
    if isChecked { CallRecord.end() }
  }
}

/// Where in the program a call stands.
@usableFromInline @frozen
struct CallSite: Sendable {
  @usableFromInline var file: StaticString
  @usableFromInline var line: Int

  @inlinable @inline(__always)
  init(_ file: StaticString, _ line: Int) {
    self.file = file
    self.line = line
  }
}

extension CallSite: CustomStringConvertible {
  @usableFromInline var description: String { "\(file):\(line)" }
}
