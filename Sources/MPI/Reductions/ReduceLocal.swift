import CMPI

extension ReduceOperation {
  /// Combines elements of this rank with others of this rank, one by one, as a reduction over ranks would. No message.
  ///
  /// ```swift
  /// let sum = ReduceOperation<Double>.sum
  /// try sum.reduceLocal(partial, into: &totals)    // totals[i] = partial[i] + totals[i]
  /// ```
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Reduce_local`. MPI-3.1, section 5.9.7.
  ///
  /// - Parameters:
  ///   - elements: the left arguments.
  ///   - others: the right arguments, as many, which the results replace.
  /// - Throws: ``ErrorClass/count`` if the lengths differ.
  @inlinable
  public func reduceLocal(_ elements: Span<Element>, into others: inout MutableSpan<Element>) throws(MPIError) {
    guard elements.count == others.count else {
      throw Self.lengthFailure(elements.count, others.count)
    }
    let code = elements.withUnsafeBufferPointer { left in
      others.withUnsafeMutableBufferPointer { right in
        reduce(left.count) { offset, count, type, operation in
          MPI_Reduce_local(
            advanced(left.baseAddress, by: offset), advanced(right.baseAddress, by: offset), count, type, operation)
        }
      }
    }
    try check(code, "reduceLocal")
  }

  /// Combines an array of this rank with another, element by element, as a reduction over ranks would. No message.
  ///
  /// C: `MPI_Reduce_local`. MPI-3.1, section 5.9.7.
  ///
  /// - Parameters:
  ///   - elements: the left arguments.
  ///   - others: the right arguments, the same number, which the results replace.
  /// - Throws: ``ErrorClass/count`` if the lengths differ.
  @inlinable
  public func reduceLocal(_ elements: [Element], into others: inout [Element]) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      var span = others.mutableSpan
      try reduceLocal(elements, into: &span)
    }
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
      .count, "\(left) elements can't be combined with \(right): give equally many", operation: "reduceLocal")
  }
}
