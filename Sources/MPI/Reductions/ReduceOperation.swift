// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The operation of a reduction: `.sum`, `.max`, or a closure.
///
/// An operation exists for the element types that it fits, and for no others: the bitwise ones for integers alone.
///
/// ```swift
/// let total = try world.allReduce(partial, .sum)
/// let flags = try world.allReduce(mine, .bitwiseOr)
/// let merged = try world.allReduce(histogram, .custom { $0.merging($1) })
/// ```
///
/// Operations are taken to be associative: MPI puts the brackets where it likes, so a floating-point sum may differ in
/// its last bits from one number of ranks to another.
///
/// C: `MPI_Op`. MPI-3.1, section 5.9.
public struct ReduceOperation<Element: BitwiseCopyable>: @unchecked Sendable {
  /// MPI's own operation, if there is no closure.
  @usableFromInline let predefined: MPI_Op?
  /// The closure, if MPI has no such operation.
  @usableFromInline let custom: CustomReduction?

  @inlinable @inline(__always)
  init(predefined: MPI_Op) {
    self.predefined = predefined
    self.custom = nil
  }

  @inlinable
  init(custom: CustomReduction) {
    self.predefined = nil
    self.custom = custom
  }

  /// An operation of your own: any closure, captures and all, over any element type.
  ///
  /// The left argument comes from lower ranks than the right one. The closure may run on any rank, any number of times,
  /// and must be associative. It must not call MPI.
  ///
  /// If one operation is used often, make it once and keep it: it is registered with MPI at its first use.
  ///
  /// C: `MPI_Op_create`. MPI-3.1, section 5.9.5.
  ///
  /// - Parameters:
  ///   - isCommutative: whether the order of the arguments does not matter, which leaves MPI more freedom.
  ///   - combine: makes one element of two.
  @inlinable
  public static func custom(
    isCommutative: Bool = true, _ combine: @escaping @Sendable (Element, Element) -> Element
  ) -> Self {
    closure(isCommutative, combine)
  }

  /// Like ``custom(isCommutative:_:)``, for closures not marked `@Sendable`, such as operators.
  @inlinable
  static func closure(_ isCommutative: Bool = true, _ combine: @escaping (Element, Element) -> Element) -> Self {
    Self(
      custom: CustomReduction(stride: MemoryLayout<Element>.stride, isCommutative: isCommutative) {
        left, right, count in
        let left = left.assumingMemoryBound(to: Element.self)
        let right = right.assumingMemoryBound(to: Element.self)
        for index in 0..<count { right[index] = combine(left[index], right[index]) }
      })
  }

  /// Whether MPI has a datatype for the elements, and so reduces them itself.
  @inlinable @inline(__always)
  static var isPredefined: Bool { predefinedType(Element.self) != nil }
}

extension ReduceOperation where Element: AdditiveArithmetic {
  /// The sum. C: `MPI_SUM`.
  ///
  /// Any type with `+` will do: complex numbers, matrices. Integers that MPI knows wrap around on overflow.
  @inlinable
  public static var sum: Self { isPredefined ? Self(predefined: CMPI_SUM) : closure { $0 + $1 } }
}

extension ReduceOperation where Element: Numeric {
  /// The product. C: `MPI_PROD`. Integers that MPI knows wrap around on overflow.
  @inlinable
  public static var product: Self { isPredefined ? Self(predefined: CMPI_PROD) : closure { $0 * $1 } }
}

extension ReduceOperation where Element: FixedWidthInteger {
  /// The sum, which wraps around on overflow. C: `MPI_SUM`.
  @inlinable
  public static var sum: Self { isPredefined ? Self(predefined: CMPI_SUM) : closure { $0 &+ $1 } }

  /// The product, which wraps around on overflow. C: `MPI_PROD`.
  @inlinable
  public static var product: Self { isPredefined ? Self(predefined: CMPI_PROD) : closure { $0 &* $1 } }

