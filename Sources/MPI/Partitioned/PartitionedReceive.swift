// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// A message that is received in partitions, each of which can be read as soon as it is there; made once and started
/// many times.
///
/// ```swift
/// let ghost = try world.persistent.partitionedReceive(Double.self, count: 1000, partitions: 4, from: left)
/// for step in 0..<100 {
///   try ghost.start()
///   for partition in 0..<4 {
///     while try !ghost.hasArrived(partition) { work() }
///     try ghost.read(partition) { elements in use(elements, step) }
///   }
///   try ghost.wait()
/// }
/// ```
///
/// An MPI may hold partitions back until the sender has marked all: MPICH 5.0 does. So do not wait for one before you
/// mark those that the sender at the other end waits for.
///
/// It holds the memory. The sender is a ``PartitionedSend`` of as many elements, in as many partitions or in others.
///
/// C: `MPI_Request`, made by `MPI_Precv_init`. MPI-4.0, section 4.2.
public final class PartitionedReceive<Element: BitwiseCopyable>: Sendable {
  private let partitions: Partitions<Element>

  fileprivate init(_ partitions: Partitions<Element>) { self.partitions = partitions }

  /// The number of partitions.
  public var partitionCount: Int { partitions.count }

  /// The number of elements in a partition.
  public var partitionLength: Int { partitions.partitionLength }

  /// Whether it was started and is not known to have completed.
  public var isInFlight: Bool { partitions.isInFlight }

  /// Starts it.
  ///
  /// C: `MPI_Start`. MPI-4.0, section 4.2.
  ///
  /// - Throws: ``ErrorClass/request`` if it is in flight.
  public func start(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try partitions.start(file, line)
  }

  /// Whether a partition has come, without waiting. It lets MPI do some work.
  ///
  /// C: `MPI_Parrived`. MPI-4.0, section 4.2.
  ///
  /// - Parameter partition: its number, from 0 on.
  /// - Throws: ``ErrorClass/argument`` for a partition that there is not.
  public func hasArrived(_ partition: Int) throws(MPIError) -> Bool {
    try partitions.checkPartition(partition)
    guard partitions.isInFlight, let handle = partitions.handle else { return true }
    var flag: CInt = 0
    try partitions.check(cmpi_parrived(handle, CInt(partition), &flag))
    return flag != 0
  }

  /// Reads the elements of a partition that has come.
  ///
  /// - Parameters:
  ///   - partition: its number, from 0 on.
  ///   - body: given ``partitionLength`` elements: those that came last; every byte 0, if nothing came yet.
  /// - Returns: what the body returns.
  /// - Throws: ``ErrorClass/argument`` for a partition that there is not; ``ErrorClass/request`` for one that has not
  ///   come; and what the body throws.
  public func read<Result>(_ partition: Int, _ body: (Span<Element>) throws -> Result) throws -> Result {
    try partitions.require(
      hasArrived(partition), .request, "partition \(partition) has not come: ask hasArrived, or wait for all")
    return try body(partitions.elements(of: partition).span)
  }

  /// All elements, when all have come.
  ///
  /// - Throws: ``ErrorClass/request`` if it is in flight.
  public func elements() throws(MPIError) -> [Element] {
    try partitions.require(!partitions.isInFlight, .request, "it is in flight: wait for it first")
    return Array(partitions.memory.buffer)
  }

  /// Waits until all partitions have come. At once, if it is not in flight.
  ///
  /// C: `MPI_Wait`. MPI-4.0, section 4.2.
  ///
  /// - Returns: source and tag of the message.
  /// - Throws: what MPI reports.
  @discardableResult
  public func wait(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Status {
    try partitions.wait(file, line)
  }

  /// Whether all partitions have come, without waiting. It lets MPI do some work.
  ///
  /// C: `MPI_Test`. MPI-4.0, section 4.2.
  ///
  /// - Throws: what MPI reports.
  public func test() throws(MPIError) -> Bool { try partitions.test() }
}

extension Persistent where Base: Communicator {
  /// Makes ready to receive elements in partitions.
  ///
  /// C: `MPI_Precv_init`. MPI-4.0, section 4.2.1.
  ///
  /// - Parameters:
  ///   - count: how many elements come in all: as many as the sender sends.
  ///   - partitions: how many parts of the same length can be asked for; it need not be the sender's number.
  ///   - source: a rank, or ``MessageSource/null``; not ``MessageSource/any``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - info: hints to MPI.
  /// - Throws: ``ErrorClass/notSupported`` if the MPI at hand has none: see
  ///   ``MPIEnvironment/Feature/partitionedCommunication``; ``ErrorClass/count`` if the elements can't be parted so;
  ///   ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range.
  public func partitionedReceive<Element: BitwiseCopyable>(
    _: Element.Type, count: Int, partitions: Int, from source: some MessageSource, tag: Int = 0,
    info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PartitionedReceive<Element> {
    let operation: StaticString = "partitionedReceive"
    try MPIEnvironment.require(.partitionedCommunication, operation)
    let rank = try communicator.rank(of: source, operation)
    try communicator.require(
      rank != CMPI_ANY_SOURCE, .rank, operation,
      "a message in partitions comes from a rank that is named, not from .any")
    try communicator.checkTag(tag, operation)
    try communicator.checkElement(Element.self, operation)
    try communicator.checkPartitions(count, partitions, operation)
    let memory = Memory<Element>(count: count)
    var begun = communicator.begin(operation, .receive, file, line)
    if rank != CMPI_PROC_NULL {
      let type = ElementType(Element.self)
      let units = MPI_Count(count / partitions * type.units)
      let code = try withInfo(info, operation) { info in
        begun.handles.keep(
          cmpi_precv_init(
            memory.start, CInt(partitions), units, type.datatype, rank, CInt(tag), communicator.rawValue, info,
            &begun.handles.next))
      }
      if code != 0 { throw communicator.failure(code: code, operation) }
    }
    return PartitionedReceive(Partitions(begun, memory, count: partitions))
  }
}
