// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// What ranks know of the failures of others. The calls here are local: no message is sent.

extension MPIError {
  /// Whether it reports that a rank has failed, or that another rank has found so and revoked the communicator: of the
  /// classes ``ErrorClass/processFailed``, ``ErrorClass/processFailedPending``, ``ErrorClass/revoked``.
  ///
  /// ```swift
  /// do {
  ///   total = try world.allReduce(part, .sum)
  /// } catch {
  ///   guard error.isProcessFailure else { throw error }
  ///   try world.revoke()
  /// }
  /// ```
  public var isProcessFailure: Bool {
    switch errorClass {
    case .processFailed, .processFailedPending, .revoked: true
    default: false
    }
  }
}

extension Communicator {
  /// The ranks of this communicator that this rank knows to have failed, in order.
  ///
  /// Ranks learn of a failure at different times. To act on it together, ``agree(_:file:line:)-(Int,_,_)`` or
  /// ``shrink(file:line:)``.
  ///
  /// C: `MPIX_Comm_get_failed`. Open MPI 5.0, "ULFM".
  ///
  /// - Throws: ``ErrorClass/notSupported`` if MPI can't go on when a rank fails: see
  ///   ``MPIEnvironment/Feature/faultTolerance``.
  public final var failedRanks: [Int] {
    get throws(MPIError) {
      try MPIEnvironment.require(.faultTolerance, "failedRanks")
      var handle = CMPI_GROUP_NULL
      try check(cmpi_comm_get_failed(rawValue, &handle), "failedRanks")
      return try ranks(of: Group(unwrapped(handle)))
    }
  }

  /// Takes note of the ranks that are known to have failed: from now on a receive from ``MessageSource/any`` no longer
  /// fails because of them, and ``agree(_:file:line:)-(Int,_,_)`` no longer throws because of them.
  ///
  /// An operation that needs one of them throws as before.
  ///
  /// C: `MPIX_Comm_failure_ack`, `MPIX_Comm_failure_get_acked`. Open MPI 5.0, "ULFM".
  ///
  /// - Returns: all ranks of this communicator that were taken note of so far, in order.
  /// - Throws: ``ErrorClass/notSupported``, as ``failedRanks`` does.
  @discardableResult
  public final func acknowledgeFailures() throws(MPIError) -> [Int] {
    try MPIEnvironment.require(.faultTolerance, "acknowledgeFailures")
    try check(cmpi_comm_failure_ack(rawValue), "acknowledgeFailures")
    var handle = CMPI_GROUP_NULL
    try check(cmpi_comm_failure_get_acked(rawValue, &handle), "acknowledgeFailures")
    return try ranks(of: Group(unwrapped(handle)))
  }

  /// Whether this rank or another has revoked the communicator, as far as it is known here.
  ///
  /// C: `MPIX_Comm_is_revoked`. Open MPI 5.0, "ULFM".
  ///
  /// - Throws: ``ErrorClass/notSupported``, as ``failedRanks`` does.
  public final var isRevoked: Bool {
    get throws(MPIError) {
      try MPIEnvironment.require(.faultTolerance, "isRevoked")
      var flag: CInt = 0
      try check(cmpi_comm_is_revoked(rawValue, &flag), "isRevoked")
      return flag != 0
    }
  }

  /// The ranks that a group's processes have here, in order.
  private final func ranks(of group: Group) throws(MPIError) -> [Int] {
    try group.translate(Array(0..<group.size), to: self.group).compactMap { $0 }.sorted()
  }
}
