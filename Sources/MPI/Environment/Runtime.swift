// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase
import Synchronization

/// The library's one piece of global state: what lives from the start of MPI to its end.
package enum Runtime {
  /// What MPI made for us and we must give back.
  ///
  /// Handles may move between threads; MPI's thread level decides which thread may call MPI with them, and when.
  enum Resource: @unchecked Sendable {
    case communicator(MPI_Comm)
    case group(MPI_Group)
    /// That of an ``OwnedDatatype``, which alone may release it.
    case datatype(MPI_Datatype)
    case keyval(CInt)
    case underWay(any Abandoned)
  }

  /// What is taken out of the lock.
  private struct Copy: @unchecked Sendable {
    var value: MPI_Comm?
  }

  /// A session that is open.
  struct OpenSession: Sendable, Hashable {
    var level: ThreadLevel
    /// The thread that began it.
    var thread: UInt
  }

  private struct State: @unchecked Sendable {
    var world: Communicator?
    var itself: Communicator?
    /// The processes that started this one's world, until it is disconnected from them.
    var parent: InterCommunicator?
    /// A duplicate of the world on which failing ranks notify each other, so that only one prints.
    var failureChannel: MPI_Comm?
    /// What to give back as soon as a thread comes by that may call MPI.
    var toRelease: [Resource] = []
    /// How many there may be before they are looked at.
    var lookAt = Runtime.fewToRelease
    /// The datatypes that are owned. Those of constants are left when MPI ends.
    var datatypes: Set<MPI_Datatype> = []
    /// The sessions that are open, the outermost first.
    var sessions: [OpenSession] = []
    /// Whether MPI has run, by a session, and runs no more.
    var hasEnded = false
  }

  private static let state = Mutex(State())

  /// Throws if MPI has run and ended: what it had made (operations, datatypes, what a program still holds) is gone
  /// then, and some MPIs crash at a second start.
  static func refuseAfterTheEnd(_ operation: StaticString) throws(MPIError) {
    guard !MPIEnvironment.isFinalized, !state.withLock({ $0.hasEnded }) else {
      throw MPIError(
        .environment, "MPI was started and ended before in this process, and can't be started again",
        operation: "\(operation)")
    }
  }

  /// Makes the communicators that a running MPI always has.
  static func adopt(isOurs: Bool) throws(MPIError) {
    guard state.withLock({ $0.world == nil }) else { return }
    let world = try Communicator(CMPI_COMM_WORLD, ownership: .predefined)
    let itself = try Communicator(CMPI_COMM_SELF, ownership: .predefined)
    var channel: MPI_Comm? = nil
    if isOurs && world.size > 1 {
      var duplicate = CMPI_COMM_NULL
      try check(MPI_Comm_dup(CMPI_COMM_WORLD, &duplicate), "withMPI")
      channel = unwrapped(duplicate)
    }
    let parent = try InterCommunicator.parent(of: world)
    let made = State(world: world, itself: itself, parent: parent, failureChannel: channel)
    state.withLock {
      ($0.world, $0.itself, $0.parent, $0.failureChannel) = (made.world, made.itself, made.parent, made.failureChannel)
    }
  }

  /// Gives back all that is left, before MPI ends.
  static func releaseAll() {
    // Attributes of these go while MPI still runs: what they hold may have to call it.
    if let world { releaseAttributes(of: world) }
    if let itself { releaseAttributes(of: itself) }
    releaseWaiting()
    waitForDuplicates()
    if let channel = failureChannel {
      free(.communicator(channel))
    }
    // What is still in flight, of requests that were dropped, keeps its memory. What goes with it gives back more,
    // which takes the lock.
    let old = state.withLock { state in
      let old = state
      state = State(toRelease: state.toRelease, datatypes: state.datatypes, sessions: state.sessions)
      return old
    }
    withExtendedLifetime(old) {}
    for datatype in state.withLock({ $0.datatypes.map { Resource.datatype($0) } }) { free(datatype) }
    flushStandardStreams()
  }

  /// Notes that a session was begun.
  static func beginSession(_ session: OpenSession) {
    state.withLock { $0.sessions.append(session) }
  }

  /// Throws if MPI has run and ended in this process.
  ///
  /// - Returns: whether nothing of MPI runs yet, and so the end of the session is the end of all.
  static func willBeginSession() throws(MPIError) -> Bool {
    try refuseAfterTheEnd("withSession")
    let isOutermost = !MPIEnvironment.isRunning
    if isOutermost {
      try CheckedMode.configure()
      Lifetime.prepareProcess()
    }
    return isOutermost
  }

  /// Ends a session: gives back what other threads left while that can be done, and calls `finalize`.
  static func endSession(_ finalize: () -> CInt) -> CInt {
    releaseWaiting()
    flushStandardStreams()
    let code = finalize()
    let hasWorld = MPIEnvironment.hasWorld
    state.withLock { state in
      state.sessions.removeLast()
      state.hasEnded = !hasWorld && state.sessions.isEmpty
    }
    return code
  }

  /// Whether a session is open.
  static var hasSession: Bool { state.withLock { !$0.sessions.isEmpty } }

  /// The least thread level of the sessions that are open; nil if there is none.
  static var threadLevelOfSessions: ThreadLevel? { state.withLock { $0.sessions.map(\.level).min() } }

  /// Whether this MPI, as it was launched, lets the job go on when a rank has failed.
  static var survivesFailures: Bool { MPIEnvironment.hasWorld && cmpi_survives_failures(CMPI_COMM_WORLD) != 0 }

  static var world: Communicator? { state.withLock { $0.world } }
  static var itself: Communicator? { state.withLock { $0.itself } }
  static var parent: InterCommunicator? { state.withLock { $0.parent } }

  /// Notes that this process's world is disconnected from the processes that started it.
  static func forgetParent(_ parent: InterCommunicator) {
    state.withLock { if $0.parent === parent { $0.parent = nil } }
  }

  static var failureChannel: MPI_Comm? {
    state.withLock { Copy(value: $0.failureChannel) }.value
  }

  /// Notes a datatype that is given back later: when its owner goes, or as MPI ends.
  static func keep(_ datatype: OwnedDatatype) {
    state.withLock { _ = $0.datatypes.insert(datatype.handle) }
  }

  /// How many datatypes are owned.
  static var datatypeCount: Int { state.withLock { $0.datatypes.count } }

  /// Gives a resource back: now if this thread may call MPI, else when one comes by that may; never after the end.
  ///
  /// A `deinit` runs on whatever thread drops the last reference, which need not be one that MPI allows.
  static func release(_ resource: Resource) {
    guard MPIEnvironment.isRunning else { return }
    guard thisThreadMayCall else {
      state.withLock { $0.toRelease.append(resource) }
      return
    }
    free(resource)
    // Of requests that were dropped, most have completed some time later. They are looked at when there are twice as
    // many as were left the last time, so that this costs little, however many there are.
    let isMany = state.withLock { state in
      guard state.toRelease.count >= state.lookAt else { return false }
      state.lookAt = .max
      return true
    }
    guard isMany else { return }
    releaseWaiting()
    state.withLock { $0.lookAt = max(2 * $0.toRelease.count, fewToRelease) }
  }

  /// So many requests that were dropped are no burden.
  private static let fewToRelease = 256

  /// Gives back what other threads left.
  static func releaseWaiting() {
    let waiting = state.withLock { state in
      let waiting = state.toRelease
      state.toRelease = []
      return waiting
    }
    for resource in waiting { free(resource) }
  }

  /// Throws if this thread may not call MPI.
  static func requireCallsHere(_ operation: StaticString) throws(MPIError) {
    switch MPIEnvironment.threadLevel {
    case .multiple, .serialized: return
    default:
      guard thisThreadMayCall else {
        throw MPIError(
          .environment, "this thread may not call MPI: a task runs on any thread, so say withMPI(threads: .multiple)",
          operation: "\(operation)")
      }
    }
  }

  /// Whether this thread may call MPI, if no other thread is in a call.
  static var mayCallHere: Bool { MPIEnvironment.threadLevel == .serialized || thisThreadMayCall }

  /// Whether a call of MPI that the program did not ask for is allowed here and now.
  private static var thisThreadMayCall: Bool {
    switch MPIEnvironment.threadLevel {
    case .multiple: return true
    case .serialized, nil: return false  // another thread may be in a call at this moment
    case .single, .funneled:
      guard MPIEnvironment.hasWorld else {
        return state.withLock { $0.sessions.first?.thread } == threadIdentifier()
      }
      var isMain: CInt = 0
      return MPI_Is_thread_main(&isMain) == 0 && isMain != 0
    }
  }

  private static func free(_ resource: Resource) {
    switch resource {
    case .communicator(let handle):
      var variable = CMPI_COMM_NULL
      variable = handle
      MPI_Comm_free(&variable)
    case .group(let handle):
      var variable = CMPI_GROUP_NULL
      variable = handle
      MPI_Group_free(&variable)
    case .datatype(let handle): if state.withLock({ $0.datatypes.remove(handle) != nil }) { MPI.free(handle) }
    case .keyval(let key): freeKeyval(key)
    case .underWay(let what): if !what.isOver() { state.withLock { $0.toRelease.append(resource) } }
    }
  }
}
