// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// The largest and the smallest. Numbers of floating point have a rule that MPI does not promise: the result is "not a
// number" if one of the numbers is, and −0 is less than 0, on every rank and with every MPI. For that MPI is given
// functions of our own. Integers go to MPI's own operations.

/// Which of two elements is taken.
@usableFromInline
enum Extreme: Sendable {
  case min
  case max

  /// The maximum or minimum of IEEE 754-2019: one that is not a number is the result, and −0 is less than 0.
  @inlinable
  func of<Value: FloatingPoint>(_ left: Value, _ right: Value) -> Value {
    if left == right {
      guard left == 0 else { return right }
      return self == .max ? left + right : -(-left - right)
    }
    if left != left || right != right { return .nan }
    return (self == .max) == (left > right) ? left : right
  }

  /// Lane by lane, the same.
  @inlinable
  func of<Value: SIMD>(lanes left: Value, _ right: Value) -> Value where Value.Scalar: FloatingPoint {
    var result = right
    for lane in left.indices { result[lane] = of(left[lane], right[lane]) }
    return result
  }
}

extension ReduceOperation {
  /// The smallest or largest element, if it is of a type of floating point; nil for others.
  @inlinable @inline(__always)
  static func ofFloatingPoint(_ extreme: Extreme) -> Self? {
    if Element.self == Double.self {
      return Self(custom: extreme == .max ? FloatReduction.maximumOfDouble : FloatReduction.minimumOfDouble)
    }
    if Element.self == Float.self {
      return Self(custom: extreme == .max ? FloatReduction.maximumOfFloat : FloatReduction.minimumOfFloat)
    }
    if isPredefined { return nil }
    return ofOtherFloatingPoint(extreme)
  }

  /// The smallest or largest element, of a type of floating point that MPI does not know, as `Float16`.
  @usableFromInline
  static func ofOtherFloatingPoint(_ extreme: Extreme) -> Self? {
    func closure<Value: FloatingPoint>(_: Value.Type) -> Self {
      Self(
        custom: CustomReduction(stride: MemoryLayout<Element>.stride, isCommutative: true) { left, right, count in
          let left = left.assumingMemoryBound(to: Value.self)
          let right = right.assumingMemoryBound(to: Value.self)
          for index in 0..<count { right[index] = extreme.of(left[index], right[index]) }
        })
    }
    guard let type = Element.self as? any FloatingPoint.Type else { return nil }
    return closure(type)
  }
}

extension ReduceOperation where Element: Comparable {
  /// The smallest. C: `MPI_MIN`.
  ///
  /// Of floating-point numbers it is NaN if one of them is, and −0 is less than 0: on every rank, and with every MPI.
  /// For `Double` and `Float` MPI is given an operation of this library's for that.
  @inlinable
  public static var min: Self {
    if let operation = ofFloatingPoint(.min) { return operation }
    return isPredefined && UnsignedComparison.canBeTrusted(Element.self)
      ? Self(predefined: CMPI_MIN) : closure { Swift.min($0, $1) }
  }

  /// The largest. C: `MPI_MAX`.
  ///
  /// Of floating-point numbers it is NaN if one of them is, and 0 is more than −0: on every rank, and with every MPI.
  /// For `Double` and `Float` MPI is given an operation of this library's for that.
  @inlinable
  public static var max: Self {
    if let operation = ofFloatingPoint(.max) { return operation }
    return isPredefined && UnsignedComparison.canBeTrusted(Element.self)
      ? Self(predefined: CMPI_MAX) : closure { Swift.max($0, $1) }
  }
}

/// What MPI is given for the extremes of floating-point numbers: a datatype of its own, and an operation of this
/// library's, which is made at the first call.
@usableFromInline
struct FloatReduction: Sendable {
  let extreme: Extreme
  let isDouble: Bool
  /// Whether each number comes with the rank that has it.
  let isLocated: Bool

  @usableFromInline static let maximumOfDouble = reduction(.max, isDouble: true)
  @usableFromInline static let minimumOfDouble = reduction(.min, isDouble: true)
  @usableFromInline static let maximumOfFloat = reduction(.max, isDouble: false)
  @usableFromInline static let minimumOfFloat = reduction(.min, isDouble: false)

  private static func reduction(_ extreme: Extreme, isDouble: Bool) -> CustomReduction {
    CustomReduction(FloatReduction(extreme: extreme, isDouble: isDouble, isLocated: false))
  }

  /// MPI's operation of that name.
  var nameSake: MPI_Op { extreme == .max ? CMPI_MAX : CMPI_MIN }

  var handles: (MPI_Datatype, MPI_Op) {
    let (type, made): (MPI_Datatype, Made) =
      switch (extreme, isDouble, isLocated) {
      case (.max, true, false): (CMPI_DOUBLE, .maximumDouble)
      case (.min, true, false): (CMPI_DOUBLE, .minimumDouble)
      case (.max, false, false): (CMPI_FLOAT, .maximumFloat)
      case (.min, false, false): (CMPI_FLOAT, .minimumFloat)
      case (.max, true, true): (CMPI_DOUBLE_INT, .locateMaximumDouble)
      case (.min, true, true): (CMPI_DOUBLE_INT, .locateMinimumDouble)
      case (.max, false, true): (CMPI_FLOAT_INT, .locateMaximumFloat)
      case (.min, false, true): (CMPI_FLOAT_INT, .locateMinimumFloat)
      }
    return (type, made.operation)
  }

  /// A reduction operation, which is freed when MPI ends.
  private struct Made: @unchecked Sendable {
    let operation: MPI_Op

    static let maximumDouble = Made(CMPI_OP_NULL) { cmpi_create_maximum_double($0) }
    static let minimumDouble = Made(CMPI_OP_NULL) { cmpi_create_minimum_double($0) }
    static let maximumFloat = Made(CMPI_OP_NULL) { cmpi_create_maximum_float($0) }
    static let minimumFloat = Made(CMPI_OP_NULL) { cmpi_create_minimum_float($0) }
    static let locateMaximumDouble = Made(CMPI_OP_NULL) { cmpi_create_locate_maximum_double($0) }
    static let locateMinimumDouble = Made(CMPI_OP_NULL) { cmpi_create_locate_minimum_double($0) }
    static let locateMaximumFloat = Made(CMPI_OP_NULL) { cmpi_create_locate_maximum_float($0) }
    static let locateMinimumFloat = Made(CMPI_OP_NULL) { cmpi_create_locate_minimum_float($0) }

    /// - Parameter none: what MPI fills. Its type differs from one MPI to the next.
    private init<Handle: BitwiseCopyable>(_ none: Handle, _ create: (UnsafeMutablePointer<Handle>) -> CInt) {
      var handle = none
      demand(create(&handle) == 0, "this MPI can't make reduction operations")
      operation = unwrapped(handle as? MPI_Op)
    }
  }
}
