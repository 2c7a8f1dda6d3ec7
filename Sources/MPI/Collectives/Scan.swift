import CMPI

extension Communicator {
  /// Combines, element by element, what the ranks up to this one give, this one included.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Scan`. MPI-3.1, section 5.11.1.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/count`` where `result` has another length. That the *ranks* give equally many is not checked.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>
  ) throws(MPIError) {
    try checkElement(Element.self, "scan")
    try checkCount(result.count, elements.count, "scan", "the memory for the result")
    let code = elements.withUnsafeBufferPointer { own in
      result.withUnsafeMutableBufferPointer { into in
        scanElements(own.baseAddress, into.baseAddress, own.count, operation)
      }
    }
    try check(code, "scan")
  }

  /// Combines the values of the ranks up to this one, this one included.
  ///
  /// C: `MPI_Scan`. MPI-3.1, section 5.11.1.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>
  ) throws(MPIError) -> Element {
    try checkElement(Element.self, "scan")
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) { scanElements($0, into, 1, operation) }
    }
    try check(code, "scan")
    return element
  }

  /// Combines, element by element, the arrays of the ranks up to this one, this one included.
  ///
  /// First the ranks compare the lengths of their arrays, in an all-reduce of two numbers, unless `checkingCounts` is
  /// false.
  ///
  /// C: `MPI_Scan`. MPI-3.1, section 5.11.1.
  ///
  /// - Throws: ``ErrorClass/count`` on every rank where the arrays are of unlike lengths.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, checkingCounts: Bool = true
  ) throws(MPIError) -> [Element] {
    try checkElement(Element.self, "scan")
    if checkingCounts { try checkEqualCounts(elements.count, "scan") }
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { scanElements($0.baseAddress, into, $0.count, operation) }
    }
    try check(code, "scan")
    return array
  }

  /// Combines, element by element, what the ranks up to this one give, and puts it in the elements' place.
  ///
  /// C: `MPI_Scan` with `MPI_IN_PLACE`. MPI-3.1, section 5.11.1.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>
  ) throws(MPIError) {
    try checkElement(Element.self, "scan")
    let code = elements.withUnsafeMutableBufferPointer { memory in
      operation.reduce(memory.count) { offset, count, type, operation in
        MPI_Scan(CMPI_IN_PLACE, memory.baseAddress.map { $0 + offset }, count, type, operation, rawValue)
      }
    }
    try check(code, "scan")
  }

  /// Combines, element by element, what the ranks up to this one give, in place in an array.
  ///
  /// C: `MPI_Scan` with `MPI_IN_PLACE`. MPI-3.1, section 5.11.1.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], _ operation: ReduceOperation<Element>
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try scan(inPlace: &span, operation)
  }

  @inlinable @inline(__always)
  func scanElements<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      MPI_Scan(own.map { $0 + offset }, into.map { $0 + offset }, count, type, operation, rawValue)
    }
  }
}
