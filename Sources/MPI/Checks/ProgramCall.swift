// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Calls of the program's that consist of many calls of this module, such as a loop. Checked mode compares and
// reports them by the program's own line, not by a line of the library's.

extension Communicator {
  /// Runs `body` as one collective call of the program.
  ///
  /// In checked mode the ranks compare it first. What `body` calls on this thread is reported as this call. A call
  /// within another one is part of it. Off, it costs a branch.
  ///
  /// - Throws: ``ErrorClass/mismatch`` on every rank if the ranks make different calls; what `body` throws.
  package final func collectiveCall<Result>(
    _ operation: StaticString, root: Int? = nil, _ file: StaticString, _ line: Int, _ body: () throws -> Result
  ) throws -> Result {
    guard _slowPath(isChecked), !CallRecord.isEnclosed else { return try body() }
    try compare(operation, Never.self, nil, root, CallSite(file, line))
    CallRecord.end()
    return try partOfCall(operation, file, line, body)
  }

  /// Runs `body` as a part of a collective call of the program that this thread doesn't make as a whole.
  ///
  /// In checked mode, what `body` calls on this thread is compared and reported as that call. Off, it costs a branch.
  package final func partOfCall<Result>(
    _ operation: StaticString, _ file: StaticString, _ line: Int, _ body: () throws -> Result
  ) rethrows -> Result {
    guard _slowPath(isChecked), !CallRecord.isEnclosed else { return try body() }
    CallRecord.enclose(
      in: Call(operation: "\(operation)", site: CallSite(file, line), communicator: self, isWaiting: false))
    defer { CallRecord.leaveEnclosing() }
    return try body()
  }

  /// Notes how long this thread has waited for other ranks in the call of ``collectiveCall(_:root:_:_:_:)`` that it is
  /// in; nil if this rank computes. In checked mode, a call that waits too long ends the job with what each rank is in.
  package final func hasWaited(nanoseconds: Int?) {
    if _slowPath(isChecked) { CallRecord.enclosingHasWaited(nanoseconds.map { Double($0) * 1e-9 }) }
  }
}
