// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Which value a reduction with location looks for.
///
/// C: `MPI_MINLOC`, `MPI_MAXLOC`. MPI-3.1, section 5.9.4.
public enum LocationOperation: Sendable, Hashable {
  /// The smallest; of equals, that of the lowest rank. NaN, if a rank has one, and the lowest of those ranks.
  case min
  /// The largest; of equals, that of the lowest rank. NaN, if a rank has one, and the lowest of those ranks.
  case max
}

/// A value and the rank that it came from, laid out as MPI's pairs are.
@usableFromInline
struct Located<Value: BitwiseCopyable & Comparable>: BitwiseCopyable {
  @usableFromInline var value: Value
  @usableFromInline var rank: Int32

  @usableFromInline
  init(_ value: Value, _ rank: Int) {
    self.value = value
    self.rank = Int32(rank)
  }

  /// The datatype that MPI has for such a pair, or nil.
  static var predefinedType: MPI_Datatype? {
    if Value.self == Int32.self { return CMPI_2INT }
    if Value.self == Int.self, MemoryLayout<Int>.size == MemoryLayout<CLong>.size { return CMPI_LONG_INT }
    return nil
  }

  /// The operation, for values that MPI has no pair for or can't compare.
  static func custom(_ operation: LocationOperation) -> ReduceOperation<Self> {
    if Value.self == Double.self || Value.self == Float.self {
      let extreme: Extreme = operation == .min ? .min : .max
      return ReduceOperation(
        custom: CustomReduction(
          FloatReduction(extreme: extreme, isDouble: Value.self == Double.self, isLocated: true)))
    }
    return .closure { left, right in
      // What does not equal itself is NaN, which comes before all numbers.
      let (isLeftNone, isRightNone) = (left.value != left.value, right.value != right.value)
      if left.value == right.value || isLeftNone && isRightNone { return left.rank < right.rank ? left : right }
      if isLeftNone || isRightNone { return isLeftNone ? left : right }
      let leftWins = operation == .min ? left.value < right.value : left.value > right.value
      return leftWins ? left : right
    }
  }
}

extension Communicator {
  /// The smallest or largest of the ranks' values and which rank has it, on every rank.
  ///
  /// ```swift
  /// let (slowest, owner) = try world.allReduceLocation(seconds, .max)
  /// ```
  ///
  /// C: `MPI_Allreduce` with `MPI_MINLOC` or `MPI_MAXLOC`. MPI-3.1, section 5.9.4.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: which to look for.
  /// - Returns: the value, and the lowest rank that has it.
  /// - Throws: what MPI reports.
  public func allReduceLocation<Value: BitwiseCopyable & Comparable>(
    _ value: Value, _ operation: LocationOperation, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> (value: Value, rank: Int) {
    try allReduceLocation([value], operation, checkingCounts: false, file: file, line: line)[0]
  }

  /// Element by element, the smallest or largest of the ranks' values and which rank has it, on every rank.
  ///
  /// C: `MPI_Allreduce` with `MPI_MINLOC` or `MPI_MAXLOC`. MPI-3.1, section 5.9.4.
  ///
  /// - Parameters:
  ///   - values: the same number on every rank.
  ///   - operation: which to look for.
  ///   - checkingCounts: whether the ranks first compare how many they give, in an all-reduce of two numbers.
  /// - Throws: ``ErrorClass/count`` on every rank if the ranks give different counts.
  public func allReduceLocation<Value: BitwiseCopyable & Comparable>(
    _ values: [Value], _ operation: LocationOperation, checkingCounts: Bool = true, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> [(value: Value, rank: Int)] {
    let found = try located(values, operation, root: nil, checkingCounts, "allReduceLocation", file, line)
    return found.map { ($0.value, Int($0.rank)) }
  }

  /// The smallest or largest of the ranks' values and which rank has it, at the root.
  ///
  /// C: `MPI_Reduce` with `MPI_MINLOC` or `MPI_MAXLOC`. MPI-3.1, section 5.9.4.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: which to look for.
  ///   - root: the rank that gets it.
  /// - Returns: at the root the value and the lowest rank that has it, elsewhere nil.
  /// - Throws: ``ErrorClass/root`` for a root out of range.
  public func reduceLocation<Value: BitwiseCopyable & Comparable>(
    _ value: Value, _ operation: LocationOperation, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> (value: Value, rank: Int)? {
    try reduceLocation([value], operation, root: root, checkingCounts: false, file: file, line: line)?[0]
  }

  /// Element by element, the smallest or largest of the ranks' values and which rank has it, at the root.
  ///
  /// C: `MPI_Reduce` with `MPI_MINLOC` or `MPI_MAXLOC`. MPI-3.1, section 5.9.4.
  ///
  /// - Parameters:
  ///   - values: the same number on every rank.
  ///   - operation: which to look for.
  ///   - root: the rank that gets them.
  ///   - checkingCounts: whether the ranks first compare how many they give, in an all-reduce of two numbers.
  /// - Returns: at the root values and ranks, elsewhere nil.
  /// - Throws: ``ErrorClass/count`` on every rank if the ranks give different counts; ``ErrorClass/root`` for a root
  ///   out of range.
  public func reduceLocation<Value: BitwiseCopyable & Comparable>(
    _ values: [Value], _ operation: LocationOperation, root: Int = 0, checkingCounts: Bool = true,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [(value: Value, rank: Int)]? {
    try checkRoot(root, "reduceLocation")
    let found = try located(values, operation, root: root, checkingCounts, "reduceLocation", file, line)
    return rank == root ? found.map { ($0.value, Int($0.rank)) } : nil
  }

  private func located<Value: BitwiseCopyable & Comparable>(
    _ values: [Value], _ operation: LocationOperation, root: Int?, _ checkingCounts: Bool, _ name: StaticString,
    _ file: StaticString, _ line: Int
  ) throws(MPIError) -> [Located<Value>] {
    try checkElement(Value.self, name)
    try enterCollective(name, Value.self, count: checkingCounts ? nil : values.count, root: root, file, line)
    if checkingCounts { try checkEqualCounts(values.count, name) }
    let own = values.map { Located($0, rank) }
    let (found, code) = makeArray(own.count) { (into: UnsafeMutablePointer<Located<Value>>?) in
      let call = { (offset: Int, count: CInt, type: MPI_Datatype, operation: MPI_Op) in
        own.withUnsafeBufferPointer { own in
          let (from, into) = (advanced(own.baseAddress, by: offset), advanced(into, by: offset))
          return if let root {
            MPI_Reduce(from, into, count, type, operation, CInt(root), self.rawValue)
          } else {
            MPI_Allreduce(from, into, count, type, operation, self.rawValue)
          }
        }
      }
      if let pair = Located<Value>.predefinedType {
        return inPieces(own.count) { call($0, $1, pair, operation == .min ? CMPI_MINLOC : CMPI_MAXLOC) }
      }
      return Located<Value>.custom(operation).reduce(own.count, call)
    }
    try check(code, name)
    return found
  }
}
