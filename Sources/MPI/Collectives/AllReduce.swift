import CMPI

extension Communicator {
  /// Combines the ranks' elements, one by one, and gives the result to every rank.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/count`` where `result` has another length. That the *ranks* give equally many is not checked
  ///   here, for it would cost a message: see the form that returns an array.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>
  ) throws(MPIError) {
    try checkElement(Element.self, "allReduce")
    try checkCount(result.count, elements.count, "allReduce", "the memory for the result")
    let code = elements.withUnsafeBufferPointer { own in
      result.withUnsafeMutableBufferPointer { into in
        allReduceElements(own.baseAddress, into.baseAddress, own.count, operation)
      }
    }
    try check(code, "allReduce")
  }

  /// Combines the ranks' values and gives the result to every rank.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>
  ) throws(MPIError) -> Element {
    try checkElement(Element.self, "allReduce")
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) { allReduceElements($0, into, 1, operation) }
    }
    try check(code, "allReduce")
    return element
  }

  /// Combines the ranks' arrays, element by element, and gives the result to every rank.
  ///
  /// First the ranks compare the lengths of their arrays, in an all-reduce of two numbers, for with unlike ones MPI
  /// returns nonsense, or hangs. Where you know, say `checkingCounts: false`, on every rank.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  ///
  /// - Throws: ``ErrorClass/count`` on every rank where the arrays are of unlike lengths.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, checkingCounts: Bool = true
  ) throws(MPIError) -> [Element] {
    try checkElement(Element.self, "allReduce")
    if checkingCounts { try checkEqualCounts(elements.count, "allReduce") }
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { own in
        allReduceElements(own.baseAddress, into, own.count, operation)
      }
    }
    try check(code, "allReduce")
    return array
  }

  /// Combines the ranks' elements, one by one, and puts the result in their place on every rank.
  ///
  /// No allocation. That the ranks give equally many is not checked.
  ///
  /// C: `MPI_Allreduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.9.6.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>
  ) throws(MPIError) {
    try checkElement(Element.self, "allReduce")
    let code = elements.withUnsafeMutableBufferPointer { memory in
      operation.reduce(memory.count) { offset, count, type, operation in
        MPI_Allreduce(
          CMPI_IN_PLACE, memory.baseAddress.map { $0 + offset }, count, type, operation, rawValue)
      }
    }
    try check(code, "allReduce")
  }

  /// Combines the ranks' arrays, element by element, and puts the result in their place on every rank.
  ///
  /// No allocation. That the ranks give equally many is not checked.
  ///
  /// C: `MPI_Allreduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.9.6.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], _ operation: ReduceOperation<Element>
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try allReduce(inPlace: &span, operation)
  }

  @inlinable @inline(__always)
  func allReduceElements<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      MPI_Allreduce(own.map { $0 + offset }, into.map { $0 + offset }, count, type, operation, rawValue)
    }
  }

  /// Throws on every rank unless all ranks give the same count.
  ///
  /// One all-reduce of two numbers: the largest count, and the largest of their negatives.
  @usableFromInline
  func checkEqualCounts(_ count: Int, _ operation: StaticString) throws(MPIError) {
    guard size > 1 else { return }
    let (bounds, code) = makeElement(SIMD2<Int64>.self) { bounds in
      withElement(SIMD2(Int64(count), -Int64(count))) { own in
        MPI_Allreduce(own, bounds, 2, CMPI_INT64_T, CMPI_MAX, rawValue)
      }
    }
    try check(code, operation)
    try require(
      bounds.x == -bounds.y, .count, operation,
      "the ranks give unlike counts: the least is \(-bounds.y), the most \(bounds.x), and this rank gives \(count)")
  }
}
