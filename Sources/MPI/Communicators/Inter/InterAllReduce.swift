// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

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
  /// - Throws: ``ErrorClass/communicator`` after ``disconnect(file:line:)``; else what MPI reports.
  public func allReduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    let core = try connected("allReduce")
    try core.checkElement(Element.self, "allReduce")
    try core.enterCollective("allReduce", Element.self, count: 1, file, line)
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) { operation.reduce(ReductionPair($0, into, count: 1), .allReduce, core) }
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
  ///   - elements: what this rank gives, for the remote group; the same number on every rank of both groups.
  ///   - operation: how two elements become one.
  /// - Returns: the remote group's arrays combined.
  /// - Throws: ``ErrorClass/count`` on every rank of both groups if the arrays are of different lengths.
  public func allReduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let core = try connected("allReduce")
    try core.checkElement(Element.self, "allReduce")
    try core.enterCollective("allReduce", Element.self, file, line)
    _ = try agreeOnCount(core, elements.count, "allReduce")
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer {
        operation.reduce(ReductionPair($0.baseAddress, into, count: $0.count), .allReduce, core)
      }
    }
    try core.check(code, "allReduce")
    return array
  }

  /// Combines the `Codable` values of the remote group's ranks by a closure, in rank order, and gives the result to
  /// every rank.
  ///
  /// Every rank gathers the values, as ``allGather(object:file:line:)`` does, and combines them itself.
  ///
  /// C: `MPI_Allgather`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, sections 5.7 and 5.8.
  ///
  /// - Parameters:
  ///   - object: what this rank gives, for the remote group.
  ///   - combine: makes one value of two; the left one comes from lower ranks.
  /// - Returns: the remote group's values combined.
  /// - Throws: what the closure throws, which runs on every rank.
  public func allReduce<Object: Codable>(
    object: Object, file: StaticString = #fileID, line: Int = #line, by combine: (Object, Object) throws -> Object
  ) throws -> Object {
    let operation: StaticString = "allReduce(object:)"
    let core = try connected(operation)
    return try core.reduceObjects(operation, allGather(object: object, file: file, line: line), combine)
  }

  /// Combines the arrays of the remote group's ranks, element by element, and hands out the result among the ranks of
  /// this group, in blocks as even as can be.
  ///
  /// First the ranks compare the lengths of the arrays, in two all-reduces of two numbers.
  ///
  /// C: `MPI_Reduce_scatter`. MPI-3.1, section 5.10.2.
  ///
  /// - Parameters:
  ///   - elements: what this rank gives, for the remote group; the same number on every rank of both groups.
  ///   - operation: how two elements become one.
  /// - Returns: this rank's block of the remote group's arrays combined. The first ranks have one element more than the
  ///   others if it can't be even.
  /// - Throws: ``ErrorClass/count`` on every rank of both groups if the arrays are of different lengths.
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
        elements.withUnsafeBufferPointer {
          operation.reduce(ReductionPair($0.baseAddress, into, count: total), .allReduce, core)
        }
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

extension Nonblocking where Base == InterCommunicator {
  /// Begins to combine the values of the remote group's ranks for every rank.
  ///
  /// C: `MPI_Iallreduce`. MPI-3.1, section 5.12.8.
  ///
  /// - Parameters:
  ///   - value: what this rank gives, for the remote group.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/communicator`` after ``InterCommunicator/disconnect(file:line:)``; else what MPI reports.
  public func allReduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    try allReduce([value], operation, file: file, line: line).map { (result) throws(MPIError) in result[0] }
  }

  /// Begins to combine the arrays of the remote group's ranks, element by element, for every rank.
  ///
  /// C: `MPI_Iallreduce`. MPI-3.1, section 5.12.8.
  ///
  /// - Parameters:
  ///   - elements: what this rank gives, for the remote group; the same number on every rank of both groups, which is
  ///     not checked.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/communicator`` after ``InterCommunicator/disconnect(file:line:)``; else what MPI reports.
  public func allReduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let core = try base.connected("allReduce")
    try core.checkElement(Element.self, "allReduce")
    let begun = try core.beginCollective("allReduce", Element.self, count: elements.count, file, line)
    return try begun.request(reading: elements, filling: elements.count, keeping: operation) { own, into, handles in
      operation.start(
        .now, ReductionPair(own, into, count: elements.count), .allReduce, core, &handles)
    } finish: {
      $0
    }
  }

  /// Begins to combine the arrays of the remote group's ranks, element by element, and to hand out the result among the
  /// ranks of this group, in blocks as even as can be.
  ///
  /// C: `MPI_Ireduce_scatter`. MPI-3.1, section 5.12.10.
  ///
  /// - Parameters:
  ///   - elements: what this rank gives, for the remote group; the same number on every rank of both groups, which is
  ///     not checked.
  ///   - operation: how two elements become one.
  /// - Returns: a request for this rank's block of the remote group's arrays combined. The first ranks have one element
  ///   more than the others if it can't be even.
  /// - Throws: ``ErrorClass/communicator`` after ``InterCommunicator/disconnect(file:line:)``; else what MPI reports.
  public func reduceScatter<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let core = try base.connected("reduceScatter")
    try core.checkElement(Element.self, "reduceScatter")
    let own = core.block(of: elements.count)
    if elements.count > largestCount {
      // Past what MPI counts: all of the result, in pieces, and then this rank's block of it.
      return try allReduce(elements, operation, file: file, line: line)
        .map { (all) throws(MPIError) in Array(all[own]) }
    }
    let begun = try core.beginCollective("reduceScatter", Element.self, count: elements.count, file, line)
    let counts = (0..<base.size).map { CInt(core.block(of: elements.count, rank: $0).count) }
    // The lists must live until it has completed, if they are.
    return try begun.request(reading: elements, filling: own.count, keeping: (operation, counts)) {
      out, into, handles in
      counts.withUnsafeBufferPointer { counts in
        operation.reduce(0) { _, _, type, operation in
          handles.keep(
            MPI_Ireduce_scatter(out, into, counts.baseAddress, type, operation, core.rawValue, &handles.next))
        }
      }
    } finish: {
      $0
    }
  }
}
