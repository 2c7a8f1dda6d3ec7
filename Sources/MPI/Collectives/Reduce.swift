import CMPI

extension Communicator {
  /// Combines the ranks' elements, one by one, and gives the result to the root.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - result: at the root, where the result goes; as many. Elsewhere it is not looked at.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  /// - Throws: ``ErrorClass/count`` where `result` has another length; ``ErrorClass/root`` for a root out of range. That the
  ///   *ranks* give equally many is not checked here, for it would cost a message: see the form that returns an array.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into result: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>,
    root: Int = 0
  ) throws(MPIError) {
    try checkRoot(root, "reduce")
    try checkElement(Element.self, "reduce")
    if rank == root { try checkCount(result.count, elements.count, "reduce", "the memory for the result") }
    let code = elements.withUnsafeBufferPointer { own in
      result.withUnsafeMutableBufferPointer { into in
        reduceElements(own.baseAddress, rank == root ? into.baseAddress : nil, own.count, operation, root)
      }
    }
    try check(code, "reduce")
  }

  /// Combines the ranks' values and gives the result to the root.
  ///
  /// ```swift
  /// if let total = try world.reduce(partial, .sum) { print(total) }
  /// ```
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Returns: at the root the result, elsewhere nil.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, root: Int = 0
  ) throws(MPIError) -> Element? {
    try checkRoot(root, "reduce")
    try checkElement(Element.self, "reduce")
    // Memory for the result everywhere, for it is on the stack and costs nothing.
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) {
        into.initialize(to: value)
        return reduceElements($0, into, 1, operation, root)
      }
    }
    try check(code, "reduce")
    return rank == root ? element : nil
  }

  /// Combines the ranks' arrays, element by element, and gives the result to the root.
  ///
  /// First the ranks compare the lengths of their arrays, in an all-reduce of two numbers, for with unlike ones MPI
  /// returns nonsense, or hangs. Where you know, say `checkingCounts: false`, on every rank.
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Returns: at the root the result, elsewhere nil.
  /// - Throws: ``ErrorClass/count`` on every rank where the arrays are of unlike lengths.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, root: Int = 0, checkingCounts: Bool = true
  ) throws(MPIError) -> [Element]? {
    try checkRoot(root, "reduce")
    try checkElement(Element.self, "reduce")
    if checkingCounts { try checkEqualCounts(elements.count, "reduce") }
    let (array, code) = makeArray(rank == root ? elements.count : 0) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { own in
        reduceElements(own.baseAddress, rank == root ? into : nil, own.count, operation, root)
      }
    }
    try check(code, "reduce")
    return rank == root ? array : nil
  }

  /// Combines the ranks' elements, one by one, and puts the result in the place of the root's.
  ///
  /// No allocation. Elsewhere the elements stay as they are. That the ranks give equally many is not checked.
  ///
  /// C: `MPI_Reduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.9.1.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, _ operation: ReduceOperation<Element>, root: Int = 0
  ) throws(MPIError) {
    try checkRoot(root, "reduce")
    try checkElement(Element.self, "reduce")
    let code = elements.withUnsafeMutableBufferPointer { memory in
      operation.reduce(memory.count) { offset, count, type, operation in
        let place = memory.baseAddress.map { $0 + offset }
        return rank == root
          ? MPI_Reduce(CMPI_IN_PLACE, place, count, type, operation, CInt(truncatingIfNeeded: root), rawValue)
          : MPI_Reduce(place, nil, count, type, operation, CInt(truncatingIfNeeded: root), rawValue)
      }
    }
    try check(code, "reduce")
  }

  /// Combines the ranks' arrays, element by element, and puts the result in the place of the root's.
  ///
  /// C: `MPI_Reduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.9.1.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], _ operation: ReduceOperation<Element>, root: Int = 0
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try reduce(inPlace: &span, operation, root: root)
  }

  @inlinable @inline(__always)
  func reduceElements<Element>(
    _ own: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ count: Int,
    _ operation: ReduceOperation<Element>, _ root: Int
  ) -> CInt {
    operation.reduce(count) { offset, count, type, operation in
      MPI_Reduce(
        own.map { $0 + offset }, into.map { $0 + offset }, count, type, operation, CInt(truncatingIfNeeded: root),
        rawValue)
    }
  }
}
