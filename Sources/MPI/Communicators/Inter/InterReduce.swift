import CMPI

extension InterCommunicator {
  // MARK: In the root's group

  /// Combines the values of the remote group's ranks, and gives the result to the root.
  ///
  /// Called by every rank of the root's group, while those of the other call ``reduce(_:_:remoteRoot:file:line:)-(Element,_,_,_,_)``.
  ///
  /// ```swift
  /// let total = try workers.reduce(Double.self, .sum, localRoot: 0)   // here: an Optional
  /// try parent.reduce(mine, .sum, remoteRoot: 0)                      // there
  /// ```
  ///
  /// C: `MPI_Reduce` with `MPI_ROOT` or `MPI_PROC_NULL`. MPI-3.1, section 5.9.1.
  ///
  /// - Parameters:
  ///   - operation: how two elements become one.
  ///   - localRoot: the rank of this group that gets the result.
  /// - Returns: at the root the result, elsewhere nil.
  public func reduce<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, _ operation: ReduceOperation<Element>, localRoot: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element? {
    let (core, root) = try (connected("reduce"), root(local: localRoot, "reduce"))
    try core.checkElement(Element.self, "reduce")
    try core.enterCollective("reduce", Element.self, root: localRoot, file, line)
    let (array, code) = makeArray(rank == localRoot ? 1 : 0) { (into: UnsafeMutablePointer<Element>?) in
      core.reduceElements(notRead(), into, 1, operation, Int(root))
    }
    try core.check(code, "reduce")
    return array.first
  }

  /// Combines the arrays of the remote group's ranks, element by element, and gives the result to the root.
  ///
  /// First the ranks learn and compare the lengths of the arrays, in two all-reduces of two numbers.
  ///
  /// C: `MPI_Reduce` with `MPI_ROOT` or `MPI_PROC_NULL`, `MPI_Allreduce`. MPI-3.1, sections 5.9.1 and 5.9.6.
  ///
  /// - Returns: at the root the result, elsewhere nil.
  /// - Throws: ``ErrorClass/count`` on every rank of both groups where the arrays are of unlike lengths.
  public func reduce<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, _ operation: ReduceOperation<Element>, localRoot: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element]? {
    let (core, root) = try (connected("reduce"), root(local: localRoot, "reduce"))
    try core.checkElement(Element.self, "reduce")
    try core.enterCollective("reduce", Element.self, root: localRoot, file, line)
    let count = try agreeOnCount(core, nil, "reduce")
    let (array, code) = makeArray(rank == localRoot ? count : 0) { (into: UnsafeMutablePointer<Element>?) in
      core.reduceElements(notRead(), into, count, operation, Int(root))
    }
    try core.check(code, "reduce")
    return rank == localRoot ? array : nil
  }

  // MARK: In the other group

  /// Gives this rank's value to a reduction, whose result a root in the remote group gets.
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two elements become one.
  ///   - remoteRoot: the rank of the remote group that gets the result.
  public func reduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, remoteRoot: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    let (core, root) = try (connected("reduce"), root(remote: remoteRoot, "reduce"))
    try core.checkElement(Element.self, "reduce")
    try core.enterCollective("reduce", Element.self, root: remoteRoot, file, line)
    try core.check(withElement(value) { core.reduceElements($0, nil, 1, operation, Int(root)) }, "reduce")
  }

  /// Gives this rank's array to a reduction, element by element, whose result a root in the remote group gets.
  ///
  /// C: `MPI_Reduce`, `MPI_Allreduce`. MPI-3.1, sections 5.9.1 and 5.9.6.
  ///
  /// - Throws: ``ErrorClass/count`` on every rank of both groups where the arrays are of unlike lengths.
  public func reduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, remoteRoot: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    let (core, root) = try (connected("reduce"), root(remote: remoteRoot, "reduce"))
    try core.checkElement(Element.self, "reduce")
    try core.enterCollective("reduce", Element.self, root: remoteRoot, file, line)
    _ = try agreeOnCount(core, elements.count, "reduce")
    let code = elements.withUnsafeBufferPointer { own in
      core.reduceElements(own.baseAddress, nil, own.count, operation, Int(root))
    }
    try core.check(code, "reduce")
  }

  /// An address of elements that MPI does not read: MPICH refuses null even where the buffer has no meaning.
  private func notRead<Element>() -> UnsafePointer<Element>? {
    UnsafePointer(bitPattern: MemoryLayout<Element>.alignment)
  }

  /// Finds out how many elements each rank gives, and throws on every rank of both groups unless they are equally many.
  ///
  /// Two all-reduces of two numbers: by the first, each group learns the most and the least of the other; by the second,
  /// of itself.
  ///
  /// - Parameter count: how many this rank gives; nil where its group gives none.
  func agreeOnCount(_ core: Communicator, _ count: Int?, _ operation: StaticString) throws(MPIError) -> Int {
    let none = SIMD2(repeating: Int64.min)
    let own = count.map { SIMD2(Int64($0), -Int64($0)) } ?? none
    let remote = try largest(core, own, operation)
    let local = try largest(core, remote, operation)
    let most = max(remote.x, local.x)
    let least = -max(remote.y, local.y)
    try core.require(
      most == least, .count, operation,
      "the ranks give unlike counts: the least is \(least), the most \(most), and this rank gives \(count ?? 0)")
    return Int(most)
  }

  private func largest(
    _ core: Communicator, _ pair: SIMD2<Int64>, _ operation: StaticString
  ) throws(MPIError) -> SIMD2<Int64> {
    let (result, code) = makeElement(SIMD2<Int64>.self) { into in
      withElement(pair) { MPI_Allreduce($0, into, 2, CMPI_INT64_T, CMPI_MAX, core.rawValue) }
    }
    if code != 0 { try core.check(code, operation) }
    return result
  }
}
