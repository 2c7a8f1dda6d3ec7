// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

/// What a partitioned send and a partitioned receive have in common: the memory, its partitions, and the request.
///
/// Any thread may use it at any time, so what changes is behind a lock. MPI is called outside of it.
final class Partitions<Element: BitwiseCopyable>: @unchecked Sendable {
  /// What is known of a partition of a send.
  enum Mark {
    /// It may be written to.
    case open
    /// A thread writes to it now.
    case isWritten
    /// The program has marked it as ready.
    case ready
  }

  private struct State {
    var isInFlight = false
    var marks: [Mark]
    var status = Status()
  }

  /// Of one handle, which stays the same from start to start; or of none, if the other side is no rank.
  private let begun: Begun
  let memory: Memory<Element>
  let count: Int
  private let state: Mutex<State>

  init(_ begun: consuming Begun, _ memory: Memory<Element>, count: Int) {
    begun.watch("partitioned request")
    self.begun = begun
    self.memory = memory
    self.count = count
    state = Mutex(State(marks: Array(repeating: .open, count: count)))
  }

  deinit {
    begun.unwatch()
    guard let handle else { return }
    let open = begun.kind == .send && isInFlight ? indices(where: { $0 != .ready }) : []
    Runtime.release(.underWay(AbandonedPartitions(handle, memory, notReady: open, isInFlight: isInFlight)))
  }

  /// The request; nil if the other side is no rank, and nothing is to be done.
  var handle: MPI_Request? { begun.handles.count == 0 ? nil : unwrapped(begun.handles.first) }

  var isInFlight: Bool { state.withLock { $0.isInFlight } }

  var partitionLength: Int { memory.count / count }

  /// The memory of one partition.
  func elements(of partition: Int) -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(
      rebasing: memory.buffer[partition * partitionLength..<(partition + 1) * partitionLength])
  }

  // MARK: Start and end

  func start(_ file: StaticString, _ line: Int) throws(MPIError) {
    let count = count
    let wasInFlight = state.withLock { state in
      if state.isInFlight { return true }
      let isWritten = state.marks.contains { $0 == .isWritten }
      if !isWritten { state = State(isInFlight: true, marks: Array(repeating: .open, count: count)) }
      return isWritten
    }
    try require(!wasInFlight, .request, "it is in flight or being written to: wait before it is started again")
    guard begun.handles.count > 0 else { return }
    begun.communicator.enter(begun.operation, file, line)
    var handle = begun.handles.first
    let code = MPI_Start(&handle)
    if code != 0 { state.withLock { $0.isInFlight = false } }
    try check(code)
  }

  func wait(_ file: StaticString, _ line: Int) throws(MPIError) -> Status {
    if isInFlight {
      let missing = begun.kind == .send ? indices(where: { $0 != .ready }) : []
      try require(
        missing.isEmpty, .request,
        "partitions \(missing.prefix(8)) were not marked ready, so it would wait for ever: mark all, then wait")
      var status = Status()
      if begun.handles.count > 0 {
        var handle = begun.handles.first
        begun.communicator.enter(begun.operation, file, line)
        let code = MPI_Wait(&handle, &status.value)
        if code != 0 { ended(status) }
        try check(code)
      }
      ended(status)
    }
    return state.withLock { $0.status }
  }

  func test() throws(MPIError) -> Bool {
    guard isInFlight else { return true }
    // Some MPIs take it for over as soon as what was marked has gone.
    if begun.kind == .send && !indices(where: { $0 != .ready }).isEmpty { return false }
    var status = Status()
    if begun.handles.count > 0 {
      var handle = begun.handles.first
      var flag: CInt = 0
      let code = MPI_Test(&handle, &flag, &status.value)
      if code != 0 {
        ended(status)
        throw begun.communicator.failure(code: code, begun.operation)
      }
      if flag == 0 { return false }
    }
    ended(status)
    return true
  }

  private func ended(_ status: Status) {
    state.withLock { ($0.isInFlight, $0.status) = (false, status) }
  }

  // MARK: Partitions

  /// Changes the mark of partitions that have one mark to another.
  ///
  /// - Returns: the first that has not; nil if all are changed.
  func mark(_ partitions: some Sequence<Int>, from old: Mark, to new: Mark) -> Int? {
    state.withLock { state in
      if let wrong = partitions.first(where: { state.marks[$0] != old }) { return wrong }
      for partition in partitions { state.marks[partition] = new }
      return nil
    }
  }

  func indices(where condition: (Mark) -> Bool) -> [Int] {
    state.withLock { state in state.marks.indices.filter { condition(state.marks[$0]) } }
  }

  func checkPartition(_ partition: Int) throws(MPIError) {
    try require(
      (0..<count).contains(partition), .argument,
      "partition \(partition) is out of range: there are 0 to \(count - 1)")
  }

  func require(_ condition: Bool, _ errorClass: ErrorClass, _ text: @autoclosure () -> String) throws(MPIError) {
    try begun.communicator.require(condition, errorClass, begun.operation, text())
  }

  func check(_ code: CInt) throws(MPIError) { try begun.communicator.check(code, begun.operation) }
}

extension Communicator {
  /// Throws unless what a partitioned operation is given is right.
  func checkPartitions(_ count: Int, _ partitions: Int, _ operation: StaticString) throws(MPIError) {
    try require(count >= 0, .count, operation, "count \(count) is below 0")
    try require(
      partitions > 0 && partitions <= Int(CInt.max), .argument, operation,
      "\(partitions) partitions: there must be 1 at least, and no more than \(CInt.max)")
    try require(
      count % partitions == 0, .count, operation,
      "\(count) elements can't be parted into \(partitions) partitions of the same length")
  }
}

/// A partitioned request that is no longer held, and which may be in flight.
private final class AbandonedPartitions: Abandoned {
  private var handle = CMPI_REQUEST_NULL
  private let memory: Any
  private var notReady: [CInt]
  private var isInFlight: Bool

  init(_ handle: MPI_Request, _ memory: Any, notReady: [Int], isInFlight: Bool) {
    self.handle = handle
    self.memory = memory
    self.notReady = notReady.map { CInt($0) }
    self.isInFlight = isInFlight
  }

  func isOver() -> Bool {
    // Else it is never over, and the receiver waits.
    if !notReady.isEmpty { _ = cmpi_pready_list(CInt(notReady.count), notReady, unwrapped(handle)) }
    notReady = []
    if isInFlight {
      var flag: CInt = 0
      let code = MPI_Test(&handle, &flag, CMPI_STATUS_IGNORE)
      if code == 0 && flag == 0 { return false }
    }
    isInFlight = false
    if handle != CMPI_REQUEST_NULL { MPI_Request_free(&handle) }
    return true
  }
}
