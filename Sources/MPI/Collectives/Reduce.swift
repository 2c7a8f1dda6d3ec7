// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The functions of MPI for reduce.
@usableFromInline
enum ReduceFunctions: ReductionFunctions {
  @inlinable @inline(__always)
  static var name: StaticString { "reduce" }

  @inlinable @inline(__always)
  static var isForAll: Bool { false }

  @inlinable @inline(__always)
  static func call(_ with: ReductionArguments) -> CInt {
    MPI_Reduce(with.own, with.into, with.count, with.type, with.operation, with.root, with.communicator)
  }

  @inlinable @inline(__always)
  static func start(_ start: Start, _ with: ReductionArguments, _ handles: inout Handles) -> CInt {
    start == .now
      ? MPI_Ireduce(
        with.own, with.into, with.count, with.type, with.operation, with.root, with.communicator, &handles.next)
      : cmpi_reduce_init(
        with.own, with.into, with.count, with.type, with.operation, with.root, with.communicator, &handles.next)
  }
}

extension Reduction where Functions == ReduceFunctions {
  @inlinable @inline(__always)
  static func reduce(root: Int) -> Self { Reduction(root: root) }
}

extension Communicator {
  /// Combines the ranks' elements, one by one, and gives the result to the root.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank. What a layout selects is copied side by side.
  ///   - result: at the root, where the result goes; as many. Elsewhere it is not used.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  /// - Throws: ``ErrorClass/count`` if `result` has another length; ``ErrorClass/root`` for a root out of range.
  ///   Whether the *ranks* give the same number is not checked here, because that costs a message: see the form that
  ///   returns an array.
  @inlinable
  public func reduce<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Result: IncomingBuffer & ~Copyable & ~Escapable
  >(
    _ buffer: borrowing Buffer, into result: inout Result, _ operation: ReduceOperation<Buffer.Element>,
    root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable, Result.Element == Buffer.Element {
    try reduce(.reduce(root: root), buffer, into: &result, operation, file, line)
  }

  /// Combines the ranks' values and gives the result to the root.
  ///
  /// ```swift
  /// if let total = try world.reduce(partial, .sum) { print(total) }
  /// ```
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two values become one.
  ///   - root: the rank that gets the result.
  /// - Returns: at the root the result, elsewhere nil.
  /// - Throws: ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Element? {
    let result = try reduce(.reduce(root: root), value: value, operation, file, line)
    return rank == root ? result : nil
  }

