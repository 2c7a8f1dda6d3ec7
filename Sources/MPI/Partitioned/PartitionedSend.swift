// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// A message that is sent in partitions, each as soon as it is ready, by any thread; made once and started many times.
///
/// ```swift
/// let edge = try world.persistent.partitionedSend([Double](repeating: 0, count: 1000), partitions: 8, to: right)
/// for step in 0..<100 {
///   try edge.start()
///   try concurrently(0..<8) { partition in
///     try edge.write(partition) { elements in compute(&elements, step) }
///     try edge.markReady(partition)
///   }
///   try edge.wait()
/// }
/// ```
///
/// It holds the memory. A partition is written to until it is marked ready; then it belongs to MPI until
/// ``wait(file:line:)`` or ``test()`` reports that all have completed. The receiver is a ``PartitionedReceive`` of as
/// many elements, in as many partitions or in others.
///
/// Threads other than the main one may mark partitions if `withMPI(threads:)` allows them to call MPI.
///
/// One that is dropped while it is in flight sends what its memory holds.
///
/// > Important: Open MPI 5.0 arranges a partitioned message by messages of its own on the same communicator with the same
/// > tag, which another receive can take. Use a tag that no other receive there takes, or a
/// > ``Communicator/duplicate(file:line:)``.
///
/// C: `MPI_Request`, made by `MPI_Psend_init`. MPI-4.0, section 4.2.
public final class PartitionedSend<Element: BitwiseCopyable>: Sendable {
  private let partitions: Partitions<Element>

  fileprivate init(_ partitions: Partitions<Element>) { self.partitions = partitions }

  /// The number of partitions.
  public var partitionCount: Int { partitions.count }

  /// The number of elements in a partition.
  public var partitionLength: Int { partitions.partitionLength }

  /// Whether it was started and is not known to have completed.
  public var isInFlight: Bool { partitions.isInFlight }

  /// Starts it: from now on partitions can be marked ready.
  ///
  /// C: `MPI_Start`. MPI-4.0, section 4.2.
  ///
  /// - Throws: ``ErrorClass/request`` if it is in flight.
  public func start(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    try partitions.start(file, line)
  }

  /// Writes the elements of a partition, which hold what was last written: before a start, or after one until it is
  /// ready.
  ///
  /// - Parameters:
  ///   - partition: its number, from 0 on.
  ///   - body: given ``partitionLength`` elements.
  /// - Returns: what the body returns.
  /// - Throws: ``ErrorClass/argument`` for a partition that there is not; ``ErrorClass/request`` for one that is ready
  ///   and belongs to MPI, or that another thread writes to; and what the body throws.
  public func write<Result>(
    _ partition: Int, _ body: (inout MutableSpan<Element>) throws -> Result
  ) throws -> Result {
    try partitions.checkPartition(partition)
    let isReady = partitions.isInFlight ? "was marked ready, or " : ""
    // After the end of one run and before the next start, all are open again.
    if !partitions.isInFlight { _ = partitions.mark([partition], from: .ready, to: .open) }
    let refused = partitions.mark([partition], from: .open, to: .isWritten)
    try partitions.require(refused == nil, .request, "partition \(partition) \(isReady)is being written to")
    defer { _ = partitions.mark([partition], from: .isWritten, to: .open) }
    var span = partitions.elements(of: partition).mutableSpan
    return try body(&span)
  }

  /// Marks a partition as written: it may be sent.
  ///
  /// C: `MPI_Pready`. MPI-4.0, section 4.2.
  ///
  /// - Parameter partition: its number, from 0 on.
  /// - Throws: ``ErrorClass/argument`` for a partition that there is not; ``ErrorClass/request`` if it is not in
  ///   flight, or the partition was marked before or is being written to.
  public func markReady(_ partition: Int) throws(MPIError) {
    try partitions.checkPartition(partition)
    try markReady(partition..<partition + 1)
  }

