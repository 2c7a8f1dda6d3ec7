// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Promises of a program about an epoch, so that MPI can leave out work. A broken promise is not detected.
///
/// `MPI_MODE_NOPRECEDE` and `MPI_MODE_NOSUCCEED` are not among them: ``Window/fenced(opening:closing:file:line:_:)``
/// gives them to MPI.
///
/// C: the assertions `MPI_MODE_NOCHECK` and the like. MPI-3.1, section 11.5.5.
public struct WindowAssertions: OptionSet, Sendable, Hashable {
  /// The promises, one bit each. They are this library's, not MPI's.
  public let rawValue: Int

  /// Promises by their bits.
  ///
  /// - Parameter rawValue: the bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// No other rank's lock conflicts; or the matching `exposed(to:)` has been called. C: `MPI_MODE_NOCHECK`.
  public static let noCheck = Self(rawValue: 1)
  /// This rank has not stored into its memory since the last synchronization. C: `MPI_MODE_NOSTORE`.
  public static let noStore = Self(rawValue: 2)
  /// No rank puts or accumulates into this rank's memory until the next synchronization. C: `MPI_MODE_NOPUT`.
  public static let noPut = Self(rawValue: 4)

  /// The same as MPI takes it.
  var constant: CInt {
    var constant: CInt = 0
    if contains(.noCheck) { constant |= CMPI_MODE_NOCHECK }
    if contains(.noStore) { constant |= CMPI_MODE_NOSTORE }
    if contains(.noPut) { constant |= CMPI_MODE_NOPUT }
    return constant
  }
}
