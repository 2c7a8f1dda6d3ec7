// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase
import Synchronization

/// A thread that looks for calls that wait too long, in checked mode.
///
/// When one does, rank 0's thread asks those of the other ranks what they are in, prints the answers, and ends the job.
/// They talk on a communicator of their own, by calls of MPI that do not wait; so the thread level must be `multiple`.
/// If MPI does not give that, each rank prints its own line.
enum HangWatch {
  private static let isRunning = Atomic<Bool>(false)
  private static let state = Mutex(State())

  private struct State: @unchecked Sendable {
    var channel: MPI_Comm?
    var thread: Thread?
  }

  /// Where the thread watches from.
  private struct Place: @unchecked Sendable {
    /// What the ranks' threads talk on; nil if the thread level forbids it.
    var channel: MPI_Comm?
    var rank: Int
    var size: Int
  }

  private enum Tag {
    /// To rank 0: a call of mine waits too long.
    static let late: CInt = 1
    /// From rank 0: what are you in?
    static let question: CInt = 2
    /// To rank 0: that is what I am in.
    static let answer: CInt = 3
  }

  /// How long rank 0 waits for the others' answers, in seconds.
  private static let patience = 10.0

  /// Starts the thread. Called by every rank.
  static func begin() throws(MPIError) {
    var channel: MPI_Comm? = nil
    if MPIEnvironment.threadLevel == .multiple {
      channel = try makeChannel(of: CMPI_COMM_WORLD, "withMPI")
    }
    guard let world = Runtime.world else { return }
    isRunning.store(true, ordering: .relaxed)
    // The thread is given what it needs to know: it may run before this one goes on.
    let place = Place(channel: channel, rank: world.rank, size: world.size)
    let thread: Thread
    do throws(MPIError) {
      thread = try Thread { watch(from: place) }
    } catch {
      isRunning.store(false, ordering: .relaxed)
      throw error
    }
    state.withLock { $0 = State(channel: place.channel, thread: thread) }
  }

  /// Ends the thread. Every rank has come to the end.
  static func end() {
    guard isRunning.exchange(false, ordering: .relaxed) else { return }
    let ended = state.withLock { state in
      let ended = state
      state = State()
      return ended
    }
    ended.thread?.join()
    guard ended.channel != nil else { return }
    var handle = CMPI_COMM_NULL
    handle = ended.channel!
    MPI_Comm_free(&handle)
  }

  private static func watch(from own: Place) {
    let limit = CheckedMode.timeout
    var lateSince: Double? = nil
    while isRunning.load(ordering: .relaxed) {
      sleep(milliseconds: 20)
      let isLate = CallRecord.longestWait > limit
      guard let channel = own.channel else {
        if isLate { endAlone(own) }
        continue
      }
      if own.rank == 0 {
        if isLate || take(Tag.late, channel) != nil { endAll(own, channel) }
        continue
      }
      if take(Tag.question, channel) != nil { send(CallRecord.text, Tag.answer, channel) }
      if isLate && lateSince == nil {
        lateSince = MPI_Wtime()
        send("", Tag.late, channel)
      }
      // Rank 0 may not be there any more to end the job.
      if let lateSince, isLate, MPI_Wtime() - lateSince > 3 * patience { endAlone(own) }
      if !isLate { lateSince = nil }
    }
  }

  /// Asks every rank which call it is in, prints it, and ends the job.
  private static func endAll(_ own: Place, _ channel: MPI_Comm) -> Never {
    var texts: [String?] = Array(repeating: nil, count: own.size)
    texts[0] = CallRecord.text
    for rank in 1..<max(own.size, 1) { send("", Tag.question, channel, to: CInt(rank)) }
    let end = MPI_Wtime() + patience
    while texts.contains(where: { $0 == nil }), MPI_Wtime() < end {
      if let (rank, text) = take(Tag.answer, channel) { texts[rank] = text } else { sleep(milliseconds: 1) }
    }
    let lines = texts.enumerated().map { "  rank \($0): \($1 ?? "no answer")" }
    writeToStandardError(
      (["MPI_CHECK: a call has waited for more than \(CheckedMode.timeout) s (MPI_CHECK_TIMEOUT), and the job ends."]
        + lines).joined(separator: "\n"))
    Lifetime.abort(status: 1)
  }

  /// Prints which call this rank is in, and ends the job.
  private static func endAlone(_ own: Place) -> Never {
    writeToStandardError(
      """
      MPI_CHECK: a call has waited for more than \(CheckedMode.timeout) s (MPI_CHECK_TIMEOUT), and the job ends.
        rank \(own.rank): \(CallRecord.text)
      """)
    endProcess(status: 1)
  }

  private static func send(_ text: String, _ tag: CInt, _ channel: MPI_Comm, to rank: CInt = 0) {
    // As much as every MPI sends at once. It is not waited for: the process ends soon or forgets it.
    let bytes = Array(text.utf8.prefix(1000))
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(bytes.count, 1))
    memory.initialize(from: bytes, count: bytes.count)
    var request = CMPI_REQUEST_NULL
    MPI_Isend(memory, CInt(bytes.count), CMPI_BYTE, rank, tag, channel, &request)
    if request != CMPI_REQUEST_NULL { MPI_Request_free(&request) }
  }

  /// A message that has come, if one has.
  private static func take(_ tag: CInt, _ channel: MPI_Comm) -> (rank: Int, text: String)? {
    var flag: CInt = 0
    var status = Status()
    guard MPI_Iprobe(CMPI_ANY_SOURCE, tag, channel, &flag, &status.value) == 0, flag != 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: status.byteCount)
    let source = status.value.MPI_SOURCE
    guard MPI_Recv(&bytes, CInt(bytes.count), CMPI_BYTE, source, tag, channel, CMPI_STATUS_IGNORE) == 0 else {
      return nil
    }
    return (Int(source), String(decoding: bytes, as: UTF8.self))
  }
}
