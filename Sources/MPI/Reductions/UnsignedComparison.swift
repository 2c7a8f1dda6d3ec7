// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Whether this MPI's `MPI_MIN` and `MPI_MAX` compare unsigned integers as such.
///
/// `Fault.unsignedNumbersAreComparedAsSigned`. Which versions do is not known here: the MPI at hand is asked once, by
/// one comparison in this process.
@usableFromInline
enum UnsignedComparison {
  @usableFromInline static let isRight: Bool = {
    var result: UInt32 = 1
    var large: UInt32 = 0x8000_0000
    let code = MPI_Reduce_local(&large, &result, 1, CMPI_UINT32_T, CMPI_MAX)
    return code == 0 && result == large
  }()

  /// Whether MPI may reduce elements of a type by `MPI_MIN` and `MPI_MAX`.
  ///
  /// An operation that is made before MPI runs can't ask, and so does not trust it. Nor does one that is made in a
  /// session without a world: see `Fault.localReductionsNeedTheWorld`.
  @inlinable @inline(__always)
  static func canBeTrusted<Element>(_: Element.Type) -> Bool {
    let isUnsigned =
      Element.self == UInt.self || Element.self == UInt8.self || Element.self == UInt16.self
      || Element.self == UInt32.self || Element.self == UInt64.self
    return !isUnsigned || MPIEnvironment.hasWorld && isRight
  }
}
