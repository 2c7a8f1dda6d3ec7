// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Nonblocking where Base == InterCommunicator {
  /// Begins a barrier: the request completes when every rank of the remote group has called it.
  ///
  /// C: `MPI_Ibarrier`. MPI-3.1, section 5.12.1.
  ///
  /// - Throws: ``ErrorClass/communicator`` after ``InterCommunicator/disconnect(file:line:)``; else what MPI reports.
  public func barrier(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Request<Void> {
    try base.connected("barrier").nonblocking.barrier(file: file, line: line)
  }
}

extension InterCommunicator {
  /// Throws unless there is a count of 0 or more for each remote rank.
  func checkRemoteCounts(_ counts: [Int], _ operation: StaticString) throws(MPIError) {
    let core = try connected(operation)
    try core.require(
      counts.count == remoteSize, .count, operation,
      "counts has \(counts.count) entries and must have one for each of \(remoteSize) remote ranks")
    var total = 0
    for (rank, count) in counts.enumerated() {
      let (sum, overflow) = total.addingReportingOverflow(count)
      try core.require(
        count >= 0 && !overflow, .count, operation,
        "counts[\(rank)] is \(count): it must be 0 or more, and so must the sum")
      total = sum
    }
  }

  /// Begins to send a part to every remote rank and to receive one from each, of any lengths.
  ///
  /// C: `MPI_Ialltoallw`. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - counts: how many of the elements go to each.
  ///   - incoming: how many come from each.
  ///   - isShared: whether all get the same elements.
  ///   - finish: makes the output of what came.
  func exchange<Element: BitwiseCopyable, Output>(
    _ begun: consuming Begun, _ elements: [Element], _ counts: [Int], _ incoming: [Int], isShared: Bool = false,
    finish: @escaping ([Element]) -> Output
  ) throws(MPIError) -> Request<Output> {
    let core = begun.communicator
    try core.checkElement(Element.self, begun.operation)
    let plan = Kept()
    return try begun.request(reading: elements, filling: incoming.reduce(0, +), keeping: plan) { out, into, handles in
      let type = ElementType(Element.self)
      let parts = ExchangePlan(
        send: Parts(start: UnsafeMutableRawPointer(mutating: out), counts: counts, type: type, isShared: isShared),
        receive: Parts(start: into, counts: incoming, type: type))
      return plan.keep((parts.start(.now, on: core, &handles), parts))
    } finish: {
      finish($0)
    }
  }
}
