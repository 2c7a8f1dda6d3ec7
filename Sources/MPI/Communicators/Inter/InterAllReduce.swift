import CMPI

extension InterCommunicator {
  /// Combines the values of the remote group's ranks, and gives the result to every rank.
  ///
  /// Each group gets what the other gives.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  ///
  /// - Parameters:
  ///   - value: what this rank gives, for the remote group.
  ///   - operation: how two elements become one.
  /// - Returns: the remote group's values combined.
  public func allReduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    let core = try connected("allReduce")
    try core.checkElement(Element.self, "allReduce")
    try core.enterCollective("allReduce", Element.self, count: 1, file, line)
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) { core.allReduceElements($0, into, 1, operation) }
    }
    try core.check(code, "allReduce")
    return element
  }

  /// Combines the arrays of the remote group's ranks, element by element, and gives the result to every rank.
  ///
  /// First the ranks compare the lengths of the arrays, in two all-reduces of two numbers.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  ///
  /// - Parameters:
  ///   - elements: what this rank gives, for the remote group; as many on every rank of both groups.
  ///   - operation: how two elements become one.
  /// - Returns: the remote group's arrays combined.
  /// - Throws: ``ErrorClass/count`` on every rank of both groups where the arrays are of unlike lengths.
  public func allReduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let core = try connected("allReduce")
    try core.checkElement(Element.self, "allReduce")
    try core.enterCollective("allReduce", Element.self, file, line)
    _ = try agreeOnCount(core, elements.count, "allReduce")
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { core.allReduceElements($0.baseAddress, into, $0.count, operation) }
    }
    try core.check(code, "allReduce")
    return array
  }

  /// Combines the arrays of the remote group's ranks, element by element, and hands out the result among the ranks of this
  /// group, in blocks as even as can be.
  ///
  /// First the ranks compare the lengths of the arrays, in two all-reduces of two numbers.
  ///
  /// C: `MPI_Reduce_scatter`. MPI-3.1, section 5.10.2.
  ///
  /// - Parameters:
  ///   - elements: what this rank gives, for the remote group; as many on every rank of both groups.
  ///   - operation: how two elements become one.
  /// - Returns: this rank's block of the remote group's arrays combined. The first ranks have one element more than the
  ///   others where it can't be even.
  /// - Throws: ``ErrorClass/count`` on every rank of both groups where the arrays are of unlike lengths.
  public func reduceScatter<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let core = try connected("reduceScatter")
    try core.checkElement(Element.self, "reduceScatter")
    try core.enterCollective("reduceScatter", Element.self, file, line)
    let total = try agreeOnCount(core, elements.count, "reduceScatter")
    let own = core.block(of: total)
    if total > largestCount {
      // Past what MPI counts: all of the result, in pieces, and then this rank's block of it.
      let (all, code) = makeArray(total) { (into: UnsafeMutablePointer<Element>?) in
        elements.withUnsafeBufferPointer { core.allReduceElements($0.baseAddress, into, total, operation) }
      }
      try core.check(code, "reduceScatter")
      return Array(all[own])
    }
    let counts = (0..<size).map { CInt(core.block(of: total, rank: $0).count) }
    let (array, code) = makeArray(own.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { elements in
        operation.reduce(0) { _, _, type, operation in
          MPI_Reduce_scatter(elements.baseAddress, into, counts, type, operation, core.rawValue)
        }
      }
    }
    try core.check(code, "reduceScatter")
    return array
  }
}
