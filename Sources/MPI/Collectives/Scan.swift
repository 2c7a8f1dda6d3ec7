// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The functions of MPI for scan.
@usableFromInline
enum ScanFunctions: ReductionFunctions {
  @inlinable @inline(__always)
  static var name: StaticString { "scan" }

  @inlinable @inline(__always)
  static var isForAll: Bool { true }

  @inlinable @inline(__always)
  static func call(_ with: ReductionArguments) -> CInt {
    MPI_Scan(with.own, with.into, with.count, with.type, with.operation, with.communicator)
  }

  @inlinable @inline(__always)
  static func start(_ start: Start, _ with: ReductionArguments, _ handles: inout Handles) -> CInt {
    start == .now
      ? MPI_Iscan(
        with.own, with.into, with.count, with.type, with.operation, with.communicator, &handles.next)
      : cmpi_scan_init(
        with.own, with.into, with.count, with.type, with.operation, with.communicator, &handles.next)
  }
}

extension Reduction where Functions == ScanFunctions {
  @inlinable @inline(__always)
  static var scan: Self { Reduction() }
}

extension Communicator {
  /// Combines, element by element, what the ranks up to this one give, this one included.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Scan`. MPI-3.1, section 5.11.1.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank. What a layout selects is copied side by side.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/count`` if `result` has another length. Whether the *ranks* give the same number is not
  ///   checked here, because that costs a message: see the form that returns an array.
  @inlinable
  public func scan<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into result: inout Result, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try reduce(.scan, buffer, into: &result, operation, file, line)
  }

  /// Combines the values of the ranks up to this one, this one included.
  ///
  /// C: `MPI_Scan`. MPI-3.1, section 5.11.1.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two values become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try reduce(.scan, value: value, operation, file, line)
  }

  /// Combines, element by element, what the ranks up to this one give, this one included, in a new array.
  ///
  /// First the ranks compare their counts, in an all-reduce of two numbers, unless `checkingCounts` is false.
  ///
  /// C: `MPI_Scan`. MPI-3.1, section 5.11.1.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank.
  ///   - operation: how two elements become one.
  ///   - checkingCounts: whether the ranks compare their counts; the same on every rank.
  /// - Throws: ``ErrorClass/count`` on every rank if the ranks give different counts.
  @inlinable
  public func scan<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, _ operation: ReduceOperation<Buffer.Element>, checkingCounts: Bool = true,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Buffer.Element] where Buffer.Element: BitwiseCopyable {
    try reduce(.scan, array: buffer, operation, checkingCounts: checkingCounts, file, line)
  }

  /// Combines, by a closure and in rank order, the `Codable` values of the ranks up to this one, this one included.
  ///
  /// The left argument comes from lower ranks than the right one. The closure must be associative, and must not call
  /// this communicator's operations. It runs on each rank, and each rank sends a message, up to log₂ `size` times,
  /// rounded up. The first call makes a communicator for the messages.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.7 and 3.8.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - combine: makes one value of two.
  /// - Throws: what the closure throws, on the rank on which it ran; on the ranks whose results depend on that one, an
  ///   ``MPIError`` of class ``ErrorClass/other`` with its words. Also ``ErrorClass/serialization`` if a value can't be
  ///   encoded or decoded.
  public func scan<Object: Codable>(
    object: Object, file: StaticString = #fileID, line: Int = #line, by combine: (Object, Object) throws -> Object
  ) throws -> Object {
    try reduceObjects("scan(object:)", file, line, combine) { try $0.result($0.accumulate(object)) }
  }

  /// Combines, element by element, what the ranks up to this one give, and puts the result in the elements' place.
  ///
  /// No allocation. Whether the ranks give the same number is not checked.
  ///
  /// C: `MPI_Scan` with `MPI_IN_PLACE`. MPI-3.1, section 5.11.1.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, and then the result.
  ///   - operation: how two elements become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func scan<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    try reduce(.scan, inPlace: &buffer, operation, file, line)
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to combine, element by element, what the ranks up to this one give, does some work, and waits.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Iscan`. MPI-3.1, section 5.12.11.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count`` if `result` has another length.
  @inlinable
  public func scan<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Received: IncomingBuffer & ~Copyable & ~Escapable, Result
  >(
    _ buffer: borrowing Buffer, into result: inout Received, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable, Received.Element == Buffer.Element {
    try communicator.reduce(.scan, buffer, into: &result, operation, file, line, while: work)
  }

  /// Begins to combine, element by element and in place, what the ranks up to this one give, does some work, and waits.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Iscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.11.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, and then the result.
  ///   - operation: how two elements become one.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; what MPI reports.
  @inlinable
  public func scan<Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result>(
    inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    try communicator.reduce(.scan, inPlace: &buffer, operation, file, line, while: work)
  }

  /// Begins to combine the values of the ranks up to this one.
  ///
  /// C: `MPI_Iscan`. MPI-3.1, section 5.12.11.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two values become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func scan<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    try communicator.beginReduce(.scan, [value], operation, file, line) { $0[0] }
  }

  /// Begins to combine, element by element, what the ranks up to this one give, in a new array.
  ///
  /// C: `MPI_Iscan`. MPI-3.1, section 5.12.11.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank, which is not checked. The request holds it.
  ///   - operation: how two elements become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func scan<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, _ operation: ReduceOperation<Buffer.Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Buffer.Element]> where Buffer.Element: BitwiseCopyable {
    try communicator.beginReduce(.scan, buffer, operation, file, line) { $0 }
  }

  /// Begins to combine, element by element, what the ranks up to this one give, in the memory of this rank's.
  ///
  /// C: `MPI_Iscan` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.11.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements. The request takes it over and gives it back: `consume` it, and no copy is made.
  ///   - operation: how two elements become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func scan<Buffer: IncomingBuffer>(
    inPlace buffer: consuming Buffer, _ operation: ReduceOperation<Buffer.Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    try communicator.beginReduce(.scan, inPlace: buffer, operation, file, line)
  }
}

extension Persistent where Base: Communicator {
  /// Makes a scan of the ranks' elements ready.
  ///
  /// C: `MPI_Scan_init`. MPI-4.0, section 6.13.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; the same number on every rank. They are copied.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives.
  public func scan<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.prepareReduce(.scan, elements, operation, file, line)
  }

  /// Makes a scan of the ranks' elements in place ready: input and output are the same memory.
  ///
  /// C: `MPI_Scan_init` with `MPI_IN_PLACE`. MPI-4.0, section 6.13.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; the same number on every rank. They are copied.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives.
  public func scan<Element: BitwiseCopyable>(
    inPlace elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.prepareReduce(.scan, inPlace: elements, operation, file, line)
  }
}
