// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// An operation that combines a value with an element of a window atomically: `.sum`, `.max`, `.replace`.
///
/// MPI does it with its own numbers alone: `Int`, `UInt8`, `Double` and the like, and `Bool`. Closures can't be used,
/// for the target's program does not run. For other types lock the target exclusively, get, and put.
///
/// Operations of several ranks on one element at the same time are done one after the other, as long as all are the
/// same, or ``noOperation``.
///
/// C: `MPI_Op`. MPI-3.1, section 11.3.4.
public struct AccumulateOperation<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let operation: MPI_Op
  /// Whether it takes elements of any type.
  @usableFromInline let takesBytes: Bool
  /// What some MPIs do wrongly with some elements.
  @usableFromInline let family: AccumulateFamily
  /// Whether it leaves the window as it is.
  @usableFromInline let changesNothing: Bool

  @inlinable @inline(__always)
  init(
    _ operation: MPI_Op, _ family: AccumulateFamily = .other, takesBytes: Bool = false, changesNothing: Bool = false
  ) {
    self.operation = operation
    self.takesBytes = takesBytes
    self.family = family
    self.changesNothing = changesNothing
  }

  /// The same operation as that of a reduction.
  ///
  /// - Parameter reduction: the operation of a reduction, which MPI must have as one of its own.
  /// - Throws: ``ErrorClass/operation`` for a closure, and for what is done by one because MPI can't.
  public init(_ reduction: ReduceOperation<Element>) throws(MPIError) {
    guard let operation = reduction.predefined ?? reduction.custom?.numbers?.nameSake else {
      throw MPIError(
        .operation, "a closure can't be used in a window: MPI has only its own operations there, on its own numbers",
        operation: "AccumulateOperation.init")
    }
    let family: AccumulateFamily =
      switch operation {
      case CMPI_MIN, CMPI_MAX: .comparison
      case CMPI_LAND, CMPI_LOR, CMPI_LXOR: .logical
      case CMPI_BAND, CMPI_BOR, CMPI_BXOR: .bitwise
      default: .other
      }
    self.init(operation, family)
  }

  /// Replaces the target's value. C: `MPI_REPLACE`.
  ///
  /// With numbers and `Bool` the whole element at once; with other types byte by byte, so that of two ranks at the same
  /// time each may leave a part.
  @inlinable public static var replace: Self { Self(CMPI_REPLACE, takesBytes: true) }

  /// What is there stays, and the value is not used: a get, in order with the other operations. C: `MPI_NO_OP`.
  ///
  /// For ``LockEpoch/fetchAndOp(_:_:on:at:file:line:)`` and `getAccumulate` alone.
  @inlinable public static var noOperation: Self { Self(CMPI_NO_OP, takesBytes: true, changesNothing: true) }
}

extension AccumulateOperation where Element: AdditiveArithmetic {
  /// The sum. Integers wrap around on overflow. C: `MPI_SUM`.
  @inlinable public static var sum: Self { Self(CMPI_SUM) }
}

extension AccumulateOperation where Element: Numeric {
  /// The product. Integers wrap around on overflow. C: `MPI_PROD`.
  @inlinable public static var product: Self { Self(CMPI_PROD) }
}

extension AccumulateOperation where Element: Comparable {
  /// The smaller one. C: `MPI_MIN`.
  ///
  /// MPI compares by itself, so that a NaN may stay or go, with the order of the operations; check before you give one.
  @inlinable public static var min: Self { Self(CMPI_MIN, .comparison) }

  /// The larger one. C: `MPI_MAX`.
  ///
  /// MPI compares by itself, so that a NaN may stay or go, with the order of the operations; check before you give one.
  @inlinable public static var max: Self { Self(CMPI_MAX, .comparison) }
}

extension AccumulateOperation where Element: FixedWidthInteger {
  /// Bit by bit, 1 if both have 1. C: `MPI_BAND`.
  @inlinable public static var bitwiseAnd: Self { Self(CMPI_BAND, .bitwise) }

  /// Bit by bit, 1 if any has 1. C: `MPI_BOR`.
  @inlinable public static var bitwiseOr: Self { Self(CMPI_BOR, .bitwise) }

  /// Bit by bit, 1 if one has 1. C: `MPI_BXOR`.
  @inlinable public static var bitwiseXor: Self { Self(CMPI_BXOR, .bitwise) }
}

// Not of integers: see `Fault.logicalAccumulatesAreLost`.
extension AccumulateOperation where Element == Bool {
  /// True if both are. C: `MPI_LAND`.
  @inlinable public static var logicalAnd: Self { Self(CMPI_LAND, .logical) }

  /// True if any is. C: `MPI_LOR`.
  @inlinable public static var logicalOr: Self { Self(CMPI_LOR, .logical) }

  /// True if one is. C: `MPI_LXOR`.
  @inlinable public static var logicalXor: Self { Self(CMPI_LXOR, .logical) }
}

extension Window {
  /// Throws unless MPI can do an operation with the elements.
  @inlinable @inline(__always)
  func checkOperation(_ operation: AccumulateOperation<Element>, _ name: StaticString) throws(MPIError) {
    if predefinedType(Element.self) == nil && !operation.takesBytes { throw operationFailure(name) }
    switch operation.family {
    case .other: break
    case .comparison:
      if Self.isLargeUnsigned && faults.comparesUnsignedAsSigned { throw comparisonFailure(name) }
      if !UnsignedComparison.canBeTrusted(Element.self) { throw comparisonFailure(name) }
    case .logical: if MemoryLayout<Element>.size >= 4 && faults.losesLogic { throw lossFailure(name) }
    case .bitwise: if MemoryLayout<Element>.size >= 8 && faults.losesBits { throw lossFailure(name) }
    }
  }

  @inlinable @inline(__always)
  static var isLargeUnsigned: Bool {
    Element.self == UInt.self || Element.self == UInt32.self || Element.self == UInt64.self
  }

  @usableFromInline @inline(never)
  func operationFailure(_ name: StaticString) -> MPIError {
    communicator.failure(
      .operation, name,
      """
      MPI has no arithmetic of \(Element.self) in windows: only .replace and .noOperation; for others lock the target \
      exclusively, get, and put
      """)
  }

  @usableFromInline @inline(never)
  func lossFailure(_ name: StaticString) -> MPIError {
    communicator.failure(
      .operation, name,
      """
      Open MPI does nothing with logical operations on 4 and 8 bytes, and Open MPI 5 with bitwise ones on 8, in windows \
      over a program's own memory: use memory that MPI allocates, window(of:count:), or smaller integers
      """)
  }

  @usableFromInline @inline(never)
  func comparisonFailure(_ name: StaticString) -> MPIError {
    communicator.failure(
      .operation, name,
      """
      this MPI compares \(Element.self) as if it had a sign, in all windows or in those over a program's own memory: \
      try memory that MPI allocates, window(of:count:), or use signed integers
      """)
  }
}
