// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The functions of MPI for allReduce.
@usableFromInline
enum AllReduceFunctions: ReductionFunctions {
  @inlinable @inline(__always)
  static var name: StaticString { "allReduce" }

  @inlinable @inline(__always)
  static var isForAll: Bool { true }

  @inlinable @inline(__always)
  static func call(_ with: ReductionArguments) -> CInt {
    MPI_Allreduce(with.own, with.into, with.count, with.type, with.operation, with.communicator)
  }

  @inlinable @inline(__always)
  static func start(_ start: Start, _ with: ReductionArguments, _ handles: inout Handles) -> CInt {
    start == .now
      ? MPI_Iallreduce(
        with.own, with.into, with.count, with.type, with.operation, with.communicator, &handles.next)
      : cmpi_allreduce_init(
        with.own, with.into, with.count, with.type, with.operation, with.communicator, &handles.next)
  }
}

extension Reduction where Functions == AllReduceFunctions {
  @inlinable @inline(__always)
  static var allReduce: Self { Reduction() }
}

extension Communicator {
  /// Combines the ranks' elements, one by one, and gives the result to every rank.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank. What a layout selects is copied side by side.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/count`` if `result` has another length. Whether the *ranks* give the same number is not
  ///   checked here, because that costs a message: see the form that returns an array.
  @inlinable
  public func allReduce<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into result: inout Result, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try reduce(.allReduce, buffer, into: &result, operation, file, line)
  }

  /// Combines the ranks' values and gives the result to every rank.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two values become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try reduce(.allReduce, value: value, operation, file, line)
  }

  /// Combines the ranks' elements, one by one, and gives the result to every rank, in a new array.
  ///
  /// First the ranks compare their counts, in an all-reduce of two numbers: with different ones MPI returns nonsense,
  /// or hangs. If the program knows that they are equal, pass `checkingCounts: false` on every rank.
  ///
  /// C: `MPI_Allreduce`. MPI-3.1, section 5.9.6.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank.
  ///   - operation: how two elements become one.
  ///   - checkingCounts: whether the ranks compare their counts; the same on every rank.
  /// - Throws: ``ErrorClass/count`` on every rank if the ranks give different counts.
  @inlinable
  public func allReduce<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, _ operation: ReduceOperation<Buffer.Element>, checkingCounts: Bool = true,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Buffer.Element] where Buffer.Element: BitwiseCopyable {
    try reduce(.allReduce, array: buffer, operation, checkingCounts: checkingCounts, file, line)
  }

  /// Combines the ranks' `Codable` values by a closure, in rank order, and gives the result to every rank.
  ///
  /// ```swift
  /// let longest = try world.allReduce(object: name) { $0.count < $1.count ? $1 : $0 }
  /// ```
  ///
  /// As ``reduce(object:root:file:line:by:)`` with root 0, and then a broadcast of the length of the result's bytes and
  /// of the bytes. So the closure runs `size - 1` times in all, and the result is the same on every rank. It must be
  /// associative; the left argument comes from lower ranks than the right one. It must not call this communicator's
  /// operations.
  ///
  /// C: `MPI_Send`, `MPI_Mprobe`, `MPI_Mrecv`, `MPI_Bcast` of `MPI_BYTE`. MPI-3.1, sections 3.2, 3.8 and 5.4.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - combine: makes one value of two.
  /// - Throws: what the closure throws, on the rank on which it ran; on every other, an ``MPIError`` of class
  ///   ``ErrorClass/other`` with its words. Also ``ErrorClass/serialization`` if a value can't be encoded or decoded.
  public func allReduce<Object: Codable>(
    object: Object, file: StaticString = #fileID, line: Int = #line, by combine: (Object, Object) throws -> Object
  ) throws -> Object {
    try reduceObjects("allReduce(object:)", file, line, combine) { reduction in
      try reduction.result(reduction.share(reduction.collect(object, at: 0)))
    }
  }

  /// Combines the ranks' elements, one by one, and puts the result in their place on every rank.
  ///
  /// No allocation. Whether the ranks give the same number is not checked.
  ///
  /// C: `MPI_Allreduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.9.6.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, and then the result.
  ///   - operation: how two elements become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func allReduce<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    try reduce(.allReduce, inPlace: &buffer, operation, file, line)
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
    if code != 0 || bounds.x != -bounds.y {
      if code != 0 { throw failure(code: code, operation) }
      throw failure(
        .count, operation,
        "the ranks give different counts: the least is \(-bounds.y), the most \(bounds.x), and this rank gives \(count)"
      )
    }
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to combine the ranks' elements, one by one, for every rank, does some work, and waits.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Iallreduce`. MPI-3.1, section 5.12.8.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank.
  ///   - result: where the result goes; as many.
  ///   - operation: how two elements become one.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count`` if `result` has another length.
  @inlinable
  public func allReduce<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Received: IncomingBuffer & ~Copyable & ~Escapable, Result
  >(
    _ buffer: borrowing Buffer, into result: inout Received, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable, Received.Element == Buffer.Element {
    try communicator.reduce(.allReduce, buffer, into: &result, operation, file, line, while: work)
  }

  /// Begins to combine the ranks' elements, one by one, in their place on every rank, does some work, and waits.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Iallreduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.8.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, and then the result.
  ///   - operation: how two elements become one.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; what MPI reports.
  @inlinable
  public func allReduce<Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result>(
    inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    try communicator.reduce(.allReduce, inPlace: &buffer, operation, file, line, while: work)
  }

  /// Begins to combine the ranks' values for every rank.
  ///
  /// C: `MPI_Iallreduce`. MPI-3.1, section 5.12.8.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two values become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func allReduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    try communicator.beginReduce(.allReduce, [value], operation, file, line) { $0[0] }
  }

  /// Begins to combine the ranks' elements, one by one, for every rank, in a new array.
  ///
  /// C: `MPI_Iallreduce`. MPI-3.1, section 5.12.8.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank, which is not checked. The request holds it.
  ///   - operation: how two elements become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func allReduce<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, _ operation: ReduceOperation<Buffer.Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Buffer.Element]> where Buffer.Element: BitwiseCopyable {
    try communicator.beginReduce(.allReduce, buffer, operation, file, line) { $0 }
  }

  /// Begins to combine the ranks' elements, one by one, in the memory of this rank's.
  ///
  /// C: `MPI_Iallreduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.8.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements. The request takes it over and gives it back: `consume` it, and no copy is made.
  ///   - operation: how two elements become one.
  /// - Throws: what MPI reports.
  @inlinable
  public func allReduce<Buffer: IncomingBuffer>(
    inPlace buffer: consuming Buffer, _ operation: ReduceOperation<Buffer.Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    try communicator.beginReduce(.allReduce, inPlace: buffer, operation, file, line)
  }
}

extension Persistent where Base: Communicator {
  /// Makes a combination of the ranks' elements, one by one, for every rank ready.
  ///
  /// C: `MPI_Allreduce_init`. MPI-4.0, section 6.13.8.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; the same number on every rank. They are copied.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives.
  public func allReduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.prepareReduce(.allReduce, elements, operation, file, line)
  }

  /// Makes a combination of the ranks' elements, one by one, in their place ready: input and output are the same
  /// memory.
  ///
  /// C: `MPI_Allreduce_init` with `MPI_IN_PLACE`. MPI-4.0, section 6.13.8.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; the same number on every rank. They are copied.
  ///   - operation: how two elements become one.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives.
  public func allReduce<Element: BitwiseCopyable>(
    inPlace elements: [Element], _ operation: ReduceOperation<Element>, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.prepareReduce(.allReduce, inPlace: elements, operation, file, line)
  }
}
