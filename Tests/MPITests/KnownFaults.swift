import Foundation
import MPI
import Testing

/// What an MPI does wrong and this library can't mend. The tests that meet it are skipped there, and say why:
///
/// ```swift
/// @Test(.skipped(on: .partialElementAborts)) func messageShorterThanAValue() throws {
/// ```
///
/// A newer version than those in which a fault was seen counts as free of it, so that its tests tell whether it is.
enum KnownFault {
  /// A message that ends in the middle of a number ends the job.
  case partialElementAborts
  /// A nonblocking write that has failed is waited for in vain.
  case failedFileRequestsNeverEnd
  /// Writing at the shared pointer of a file on a full disk ends the job.
  case sharedPointerAbortsOnAFullDisk
  /// A nonblocking write that has failed keeps a part of the file locked.
  case failedFileRequestsKeepTheirLock
  /// A collective write on a full disk fails on one rank, unnoticed by the others, and files are no good after that.
  case collectiveWritesHideAFullDisk
  /// Processes that were started are not reached, always or now and then.
  case spawnsHang
  /// A job does not end when one of the processes that it spawned aborts.
  case abortOfTheSpawnedHangs
  /// A rank that waits keeps its core from the ranks that it waits for.
  case waitsWithoutGivingWay

  /// Which MPI it is that does what, in words.
  var reason: String {
    switch self {
    case .partialElementAborts:
      "MPICH 4.0 to 5.0 ends the job by an assertion where a message ends in the middle of a number"
    case .failedFileRequestsNeverEnd:
      "MPICH 5.0.2 never ends the wait for a nonblocking write that found the disk full"
    case .sharedPointerAbortsOnAFullDisk:
      "MPICH 5.0.2 aborts by an error handler of its own (Could not access shared file pointer) when the disk is full"
    case .failedFileRequestsKeepTheirLock:
      "Open MPI 5.0.11 keeps what a failed nonblocking write had locked: the next rank that writes there waits for ever"
    case .collectiveWritesHideAFullDisk:
      """
      Open MPI 5.0.11 reports no full disk to three ranks or more that write together, nor to a program in C, and the \
      next file may never close
      """
    case .spawnsHang:
      """
      MPICH 4.0.2, over UCX, never reaches the processes that it has started, and 5.0.2 now and then does not: 2 of 20 \
      times for a program in C
      """
    case .abortOfTheSpawnedHangs:
      "the launcher of Open MPI 5.0.11 does not end when a spawned process calls MPI_Abort, nor for a program in C"
    case .waitsWithoutGivingWay:
      "MPICH 4.0.2 of Debian waits without giving way: with more ranks than cores, each message takes a time slice"
    }
  }

  /// Whether this MPI has it, on as many ranks as this job has.
  var isHere: Bool {
    switch self {
    case .partialElementAborts:
      // 4.0.2, over UCX, does it to messages of a rank to itself alone. Also seen: 4.0.3, 4.1.3, 4.2.3, 4.3.2, 5.0.2.
      isMPICH((4, 0, 0), (4, 0, 2)) && rankCount == 1 || isMPICH((4, 0, 3), (5, 0, 2))
    case .failedFileRequestsNeverEnd, .sharedPointerAbortsOnAFullDisk: isMPICH((4, 0, 0), (5, 0, 2))
    case .failedFileRequestsKeepTheirLock: isOpenMPI((5, 0, 0), (5, 0, 11)) && rankCount > 1
    case .collectiveWritesHideAFullDisk: isOpenMPI((5, 0, 0), (5, 0, 11)) && rankCount > 2
    case .spawnsHang: isMPICH((4, 0, 0), (5, 0, 2))
    case .abortOfTheSpawnedHangs: isOpenMPI((5, 0, 0), (5, 0, 11))
    case .waitsWithoutGivingWay:
      isMPICH((4, 0, 0), (4, 0, 2)) && rankCount > ProcessInfo.processInfo.activeProcessorCount
    }
  }

  /// Conditions are asked before MPI runs, so that the launcher must tell.
  private var rankCount: Int { Launch.current?.size ?? 1 }

  private func isMPICH(_ first: (Int, Int, Int), _ last: (Int, Int, Int)) -> Bool { isOne(of: .mpich, first, last) }

  private func isOpenMPI(_ first: (Int, Int, Int), _ last: (Int, Int, Int)) -> Bool { isOne(of: .openMPI, first, last) }

  /// Whether this is an MPI of one of a vendor's versions, from the first to the last.
  private func isOne(
    of vendor: MPIEnvironment.Vendor, _ first: (Int, Int, Int), _ last: (Int, Int, Int)
  ) -> Bool {
    let version = MPIEnvironment.vendorVersion
    let here = (version.major, version.minor, version.patch)
    return MPIEnvironment.vendor == vendor && here >= first && here <= last
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips the test where the MPI has a fault.
  static func skipped(on fault: KnownFault) -> Self {
    .disabled(if: fault.isHere, Comment(rawValue: fault.reason))
  }
}
