// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase

/// How a job ends when a rank throws: one message, a nonzero status, and no rank left hanging.
enum JobFailure {
  /// For how long a failing rank looks for notices of others before it prints its error, in seconds.
  private static let attention = 0.25
  /// For how long a rank that has failed waits for the others to come to their ends, in seconds.
  static let grace = 0.5
  /// For how long a rank that leaves the message to another one waits to be ended.
  private static let patience = 5.0

  /// Prints what happened and ends every rank.
  ///
  /// Often several ranks throw at once, and for the same reason. So a failing rank first notifies the others, on a
  /// communicator that nothing else uses. A rank that was notified prints nothing; of those that throw at the same
  /// moment, the lowest rank prints.
  ///
  /// If all ranks come to their ends, by an error or without, they finalize, and the status of those that failed is the
  /// job's: no launcher has to kill anything. Ranks that do not come compute, or wait in a call of their own, and
  /// `MPI_Abort` ends them. Those that are at their ends wait meanwhile: see `Fault.abortsOfSeveralHangTheLauncher`.
  static func end(with error: any Error) -> Never {
    flushStandardStreams()
    if let timeUp = error as? JobTimeUp { endInTime(timeUp) }
    guard let channel = Runtime.failureChannel, let world = Runtime.world else {
      // Of sessions alone, the launcher ends the other processes when it sees how this one ended.
      writeToStandardError(message(error))
      Lifetime.finalize()
      endProcess(status: 1)
    }
    // Else no message arrives any more after a rank has failed.
    if Runtime.survivesFailures { _ = cmpi_comm_failure_ack(channel) }
    if mustSpeak(world, channel) {
      writeToStandardError(message(error))
      if Lifetime.waitForAll(limit: grace) { leave() }
    } else {
      if Lifetime.waitForAll(limit: patience) { leave() }
      writeToStandardError(message(error))
    }
    Lifetime.abort(status: 1)
  }

  /// Ends the job because its time is up. Ranks that save what they have may take the time that is left.
  private static func endInTime(_ timeUp: JobTimeUp) -> Never {
    let limit = MPI_Wtime() + timeUp.grace
    if let channel = Runtime.failureChannel, let world = Runtime.world {
      if Runtime.survivesFailures { _ = cmpi_comm_failure_ack(channel) }
      if mustSpeak(world, channel, .timeUp) { writeToStandardError("\(timeUp)") }
      guard Lifetime.waitForAll(limit: max(grace, limit - MPI_Wtime())) else {
        Lifetime.abort(status: JobTimeUp.status)
      }
    } else {
      writeToStandardError("\(timeUp)")
    }
    leave(status: JobTimeUp.status)
  }

  /// Ends this process as one of many that end.
  private static func leave(status: Int32 = 1) -> Never {
    Lifetime.finalize()
    endProcess(status: status)
  }

  /// What a notice is about, as its tag. That time is up silences no error.
  private enum Notice: CInt {
    case failure = 0
    case timeUp = 1
  }

  /// Notifies the others that this rank has failed.
  ///
  /// - Returns: whether this rank is the one that prints its error.
  private static func mustSpeak(_ world: Communicator, _ channel: MPI_Comm, _ notice: Notice = .failure) -> Bool {
    if heardFrom(below: world.size, on: channel, notice) { return false }
    tellOthers(of: world, on: channel, notice)
    let end = MPI_Wtime() + (world.rank == 0 ? 0 : attention)
    while MPI_Wtime() < end {
      if heardFrom(below: world.rank, on: channel, notice) { return false }
      sleep(milliseconds: 1)
    }
    return true
  }

  /// Rank, host and error, in one line as far as the error is one.
  static func message(_ error: any Error) -> String { "\(prefix): \(error)" }

  /// How a line about a failure begins.
  static var prefix: String { "error\(place.map { " on \($0)" } ?? "")" }

  /// Which rank this is, on which host; nil if that is not known.
  static var place: String? {
    let launch = Launch.current
    guard let rank = Runtime.world?.rank ?? launch?.rank, let size = Runtime.world?.size ?? launch?.size else {
      return nil
    }
    return "rank \(rank) of \(size) (\(MPIEnvironment.processorName))"
  }

  /// Sends a notice to the ranks nearby, and to those 64, 128, 256… away: every rank of a small job, and in a large one
  /// not so many that the notices themselves become a burden.
  private static func tellOthers(of world: Communicator, on channel: MPI_Comm, _ notice: Notice) {
    for distance in 1..<max(world.size, 2) where distance < 64 || distance & (distance - 1) == 0 {
      for rank in [world.rank - distance, world.rank + distance] where (0..<world.size).contains(rank) {
        var request = CMPI_REQUEST_NULL
        MPI_Isend(nil, 0, CMPI_BYTE, CInt(rank), notice.rawValue, channel, &request)
        // Never waited for: the message is empty, and the process ends soon.
        if request != CMPI_REQUEST_NULL { MPI_Request_free(&request) }
      }
    }
  }

  /// Whether a notice of a rank below `limit` has arrived. Takes all that have.
  private static func heardFrom(below limit: Int, on channel: MPI_Comm, _ notice: Notice) -> Bool {
    var heard = false
    while true {
      var flag: CInt = 0
      var status = MPI_Status()
      guard MPI_Iprobe(CMPI_ANY_SOURCE, notice.rawValue, channel, &flag, &status) == 0, flag != 0 else { return heard }
      MPI_Recv(nil, 0, CMPI_BYTE, status.MPI_SOURCE, notice.rawValue, channel, CMPI_STATUS_IGNORE)
      if Int(status.MPI_SOURCE) < limit { heard = true }
    }
  }
}
