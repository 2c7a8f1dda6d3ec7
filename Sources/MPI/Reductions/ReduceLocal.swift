// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension ReduceOperation {
  /// Combines elements of this rank with others of this rank, one by one, as a reduction over ranks would. No message.
  ///
  /// ```swift
  /// let sum = ReduceOperation<Double>.sum
  /// try sum.reduceLocal(partial, into: &totals)    // totals[i] = partial[i] + totals[i]
  /// ```
  ///
  /// No allocation, no copy, but of what a layout selects.
  ///
  /// C: `MPI_Reduce_local`. MPI-3.1, section 5.9.7.
  ///
  /// - Parameters:
  ///   - buffer: the left arguments.
  ///   - others: the right arguments, as many, which the results replace.
  /// - Throws: ``ErrorClass/count`` if the lengths differ, or a layout does not lie within its memory;
  ///   ``ErrorClass/type`` if an element is replaced twice.
  @inlinable
  public func reduceLocal<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into others: inout Result
  ) throws(MPIError) where Buffer.Element == Element, Result.Element == Element {
    let (here, name) = (Communicator.itself, "reduceLocal" as StaticString)
    let code = try others._withMutableMemory { (other) throws(MPIError) in
      try buffer._withMemory { (own) throws(MPIError) in
        let left = try here.outgoing(own, of: Buffer.self, name).flat(of: Element.self, here, name)
        let right = try here.incoming(other, of: Result.self, name).flat(of: Element.self, here, name)
        guard left.count == right.count else { throw Self.lengthFailure(left.count, right.count) }
        let code = reduce(left.count) { offset, count, type, operation in
          MPI_Reduce_local(
            advanced(left.read(as: Element.self), by: offset), advanced(right.written(as: Element.self), by: offset),
            count, type, operation)
        }
        return right.finish(code)
      }
    }
    try check(code, "reduceLocal")
  }

  /// Combines two values as MPI does. No message is sent.
  ///
  /// C: `MPI_Reduce_local`. MPI-3.1, section 5.9.7.
  ///
  /// - Parameters:
  ///   - left: the left argument.
  ///   - right: the right argument.
  /// - Throws: what MPI reports.
  @inlinable
  public func reduceLocal(_ left: Element, _ right: Element) throws(MPIError) -> Element {
    let (result, code) = makeElement(Element.self) { into in
      withElement(left) { left in
        into.initialize(to: right)
        return reduce(1) { _, count, type, operation in MPI_Reduce_local(left, into, count, type, operation) }
      }
    }
    try check(code, "reduceLocal")
    return result
  }

  /// Whether MPI may exchange the arguments.
  ///
  /// C: `MPI_Op_commutative`. MPI-3.1, section 5.9.7.
  public var isCommutative: Bool {
    get throws(MPIError) {
      var flag: CInt = 1
      let code = reduce(1) { _, _, _, operation in MPI_Op_commutative(operation, &flag) }
      try check(code, "isCommutative")
      return flag != 0
    }
  }

  @usableFromInline @inline(never)
  static func lengthFailure(_ left: Int, _ right: Int) -> MPIError {
    MPIError(
      .count, "\(left) elements can't be combined with \(right): give the same number", operation: "reduceLocal")
  }
}
