import CMPI

/// How a job ends when a rank throws: one message, a nonzero status, and no rank left hanging.
enum JobFailure {
  /// How long a failing rank listens for others before it speaks, in seconds.
  private static let grace = 0.25
  /// How long a rank that leaves the speaking to another waits to be ended by it.
  private static let patience = 5.0

  /// Says what happened and ends every rank.
  ///
  /// Often several ranks throw at once, and for the same reason. So a failing rank first tells the others, on a
  /// communicator that nothing else uses. One that finds it has been told stays silent; of those that throw at the same
  /// moment, the lowest rank speaks. Ranks that did not fail take no part: they compute, or wait in a call of their own,
  /// and `MPI_Abort` ends them.
  static func end(with error: any Error) -> Never {
    flushStandardStreams()
    guard let channel = Runtime.failureChannel, let world = Runtime.world else {
      // Of sessions alone, the launcher ends the other processes when it sees how this one ended.
      writeToStandardError(message(error))
      Runtime.stop()
      endProcess(status: 1)
    }
    // Else nothing can be heard any more where a rank has failed before.
    if Runtime.survivesFailures { _ = cmpi_comm_failure_ack(channel) }
    if heardFrom(below: world.size, on: channel) {
      sleep(milliseconds: Int(patience * 1000))
    } else {
      tellOthers(of: world, on: channel)
      let end = MPI_Wtime() + (world.rank == 0 ? 0 : grace)
      while MPI_Wtime() < end {
        if heardFrom(below: world.rank, on: channel) {
          sleep(milliseconds: Int(patience * 1000))
          break
        }
        sleep(milliseconds: 1)
      }
    }
    writeToStandardError(message(error))
    Runtime.abort(status: 1)
  }

  /// Rank, host and error, in one line as far as the error is one.
  static func message(_ error: any Error) -> String {
    let launch = Launch.current
    guard let rank = Runtime.world?.rank ?? launch?.rank, let size = Runtime.world?.size ?? launch?.size else {
      return "error: \(error)"
    }
    return "error on rank \(rank) of \(size) (\(MPIEnvironment.processorName)): \(error)"
  }

  /// Sends a notice to the ranks nearby, and to those 64, 128, 256… away: every rank of a small job, and in a large one
  /// not so many that the notices themselves become a burden.
  private static func tellOthers(of world: Communicator, on channel: MPI_Comm) {
    for distance in 1..<max(world.size, 2) where distance < 64 || distance & (distance - 1) == 0 {
      for rank in [world.rank - distance, world.rank + distance] where (0..<world.size).contains(rank) {
        var request = CMPI_REQUEST_NULL
        MPI_Isend(nil, 0, CMPI_BYTE, CInt(rank), 0, channel, &request)
        // Never waited for: the message is empty, and the process ends soon.
        if request != CMPI_REQUEST_NULL { MPI_Request_free(&request) }
      }
    }
  }

  /// Whether a notice of a rank below `limit` has arrived. Takes all that have.
  private static func heardFrom(below limit: Int, on channel: MPI_Comm) -> Bool {
    var heard = false
    while true {
      var flag: CInt = 0
      var status = MPI_Status()
      guard MPI_Iprobe(CMPI_ANY_SOURCE, 0, channel, &flag, &status) == 0, flag != 0 else { return heard }
      MPI_Recv(nil, 0, CMPI_BYTE, status.MPI_SOURCE, 0, channel, CMPI_STATUS_IGNORE)
      if Int(status.MPI_SOURCE) < limit { heard = true }
    }
  }
}
