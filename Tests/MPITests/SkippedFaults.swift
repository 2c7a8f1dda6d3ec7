// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

extension Trait where Self == ConditionTrait {
  /// Skips the test if the MPI has a fault, and gives the fault as the reason.
  ///
  /// ```swift
  /// @Test(.skipped(on: .partialElementAborts)) func messageShorterThanAValue() throws {
  /// ```
  ///
  /// A newer version than the last in which a fault was seen counts as free of it, so that the test shows whether it is.
  ///
  /// - Parameter ranks: the sizes of a job in which the fault shows.
  static func skipped(on fault: Fault, ranks: some RangeExpression<Int> = 1...) -> Self {
    // Conditions are evaluated before MPI runs, so the size is the launcher's.
    let isMet = fault.isHere && ranks.contains(Launch.current?.size ?? 1)
    return .disabled(if: isMet, "\(MPIEnvironment.vendor.rawValue) \(fault.record.what)")
  }
}

extension RangeExpression where Self == PartialRangeFrom<Int> {
  /// The sizes of jobs that have more ranks than this host has cores.
  static var moreThanCores: Self { (ProcessInfo.processInfo.activeProcessorCount + 1)... }
}
