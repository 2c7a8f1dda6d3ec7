// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

extension Communicator {
  /// A communicator of the same ranks, whose messages never meet this one's. A library takes one for itself.
  ///
  /// Collective.
  ///
  /// C: `MPI_Comm_dup`. MPI-3.1, section 6.4.2.
  ///
  /// - Throws: ``ErrorClass/other`` on every rank if one of them can make no further communicator; else what MPI
  ///   reports.
  public func duplicate(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Communicator {
    try enterCollective("duplicate", Never.self, file, line)
    try prepare("duplicate")
    var handle = CMPI_COMM_NULL
    try check(MPI_Comm_dup(rawValue, &handle), "duplicate")
    return try Communicator(unwrapped(handle), ownership: .owned, "duplicate", CallSite(file, line))
  }
}

extension Communicator {
  /// A communicator of the same ranks with hints to MPI of its own, instead of this one's.
  ///
  /// Collective, with the same hints on every rank.
  ///
  /// C: `MPI_Comm_dup_with_info`. MPI-3.1, section 6.4.2.
  ///
  /// - Parameter info: the hints, the same on every rank. MPI takes those that it knows.
  /// - Throws: ``ErrorClass/infoKey`` or ``ErrorClass/infoValue`` for an entry that MPI can't take.
  public final func duplicate(
    info: [String: String], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Communicator {
    try enterCollective("duplicate", Never.self, file, line)
    try prepare("duplicate") { () throws(MPIError) in _ = try withInfo(info, "duplicate") { _ in 0 } }
    var handle = CMPI_COMM_NULL
    try check(withInfo(info, "duplicate") { MPI_Comm_dup_with_info(rawValue, $0, &handle) }, "duplicate")
    return try Communicator(unwrapped(handle), ownership: .owned, "duplicate", CallSite(file, line))
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to make a communicator of the same ranks, whose messages never meet this one's.
  ///
  /// Collective. One that is dropped before it has completed is freed when it is.
  ///
  /// > Important: With Open MPI 4.1, wait for it before another communicator is made of the same ranks, by whatever call:
  /// > else that call may never end. Several of these at once are all right.
  ///
  /// C: `MPI_Comm_idup`. MPI-3.1, section 6.4.2.
  ///
  /// - Throws: ``ErrorClass/other`` if this rank can make no further communicator; else what MPI reports.
  public func duplicate(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Request<Communicator> {
    if let obstacle = CommunicatorRoom.obstacle() { throw communicator.failure(.other, "duplicate", obstacle) }
    var begun = try communicator.beginCollective("duplicate", Never.self, file, line)
    let made = HandleToCome()
    let code = begun.handles.keep(MPI_Comm_idup(communicator.rawValue, made.place, &begun.handles.next))
    return try begun.request(code) { (_, _) throws(MPIError) in
      // Not all ranks wait for it at the same time.
      try Communicator(made.taken(), ownership: .owned, "duplicate", CallSite(file, line), isCollective: false)
    }
  }
}

/// Where MPI puts a communicator that is being made; frees it if it was not taken.
private final class HandleToCome {
  /// How many are waited for, by requests or without result.
  static let count = Atomic<Int>(0)

  let place = memory(for: CMPI_COMM_NULL)

  init() { Self.count.add(1, ordering: .relaxed) }

  func taken() -> MPI_Comm {
    let handle = place.pointee
    place.pointee = CMPI_COMM_NULL
    return unwrapped(handle)
  }

  deinit {
    if place.pointee != CMPI_COMM_NULL { Runtime.release(.communicator(unwrapped(place.pointee))) }
    place.deallocate()
    Self.count.subtract(1, ordering: .relaxed)
  }
}

extension Runtime {
  /// Waits for communicators that were begun and dropped: see `Fault.duplicateOutlivesMPI`.
  static func waitForDuplicates() {
    let end = MPI_Wtime() + 5
    while HandleToCome.count.load(ordering: .relaxed) > 0, MPI_Wtime() < end { releaseWaiting() }
  }
}

/// Memory that holds a value. Its type is that of MPI's out-parameter, which differs from one MPI to the next.
private func memory<Value: BitwiseCopyable>(for value: Value) -> UnsafeMutablePointer<Value> {
  let place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
  place.initialize(to: value)
  return place
}
