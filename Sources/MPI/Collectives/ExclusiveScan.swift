import CMPI

extension Communicator {
  /// Combines, element by element, what the ranks below this one give.
  ///
  /// No allocation, no copy. On rank 0, below which there is none, `result` stays as it was.
  ///
  /// C: `MPI_Exscan`. MPI-3.1, section 5.11.2.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/count`` where `result` has another length. That the *ranks* give equally many is not checked.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>
  ) throws(MPIError) {
    try checkElement(Element.self, "exclusiveScan")
    try checkCount(result.count, elements.count, "exclusiveScan", "the memory for the result")
    let code = elements.withUnsafeBufferPointer { own in
      result.withUnsafeMutableBufferPointer { into in
        exclusiveScanElements(own.baseAddress, into.baseAddress, own.count, operation)
      }
    }
    try check(code, "exclusiveScan")
  }

  /// Combines the values of the ranks below this one.
  ///
  /// ```swift
  /// let firstIndex = try world.exclusiveScan(mine.count, .sum) ?? 0
  /// ```
  ///
  /// C: `MPI_Exscan`. MPI-3.1, section 5.11.2.
  ///
  /// - Returns: the result; nil on rank 0, below which there is none.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>
  ) throws(MPIError) -> Element? {
    try checkElement(Element.self, "exclusiveScan")
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) {
        into.initialize(to: value)
        return exclusiveScanElements($0, into, 1, operation)
      }
    }
    try check(code, "exclusiveScan")
    return rank == 0 ? nil : element
  }

  /// Combines, element by element, the arrays of the ranks below this one.
  ///
  /// First the ranks compare the lengths of their arrays, in an all-reduce of two numbers, unless `checkingCounts` is
  /// false.
  ///
  /// C: `MPI_Exscan`. MPI-3.1, section 5.11.2.
  ///
  /// - Returns: the result; nil on rank 0, below which there is none.
  /// - Throws: ``ErrorClass/count`` on every rank where the arrays are of unlike lengths.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, checkingCounts: Bool = true
  ) throws(MPIError) -> [Element]? {
    try checkElement(Element.self, "exclusiveScan")
    if checkingCounts { try checkEqualCounts(elements.count, "exclusiveScan") }
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { exclusiveScanElements($0.baseAddress, into, $0.count, operation) }
    }
    try check(code, "exclusiveScan")
    return rank == 0 ? nil : array
  }

  /// Combines, element by element, what the ranks below this one give, and puts it in the elements' place; on rank 0 they
  /// stay as they are.
  ///
  /// C: `MPI_Exscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.11.2.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>
  ) throws(MPIError) {
    try checkElement(Element.self, "exclusiveScan")
    let code = elements.withUnsafeMutableBufferPointer { memory in
      operation.reduce(memory.count) { offset, count, type, operation in
        MPI_Exscan(CMPI_IN_PLACE, memory.baseAddress.map { $0 + offset }, count, type, operation, rawValue)
      }
    }
    try check(code, "exclusiveScan")
  }

  /// Combines, element by element, what the ranks below this one give, in place in an array.
  ///
  /// C: `MPI_Exscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.11.2.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], _ operation: ReduceOperation<Element>
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try exclusiveScan(inPlace: &span, operation)
  }

  @inlinable @inline(__always)
  func exclusiveScanElements<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      MPI_Exscan(own.map { $0 + offset }, into.map { $0 + offset }, count, type, operation, rawValue)
    }
  }
}