  /// Combines the ranks' elements, one by one, and gives the result to the root, in a new array.
  ///
  /// First the ranks compare their counts, in an all-reduce of two numbers: with different ones MPI returns nonsense,
  /// or hangs. If the program knows that they are equal, pass `checkingCounts: false` on every rank.
  ///
  /// C: `MPI_Reduce`. MPI-3.1, section 5.9.1.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  ///   - checkingCounts: whether the ranks compare their counts; the same on every rank.
  /// - Returns: at the root the result, elsewhere nil.
  /// - Throws: ``ErrorClass/count`` on every rank if the ranks give different counts; ``ErrorClass/root`` for a root
  ///   out of range.
  @inlinable
  public func reduce<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ buffer: borrowing Buffer, _ operation: ReduceOperation<Buffer.Element>, root: Int = 0,
    checkingCounts: Bool = true, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Buffer.Element]? where Buffer.Element: BitwiseCopyable {
    let result = try reduce(
      .reduce(root: root), array: buffer, operation, checkingCounts: checkingCounts, file, line)
    return rank == root ? result : nil
  }

  /// Combines the ranks' `Codable` values by a closure, in rank order, and gives the result to the root.
  ///
  /// ```swift
  /// let merged = try world.reduce(object: words) { $0.merging($1, uniquingKeysWith: +) }
  /// ```
  ///
  /// The left argument comes from lower ranks than the right one. The closure must be associative; how they are
  /// bracketed depends only on the number of ranks. It runs `size - 1` times in all, on whatever ranks, and must not
  /// call this communicator's operations.
  ///
  /// Each rank but the root sends one message, of whatever length. They go through a tree: the root waits for log₂
  /// `size` of them, one after the other. The first call makes a communicator for them.
  ///
  /// C: `MPI_Send`, `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.2 and 3.8.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - root: the rank that gets the result.
  ///   - combine: makes one value of two.
  /// - Returns: at the root the result, elsewhere nil.
  /// - Throws: what the closure throws, on the rank on which it ran. The ranks that wait for its result, the root among
  ///   them, throw an ``MPIError`` of class ``ErrorClass/other`` with its words; the others have sent their value and
  ///   go on. Also ``ErrorClass/serialization`` if a value can't be encoded or decoded, and ``ErrorClass/root``.
  public func reduce<Object: Codable>(
    object: Object, root: Int = 0, file: StaticString = #fileID, line: Int = #line,
    by combine: (Object, Object) throws -> Object
  ) throws -> Object? {
    try checkRoot(root, "reduce(object:)")
    return try reduceObjects("reduce(object:)", root: root, file, line, combine) { reduction in
      try reduction.result(reduction.collect(object, at: root), at: root)
    }
  }

  /// Combines the ranks' elements, one by one, and puts the result in the place of the root's.
  ///
  /// No allocation. Elsewhere the elements stay as they are. Whether the ranks give the same number is not checked.
  ///
  /// C: `MPI_Reduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.9.1.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements; at the root, then the result.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  /// - Throws: ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func reduce<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>, root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element: BitwiseCopyable {
    try reduce(.reduce(root: root), inPlace: &buffer, operation, file, line)
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to combine the ranks' elements, one by one, at the root, does some work, and waits.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Ireduce`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank.
  ///   - result: at the root, where the result goes; as many. Elsewhere it is not used.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/count`` if `result` has another length; ``ErrorClass/root`` for a
  ///   root out of range.
  @inlinable
  public func reduce<
    Buffer: OutgoingBuffer & ~Copyable & ~Escapable, Received: IncomingBuffer & ~Copyable & ~Escapable, Result
  >(
    _ buffer: borrowing Buffer, into result: inout Received, _ operation: ReduceOperation<Buffer.Element>,
    root: Int = 0, file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable, Received.Element == Buffer.Element {
    try communicator.reduce(.reduce(root: root), buffer, into: &result, operation, file, line, while: work)
  }

  /// Begins to combine the ranks' elements, one by one, in the place of the root's, does some work, and waits.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Ireduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements; at the root, then the result.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  ///   - work: runs while the operation is in flight.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func reduce<Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result>(
    inPlace buffer: inout Buffer, _ operation: ReduceOperation<Buffer.Element>, root: Int = 0,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    try communicator.reduce(.reduce(root: root), inPlace: &buffer, operation, file, line, while: work)
  }

  /// Begins to combine the ranks' values at the root.
  ///
  /// C: `MPI_Ireduce`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - operation: how two values become one.
  ///   - root: the rank that gets the result.
  /// - Returns: a request for the result at the root, and for nil elsewhere.
  /// - Throws: ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func reduce<Element: BitwiseCopyable>(
    _ value: Element, _ operation: ReduceOperation<Element>, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<Element?> {
    try communicator.beginReduce(.reduce(root: root), [value], operation, file, line) { $0.first }
  }

  /// Begins to combine the ranks' elements, one by one, at the root, in a new array.
  ///
  /// C: `MPI_Ireduce`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements, the same number on every rank, which is not checked. The request holds it.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  /// - Returns: a request for the result at the root, and for nil elsewhere.
  /// - Throws: ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func reduce<Buffer: OutgoingBuffer>(
    _ buffer: Buffer, _ operation: ReduceOperation<Buffer.Element>, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<[Buffer.Element]?> where Buffer.Element: BitwiseCopyable {
    let isRoot = communicator.rank == root
    return try communicator.beginReduce(.reduce(root: root), buffer, operation, file, line) { isRoot ? $0 : nil }
  }

  /// Begins to combine the ranks' elements, one by one, in the memory of the root's.
  ///
  /// C: `MPI_Ireduce` with `MPI_IN_PLACE`. MPI-3.1, section 5.12.7.
  ///
  /// - Parameters:
  ///   - buffer: this rank's elements. The request takes it over and gives it back: `consume` it, and no copy is made.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result.
  /// - Returns: a request for the result at the root; elsewhere for the elements as they were.
  /// - Throws: ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func reduce<Buffer: IncomingBuffer>(
    inPlace buffer: consuming Buffer, _ operation: ReduceOperation<Buffer.Element>, root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Buffer> where Buffer.Element: BitwiseCopyable {
    try communicator.beginReduce(.reduce(root: root), inPlace: buffer, operation, file, line)
  }
}

extension Persistent where Base: Communicator {
  /// Makes a combination of the ranks' elements, one by one, at the root ready.
  ///
  /// C: `MPI_Reduce_init`. MPI-4.0, section 6.13.7.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with; the same number on every rank. They are copied.
  ///   - operation: how two elements become one.
  ///   - root: the rank that gets the result. On the others ``PersistentRequest/output`` has no elements.
  /// - Throws: ``ErrorClass/notSupported`` if this MPI has no persistent collectives; ``ErrorClass/root`` for a root
  ///   out of range.
  public func reduce<Element: BitwiseCopyable>(
    _ elements: [Element], _ operation: ReduceOperation<Element>, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.prepareReduce(.reduce(root: root), elements, operation, file, line)
  }
}