  /// Bit by bit, 1 if all have 1. C: `MPI_BAND`.
  @inlinable
  public static var bitwiseAnd: Self { isPredefined ? Self(predefined: CMPI_BAND) : closure { $0 & $1 } }

  /// Bit by bit, 1 if any has 1. C: `MPI_BOR`.
  @inlinable
  public static var bitwiseOr: Self { isPredefined ? Self(predefined: CMPI_BOR) : closure { $0 | $1 } }

  /// Bit by bit, 1 if an odd number have 1. C: `MPI_BXOR`.
  @inlinable
  public static var bitwiseXor: Self { isPredefined ? Self(predefined: CMPI_BXOR) : closure { $0 ^ $1 } }

  /// 1 if all are other than 0, else 0. C: `MPI_LAND`.
  @inlinable
  public static var logicalAnd: Self {
    isPredefined ? Self(predefined: CMPI_LAND) : closure { $0 != 0 && $1 != 0 ? 1 : 0 }
  }

  /// 1 if any is other than 0, else 0. C: `MPI_LOR`.
  @inlinable
  public static var logicalOr: Self {
    isPredefined ? Self(predefined: CMPI_LOR) : closure { $0 != 0 || $1 != 0 ? 1 : 0 }
  }

  /// 1 if an odd number are other than 0, else 0. C: `MPI_LXOR`.
  @inlinable
  public static var logicalXor: Self {
    isPredefined ? Self(predefined: CMPI_LXOR) : closure { ($0 != 0) != ($1 != 0) ? 1 : 0 }
  }
}

extension ReduceOperation where Element == Bool {
  /// True if all are. C: `MPI_LAND`.
  @inlinable
  public static var logicalAnd: Self { Self(predefined: CMPI_LAND) }

  /// True if any is. C: `MPI_LOR`.
  @inlinable
  public static var logicalOr: Self { Self(predefined: CMPI_LOR) }

  /// True if an odd number are. C: `MPI_LXOR`.
  @inlinable
  public static var logicalXor: Self { Self(predefined: CMPI_LXOR) }
}

extension ReduceOperation where Element: SIMD, Element.Scalar: FloatingPoint {
  /// The sum, lane by lane.
  @inlinable
  public static var sum: Self { closure { $0 + $1 } }

  /// The product, lane by lane.
  @inlinable
  public static var product: Self { closure { $0 * $1 } }

  /// The smallest, lane by lane. NaN if one of them is, and −0 is less than 0.
  @inlinable
  public static var min: Self { closure { Extreme.min.of(lanes: $0, $1) } }

  /// The largest, lane by lane. NaN if one of them is, and 0 is more than −0.
  @inlinable
  public static var max: Self { closure { Extreme.max.of(lanes: $0, $1) } }
}

extension ReduceOperation where Element: SIMD, Element.Scalar: FixedWidthInteger {
  /// The sum, lane by lane, which wraps around on overflow.
  @inlinable
  public static var sum: Self { closure { $0 &+ $1 } }

  /// The product, lane by lane, which wraps around on overflow.
  @inlinable
  public static var product: Self { closure { $0 &* $1 } }

  /// The smallest, lane by lane.
  @inlinable
  public static var min: Self { closure { pointwiseMin($0, $1) } }

  /// The largest, lane by lane.
  @inlinable
  public static var max: Self { closure { pointwiseMax($0, $1) } }

  /// Lane by lane and bit by bit, 1 if all have 1.
  @inlinable
  public static var bitwiseAnd: Self { closure { $0 & $1 } }

  /// Lane by lane and bit by bit, 1 if any has 1.
  @inlinable
  public static var bitwiseOr: Self { closure { $0 | $1 } }

  /// Lane by lane and bit by bit, 1 if an odd number have 1.
  @inlinable
  public static var bitwiseXor: Self { closure { $0 ^ $1 } }
}
