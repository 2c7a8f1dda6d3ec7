// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension InterCommunicator {
  // MARK: In the root's group

  /// Combines the values of the remote group's ranks, and gives the result to the root.
  ///
  /// Called by every rank of the root's group, while those of the other call
  /// ``reduce(_:_:remoteRoot:file:line:)-(Element,_,_,_,_)``.
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
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``disconnect(file:line:)``.
  public func reduce<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, _ operation: ReduceOperation<Element>, localRoot: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element? {
    let (core, root) = try (connected("reduce"), root(local: localRoot, "reduce"))
    try core.checkElement(Element.self, "reduce")
    try core.enterCollective("reduce", Element.self, root: localRoot, file, line)
    let (array, code) = makeArray(rank == localRoot ? 1 : 0) { (into: UnsafeMutablePointer<Element>?) in
      operation.reduce(ReductionPair(notRead, into, count: 1), .reduce(root: Int(root)), core)
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
  /// - Parameters:
  ///   - operation: how two elements become one.
  ///   - localRoot: the rank of this group that gets the result.
  /// - Returns: at the root the result, elsewhere nil.
  /// - Throws: ``ErrorClass/count`` on every rank of both groups if the arrays are of different lengths.
  public func reduce<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, _ operation: ReduceOperation<Element>, localRoot: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element]? {
    let (core, root) = try (connected("reduce"), root(local: localRoot, "reduce"))
    try core.checkElement(Element.self, "reduce")
    try core.enterCollective("reduce", Element.self, root: localRoot, file, line)
    let count = try agreeOnCount(core, nil, "reduce")
    let (array, code) = makeArray(rank == localRoot ? count : 0) { (into: UnsafeMutablePointer<Element>?) in
      operation.reduce(ReductionPair(notRead, into, count: count), .reduce(root: Int(root)), core)
    }
    try core.check(code, "reduce")
    return rank == localRoot ? array : nil
  }

  /// Combines the `Codable` values of the remote group's ranks by a closure, in rank order, at the root.
  ///
  /// The root gathers the values, as ``gather(object:localRoot:file:line:)-(Object.Type,_,_,_)`` does, and combines
  /// them itself: it runs the closure once less than there are remote ranks.
  ///
  /// C: `MPI_Gather`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, sections 5.5 and 5.8.
  ///
  /// - Parameters:
  ///   - type: what the values are.
  ///   - localRoot: the rank of this group that gets the result.
  ///   - combine: makes one value of two; the left one comes from lower ranks.
  /// - Returns: at the root the result, elsewhere nil.
  /// - Throws: at the root what the closure throws: no other rank waits for its result.
  public func reduce<Object: Codable>(
    object type: Object.Type, localRoot: Int, file: StaticString = #fileID, line: Int = #line,
    by combine: (Object, Object) throws -> Object
  ) throws -> Object? {
    let operation: StaticString = "reduce(object:)"
    let core = try connected(operation)
    guard let values = try gather(object: type, localRoot: localRoot, file: file, line: line) else { return nil }
    return try core.reduceObjects(operation, values, combine)
  }

  // MARK: In the other group

  /// Gives this rank's `Codable` value to a reduction, whose result a root in the remote group gets.
  ///
  /// C: `MPI_Gather`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, sections 5.5 and 5.8.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - remoteRoot: the rank of the remote group that gets the result.
  /// - Throws: ``ErrorClass/serialization`` if this rank's value can't be encoded; ``ErrorClass/root`` for a root out
  ///   of range; ``ErrorClass/communicator`` after ``disconnect(file:line:)``.
  public func reduce<Object: Codable>(
    object: Object, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try gather(object: object, remoteRoot: remoteRoot, file: file, line: line)
  }

  /// Gives this rank's value to a reduction, whose result a root in the remote group gets.
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two elements become one.
  ///   - remoteRoot: the rank of the remote group that gets the result.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``disconnect(file:line:)``.
  public func reduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, remoteRoot: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    let (core, root) = try (connected("reduce"), root(remote: remoteRoot, "reduce"))
    try core.checkElement(Element.self, "reduce")
    try core.enterCollective("reduce", Element.self, root: remoteRoot, file, line)
    let code = withElement(value) {
      operation.reduce(ReductionPair($0, nil, count: 1), .reduce(root: Int(root)), core)
    }
    try core.check(code, "reduce")
  }

  /// Gives this rank's array to a reduction, element by element, whose result a root in the remote group gets.
  ///
  /// C: `MPI_Reduce`, `MPI_Allreduce`. MPI-3.1, sections 5.9.1 and 5.9.6.
  ///
  /// - Parameters:
  ///   - elements: this rank's, the same number on every rank of its group.
  ///   - operation: how two elements become one.
  ///   - remoteRoot: the rank of the remote group that gets the result.
  /// - Throws: ``ErrorClass/count`` on every rank of both groups if the arrays are of different lengths.
  public func reduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, remoteRoot: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    let (core, root) = try (connected("reduce"), root(remote: remoteRoot, "reduce"))
    try core.checkElement(Element.self, "reduce")
    try core.enterCollective("reduce", Element.self, root: remoteRoot, file, line)
    _ = try agreeOnCount(core, elements.count, "reduce")
    let code = elements.withUnsafeBufferPointer { own in
      operation.reduce(ReductionPair(own.baseAddress, nil, count: own.count), .reduce(root: Int(root)), core)
    }
    try core.check(code, "reduce")
  }

  /// An address of elements that MPI does not read: see `Fault.unusedBufferIsChecked`.
  var notRead: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: 16) }

  /// Finds out how many elements each rank gives, and throws on every rank of both groups unless these are equal.
  ///
  /// Two all-reduces of two numbers: by the first, each group learns the most and the least of the other; by the
  /// second, of itself.
  ///
  /// - Parameter count: how many this rank gives; nil if its group gives none.
  func agreeOnCount(_ core: Communicator, _ count: Int?, _ operation: StaticString) throws(MPIError) -> Int {
    let none = SIMD2(repeating: Int64.min)
    let own = count.map { SIMD2(Int64($0), -Int64($0)) } ?? none
    let remote = try largest(core, own, operation)
    let local = try largest(core, remote, operation)
    let most = max(remote.x, local.x)
    let least = -max(remote.y, local.y)
    try core.require(
      most == least, .count, operation,
      "the ranks give different counts: the least is \(least), the most \(most), and this rank gives \(count ?? 0)")
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

extension Nonblocking where Base == InterCommunicator {
  /// Begins to combine the values of the remote group's ranks at the root. Called by every rank of the root's group.
  ///
  /// C: `MPI_Ireduce` with `MPI_ROOT` or `MPI_PROC_NULL`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - operation: how two elements become one.
  ///   - localRoot: the rank of this group that gets the result.
  /// - Returns: a request for the result at the root, and for nil elsewhere.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``InterCommunicator/disconnect(file:line:)``.
  public func reduce<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, _ operation: ReduceOperation<Element>, localRoot: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element?> {
    try reduce([Element].self, operation, count: 1, localRoot: localRoot, file: file, line: line)
      .map { (result) throws(MPIError) in result?[0] }
  }

  /// Begins to combine the arrays of the remote group's ranks, element by element, at the root.
  ///
  /// C: `MPI_Ireduce` with `MPI_ROOT` or `MPI_PROC_NULL`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - operation: how two elements become one.
  ///   - count: how many elements each remote rank gives, which is not checked.
  ///   - localRoot: the rank of this group that gets the result.
  /// - Returns: a request for the result at the root, and for nil elsewhere.
  /// - Throws: ``ErrorClass/count`` if `count` is below 0; ``ErrorClass/root`` for a root out of range;
  ///   ``ErrorClass/communicator`` after ``InterCommunicator/disconnect(file:line:)``.
  public func reduce<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, _ operation: ReduceOperation<Element>, count: Int, localRoot: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]?> {
    let (core, root) = try (base.connected("reduce"), base.root(local: localRoot, "reduce"))
    try core.checkElement(Element.self, "reduce")
    try core.require(count >= 0, .count, "reduce", "count is \(count): it must be 0 or more")
    let isRoot = base.rank == localRoot
    let begun = try core.beginCollective("reduce", Element.self, root: localRoot, file, line)
    return try begun.request(reading: [], filling: isRoot ? count : 0, keeping: operation) { _, into, handles in
      operation.start(
        .now, ReductionPair(base.notRead, into, count: count), .reduce(root: Int(root)), core, &handles)
    } finish: {
      isRoot ? $0 : nil
    }
  }

  /// Begins to give this rank's value to a reduction, whose result a root in the remote group gets.
  ///
  /// C: `MPI_Ireduce`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two elements become one.
  ///   - remoteRoot: the rank of the remote group that gets the result.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``InterCommunicator/disconnect(file:line:)``.
  public func reduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, remoteRoot: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<Void> {
    try reduce([value], operation, remoteRoot: remoteRoot, file: file, line: line)
  }

  /// Begins to give this rank's array to a reduction, element by element, whose result a root in the remote group gets.
  ///
  /// C: `MPI_Ireduce`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - elements: this rank's, the same number on every rank, which is not checked.
  ///   - operation: how two elements become one.
  ///   - remoteRoot: the rank of the remote group that gets the result.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``InterCommunicator/disconnect(file:line:)``.
  public func reduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, remoteRoot: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<Void> {
    let (core, _) = try (base.connected("reduce"), base.root(remote: remoteRoot, "reduce"))
    try core.checkElement(Element.self, "reduce")
    let begun = try core.beginCollective("reduce", Element.self, root: remoteRoot, file, line)
    return try begun.request(reading: elements, filling: 0, keeping: operation) { own, _, handles in
      operation.start(
        .now, ReductionPair(own, nil, count: elements.count), .reduce(root: remoteRoot), core, &handles)
    } finish: { _ in
    }
  }
}
