// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The use that threads may make of MPI, from the least to the most.
///
/// A higher level costs some locking in MPI. Ask for what the program does: most need ``funneled``.
///
/// C: `MPI_THREAD_SINGLE` and the others. MPI-3.1, section 12.4.
public enum ThreadLevel: Int, Sendable, Hashable, CaseIterable, Comparable {
  /// The process has one thread.
  case single
  /// The process may have many threads; the one that started MPI alone calls it.
  case funneled
  /// Any thread may call MPI, one at a time.
  case serialized
  /// Any thread may call MPI at any time.
  case multiple

  /// Whether a level allows less than another.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// MPI's number for it, which differs from one MPI to the next.
  var constant: CInt {
    switch self {
    case .single: CInt(CMPI_THREAD_SINGLE)
    case .funneled: CInt(CMPI_THREAD_FUNNELED)
    case .serialized: CInt(CMPI_THREAD_SERIALIZED)
    case .multiple: CInt(CMPI_THREAD_MULTIPLE)
    }
  }

  init(constant: CInt) {
    self = Self.allCases.last { $0.constant <= constant } ?? .single
  }
}
