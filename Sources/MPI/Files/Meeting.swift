// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase

/// How the ranks come together at the end of a file, where one may have failed and others may wait for it elsewhere.
///
/// It is on the file's own communicator, so that nothing else that a rank waits in can be taken for it.
final class Meeting: Abandoned {
  enum Ending {
    /// All are here. The least of their numbers.
    case met(least: Int)
    /// Some rank is not here.
    case missed
  }

  /// How long ranks are waited for when it is known that one has failed, in seconds.
  private static let patience = 2.0

  private let memory = UnsafeMutablePointer<CInt>.allocate(capacity: 2)
  private var request = CMPI_REQUEST_NULL

  deinit { memory.deallocate() }

  /// Holds the meeting. One all-reduce if no rank failed.
  ///
  /// - Parameters:
  ///   - number: of a rank that failed its own, of the others one that is no rank.
  ///   - isPatient: whether it waits as long as the others work. One that gave up does not.
  static func hold(on ranks: Communicator, number: Int, isPatient: Bool) throws(MPIError) -> Ending {
    guard let least = try reduce(number, ranks, isPatient: isPatient) else { return .missed }
    if least >= ranks.size { return .met(least: least) }
    // The one that failed may have run out of patience since.
    guard try reduce(0, ranks, isPatient: false) != nil else { return .missed }
    return .met(least: least)
  }

  /// The least of the ranks' numbers, or nil if not all came in time.
  private static func reduce(_ number: Int, _ ranks: Communicator, isPatient: Bool) throws(MPIError) -> Int? {
    let meeting = Meeting()
    meeting.memory.initialize(repeating: CInt(number), count: 2)
    var code = MPI_Iallreduce(
      meeting.memory, meeting.memory + 1, 1, CMPI_INT32_T, CMPI_MIN, ranks.rawValue, &meeting.request)
    if code == 0 && isPatient { code = MPI_Wait(&meeting.request, CMPI_STATUS_IGNORE) }
    if code != 0 { throw ranks.failure(code: code, "close") }
    let begin = MPI_Wtime()
    while !meeting.isOver() {
      if MPI_Wtime() - begin > patience {
        Runtime.release(.underWay(meeting))
        return nil
      }
      if MPI_Wtime() - begin > 0.01 { sleep(milliseconds: 1) }
    }
    return Int(meeting.memory[1])
  }

  func isOver() -> Bool {
    var flag: CInt = 0
    return MPI_Test(&request, &flag, CMPI_STATUS_IGNORE) != 0 || flag != 0
  }
}