  /// Marks the partitions of a range as written: they may be sent.
  ///
  /// C: `MPI_Pready_range`. MPI-4.0, section 4.2.
  ///
  /// - Parameter range: their numbers.
  /// - Throws: as for one; then none of them is marked.
  public func markReady(_ range: Range<Int>) throws(MPIError) {
    try markReady(all: range) { cmpi_pready_range(CInt(range.lowerBound), CInt(range.upperBound - 1), $0) }
  }

  /// Marks some partitions as written: they may be sent.
  ///
  /// C: `MPI_Pready_list`. MPI-4.0, section 4.2.
  ///
  /// - Parameter list: their numbers, none of them twice.
  /// - Throws: as for one; then none of them is marked.
  public func markReady(_ list: [Int]) throws(MPIError) {
    try partitions.require(Set(list).count == list.count, .argument, "a partition is given twice")
    try markReady(all: list) { cmpi_pready_list(CInt(list.count), list.map { CInt($0) }, $0) }
  }

  private func markReady(all numbers: some Collection<Int>, _ call: (MPI_Request) -> CInt) throws(MPIError) {
    if let first = numbers.min(), let last = numbers.max() {
      try partitions.checkPartition(first)
      try partitions.checkPartition(last)
    }
    try partitions.require(partitions.isInFlight, .request, "it is not in flight: start it, then mark partitions")
    let refused = partitions.mark(numbers, from: .open, to: .ready)
    try partitions.require(
      refused == nil, .request, "partition \(refused ?? 0) was marked before, or is being written to")
    if let handle = partitions.handle, !numbers.isEmpty { try check(call(handle)) }
  }

  private func check(_ code: CInt) throws(MPIError) { try partitions.check(code) }

  /// Waits until all partitions have gone. At once, if it is not in flight.
  ///
  /// C: `MPI_Wait`. MPI-4.0, section 4.2.
  ///
  /// - Throws: ``ErrorClass/request`` if a partition was not marked ready, for then it would wait forever.
  public func wait(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    _ = try partitions.wait(file, line)
  }

  /// Whether all partitions have gone, without waiting. It lets MPI do some work.
  ///
  /// C: `MPI_Test`. MPI-4.0, section 4.2.
  ///
  /// - Throws: what MPI reports.
  public func test() throws(MPIError) -> Bool { try partitions.test() }
}

extension Persistent where Base: Communicator {
  /// Makes ready to send elements in partitions.
  ///
  /// C: `MPI_Psend_init`. MPI-4.0, section 4.2.1.
  ///
  /// - Parameters:
  ///   - elements: what is sent if nothing else is written. They are copied.
  ///   - partitions: how many parts of the same length they are sent in.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``. A partitioned message is received by a partitioned receive alone.
  ///   - info: hints to MPI.
  /// - Throws: ``ErrorClass/notSupported`` if the MPI at hand has none: see
  ///   ``MPIEnvironment/Feature/partitionedCommunication``; ``ErrorClass/count`` if the elements can't be parted so;
  ///   ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range.
  public func partitionedSend<Element: BitwiseCopyable>(
    _ elements: [Element], partitions: Int, to destination: some MessageDestination, tag: Int = 0,
    info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PartitionedSend<Element> {
    let operation: StaticString = "partitionedSend"
    try MPIEnvironment.require(.partitionedCommunication, operation)
    let rank = try communicator.rank(of: destination, operation)
    try communicator.checkTag(tag, operation)
    try communicator.checkElement(Element.self, operation)
    try communicator.checkPartitions(elements.count, partitions, operation)
    let memory = Memory(elements)
    var begun = communicator.begin(operation, .send, file, line)
    if rank != CMPI_PROC_NULL {
      let type = ElementType(Element.self)
      let units = MPI_Count(elements.count / partitions * type.units)
      let code = try withInfo(info, operation) { info in
        begun.handles.keep(
          cmpi_psend_init(
            memory.start, CInt(partitions), units, type.datatype, rank, CInt(tag), communicator.rawValue, info,
            &begun.handles.next))
      }
      if code != 0 { throw communicator.failure(code: code, operation) }
    }
    return PartitionedSend(Partitions(begun, memory, count: partitions))
  }
}
