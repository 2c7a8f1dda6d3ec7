// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The functions of MPI for exclusiveScan.
@usableFromInline
enum ExclusiveScanFunctions: ReductionFunctions {
  @inlinable @inline(__always)
  static var name: StaticString { "exclusiveScan" }

  @inlinable @inline(__always)
  static var isForAll: Bool { false }

  @inlinable @inline(__always)
  static func call(_ with: ReductionArguments) -> CInt {
    MPI_Exscan(with.own, with.into, with.count, with.type, with.operation, with.communicator)
  }

  @inlinable @inline(__always)
  static func start(_ start: Start, _ with: ReductionArguments, _ handles: inout Handles) -> CInt {
    start == .now
      ? MPI_Iexscan(
        with.own, with.into, with.count, with.type, with.operation, with.communicator, &handles.next)
      : cmpi_exscan_init(
        with.own, with.into, with.count, with.type, with.operation, with.communicator, &handles.next)
  }
}

extension Reduction where Functions == ExclusiveScanFunctions {
  @inlinable @inline(__always)
  static var exclusiveScan: Self { Reduction() }
}

extension Communicator {
  /// Combines, element by element, what the ranks below this one give.
  ///
  /// No allocation, no copy. On rank 0, below which there is none, `result` stays as it was.
  ///
  /// C: `MPI_Exscan`. MPI-3.1, section 5.11.2.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank. What a layout selects is copied side by side.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/count`` if `result` has another length. Whether the *ranks* give the same number is not
  ///   checked here, because that costs a message: see the form that returns an array.
  @inlinable
  public func exclusiveScan<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into result: inout Result, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try reduce(.exclusiveScan, buffer, into: &result, operation, file, line)
  }

  /// Combines the values of the ranks below this one.
  ///
  /// ```swift
  /// let firstIndex = try world.exclusiveScan(mine.count, .sum) ?? 0
  /// ```
  ///
  /// C: `MPI_Exscan`. MPI-3.1, section 5.11.2.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two values become one.
  /// - Returns: the result; nil on rank 0, below which there is none.
  /// - Throws: what MPI reports.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element? {
    let result = try reduce(.exclusiveScan, value: value, operation, file, line)
    return rank == 0 ? nil : result
  }

  /// Combines, element by element, what the ranks below this one give, in a new array.
  ///
  /// First the ranks compare their counts, in an all-reduce of two numbers, unless `checkingCounts` is false.
  ///
  /// C: `MPI_Exscan`. MPI-3.1, section 5.11.2.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank.
  ///   - operation: how two elements become one.
  ///   - checkingCounts: whether the ranks compare their counts; the same on every rank.
  /// - Returns: the result; nil on rank 0, below which there is none.
  /// - Throws: ``ErrorClass/count`` on every rank if the ranks give different counts.
  @inlinable
  public func exclusiveScan<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, _ operation: ReduceOperation<Buffer.Element>, checkingCounts: Bool = true,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Buffer.Element]? where Buffer.Element: BitwiseCopyable {
    let result = try reduce(
      .exclusiveScan, array: buffer, operation, checkingCounts: checkingCounts, file, line)
    return rank == 0 ? nil : result
  }

  /// Combines, by a closure and in rank order, the `Codable` values of the ranks below this one.
  ///
  /// As ``Communicator/scan(object:file:line:by:)``, with one message more on each rank.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.7 and 3.8.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - combine: makes one value of two; the left one comes from lower ranks.
  /// - Returns: the result; nil on rank 0, below which there is none.
  /// - Throws: as ``Communicator/scan(object:file:line:by:)``.
  public func exclusiveScan<Object: Codable>(
    object: Object, file: StaticString = #fileID, line: Int = #line, by combine: (Object, Object) throws -> Object
  ) throws -> Object? {
    try reduceObjects("exclusiveScan(object:)", file, line, combine) { reduction in
      guard let below = try reduction.accumulateBelow(object) else { return nil }
      return try reduction.result(below)
    }
  }

  /// Combines, element by element, what the ranks below this one give, and puts the result in the elements' place.
  ///
  /// On rank 0 they stay as they are. No allocation. Whether the ranks give the same number is not checked.
  ///
  /// C: `MPI_Exscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.11.2.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, and then the result.
  ///   - operation: how two elements become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func exclusiveScan<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    try reduce(.exclusiveScan, inPlace: &buffer, operation, file, line)
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to combine, element by element, what the ranks below this one give, does some work, and waits.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Iexscan`. MPI-3.1, section 5.12.12.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank.
  ///   - result: where the result goes; as many. On rank 0 it is left as it was.
  ///   - operation: how two elements become one.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count`` if `result` has another length.
  @inlinable
  public func exclusiveScan<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Received: IncomingBuffer & ~Copyable & ~Escapable, Result
  >(
    _ buffer: borrowing Buffer, into result: inout Received, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable, Received.Element == Buffer.Element {
    try communicator.reduce(.exclusiveScan, buffer, into: &result, operation, file, line, while: work)
  }

  /// Begins to combine, element by element and in place, what the ranks below this one give, does some work, and waits.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Iexscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.12.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, and then the result.
  ///   - operation: how two elements become one.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; what MPI reports.
  @inlinable
  public func exclusiveScan<Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result>(
    inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    try communicator.reduce(.exclusiveScan, inPlace: &buffer, operation, file, line, while: work)
  }

  /// Begins to combine the values of the ranks below this one.
  ///
  /// C: `MPI_Iexscan`. MPI-3.1, section 5.12.12.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two values become one.
  /// - Returns: a request for the result; on rank 0, below which there is none, for nil.
  /// - Throws: what MPI reports.
  @inlinable
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element?> {
    let isFirst = communicator.rank == 0
    return try communicator.beginReduce(.exclusiveScan, [value], operation, file, line) { isFirst ? nil : $0[0] }
  }

  /// Begins to combine, element by element, what the ranks below this one give, in a new array.
  ///
  /// C: `MPI_Iexscan`. MPI-3.1, section 5.12.12.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank, which is not checked. The request holds it.
  ///   - operation: how two elements become one.
  /// - Returns: a request for the result; on rank 0, below which there is none, for nil.
  /// - Throws: what MPI reports.
  @inlinable
  public func exclusiveScan<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, _ operation: ReduceOperation<Buffer.Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Buffer.Element]?> where Buffer.Element: BitwiseCopyable {
    let isFirst = communicator.rank == 0
    return try communicator.beginReduce(.exclusiveScan, buffer, operation, file, line) { isFirst ? nil : $0 }
  }

  /// Begins to combine, element by element, what the ranks below this one give, in the memory of this rank's.
  ///
  /// C: `MPI_Iexscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.12.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements. The request takes it over and gives it back: `consume` it, and no copy is made.
  ///   - operation: how two elements become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func exclusiveScan<Buffer: IncomingBuffer>(
    inPlace buffer: consuming Buffer, _ operation: ReduceOperation<Buffer.Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    try communicator.beginReduce(.exclusiveScan, inPlace: buffer, operation, file, line)
  }
}

extension Persistent where Base: Communicator {
  /// Makes an exclusive scan of the ranks' elements ready.
  ///
  /// C: `MPI_Exscan_init`. MPI-4.0, section 6.13.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; the same number on every rank. They are copied.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives.
  public func exclusiveScan<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.prepareReduce(.exclusiveScan, elements, operation, file, line)
  }

  /// Makes an exclusive scan of the ranks' elements in place ready: input and output are the same memory.
  ///
  /// C: `MPI_Exscan_init` with `MPI_IN_PLACE`. MPI-4.0, section 6.13.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; the same number on every rank. They are copied.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives.
  public func exclusiveScan<Element: BitwiseCopyable>(
    inPlace elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.prepareReduce(.exclusiveScan, inPlace: elements, operation, file, line)
  }
}
