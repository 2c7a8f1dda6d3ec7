// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The table of faults, in the order of their names in `Fault`. The page "Faults of MPIs" is made of it.

extension Fault {
  /// Where the fault was seen, what happens, and what is done about it.
  package var record: Record {
    switch self {
    // Messages
    case .partialElementAborts:
      Record(
        [.mpich(from: "4.0.3", through: "5.0.2")],
        "ends the job by an assertion if a message ends in the middle of a number.",
        "A program must not receive a message as another type than it was sent as.")
    case .partialElementToItselfAborts:
      Record(
        [.mpich(through: "4.0.2")],
        "ends the job if a rank's message to itself over UCX ends in the middle of a number.",
        "A program must not receive a message as another type than it was sent as.")
    case .fullSendBufferStopsDelivery:
      Record(
        [.openMPI(through: "4")],
        "delivers nothing more to a rank after a buffered send for which the buffer was too small.",
        "The room is checked before MPI is called, and the send throws.")
    case .completionInCancelAborts:
      Record(
        [.mpich(through: "4")], "ends the process if a generalized request is completed while it is canceled.",
        "A canceled promise is completed after the call.")
    case .waitsKeepTheCore:
      Record(
        [.mpich(through: "4.0.2")],
        "never yields the core while it waits over UCX: with more ranks than cores, each message takes a time slice.",
        "Start as many ranks as there are cores.")
    case .partitionedMessagesMeetOthers:
      Record(
        [.openMPI(from: "5")],
        "arranges a partitioned message by messages with the same tag on the same communicator, which a receive can take.",
        "A program must use a tag that no other receive takes.")
    case .partitionsAreHeldBack:
      Record(
        [.mpich(from: "5")], "holds the partitions of a message back until the sender has marked all as ready.",
        "A program must not wait for a partition before it marks others.")

    // Collectives
    case .equalAddressesAreInPlace:
      Record(
        [.openMPI],
        "takes equal addresses of the two buffers of a nonblocking all-to-all for `MPI_IN_PLACE`, also if both are empty.",
        "The two buffers never have the same address.")
    case .emptyTypesAreMessages:
      Record(
        [.openMPI],
        "sends a message for an empty datatype and none for a count of 0, so one end of a nonblocking all-to-all waits.",
        "An empty part has a count of 0 at both ends.")
    case .emptyBroadcastIsCounted:
      Record(
        [.openMPI],
        "completes an empty nonblocking broadcast of an intercommunicator at once on some ranks and counts it on the others.",
        "One element is broadcast if there is none.")
    case .unusedBufferIsChecked:
      Record(
        [.mpich], "refuses a null buffer on ranks on which the buffer of a reduction has no meaning.",
        "An address is passed that MPI does not read.")
    case .unsignedNumbersAreComparedAsSigned:
      Record(
        [.mpich(through: "4.0")], "compares unsigned integers as signed ones in `MPI_MIN` and `MPI_MAX`.",
        "The MPI is asked once, by one comparison. A closure takes the place of the operation.")
    case .notANumberDiffersByRank:
      Record(
        [.mpich], "returns different results on different ranks if `MPI_MIN` or `MPI_MAX` meets NaN.",
        "The package has operations of its own for floating-point numbers, with every MPI.")
    case .portableStructsAbort:
      Record(
        [.mpich(through: "5")], "ends the process if a datatype of several types is packed as `external32`.",
        "Layouts of several types are packed part by part.")
    case .localReductionsNeedTheWorld:
      Record(
        [.openMPI(from: "5")], "crashes in `MPI_Reduce_local` in a session without a world.",
        "There unsigned numbers are compared by a closure, without asking the MPI.")

    // Communicators and topologies
    case .numbersOfCommunicatorsRunOut:
      Record(
        [.openMPI(through: "4")],
        """
        numbers communicators, files and windows from 0 to 65,535. If a process has used them up, the next call fails on \
        some ranks and never ends on others.
        """, "The number is looked at beforehand, and the call throws on every rank.")
    case .duplicateOutlivesMPI:
      Record(
        [.openMPI], "crashes if MPI ends while a nonblocking duplicate is in flight.",
        "Duplicates that were dropped are completed before MPI ends.")
    case .duplicateBlocksOthers:
      Record(
        [.openMPI(through: "4")],
        "may never end a call that makes a communicator of ranks of which a nonblocking duplicate is in flight.",
        "A program must wait for the duplicate first.")
    case .reorderedGraphsAbort:
      Record(
        [.openMPI(through: "4")], "aborts now and then if it may reorder the ranks of a graph without edges.",
        "Ranks are not reordered.")
    case .loneProcessHasAPlaceInGraphs:
      Record(
        [.openMPI(through: "4")], "returns a rank for each process from `MPI_Graph_map`, in place of `MPI_UNDEFINED`.",
        "Ranks beyond the graph are left out.")
    case .shortRingsAreSwapped:
      Record(
        [.openMPI(through: "4")],
        "swaps the blocks of the two neighbors in nonblocking neighborhood collectives on a ring of one or two ranks.",
        "The MPI is asked once, by a ring of one rank. The blocks are swapped back.")
    case .sessionOfOneCrashes:
      Record(
        [.mpich(through: "4.0")], "crashes in the first `MPI_Test` of a session of one process.",
        "The session throws `.notSupported`.")

    // Windows
    case .allocatedWindowsNeedTheTarget:
      Record(
        [.openMPI(through: "4")],
        "completes operations on memory by `MPI_Win_allocate` when the target calls MPI, also on one node.",
        "The automatic placement takes shared memory if all ranks are on one node.")
    case .windowsOfOneRankFail:
      Record(
        [.openMPI(through: "4")], "can't make dynamic windows, and windows over a program's array, of one rank.",
        "Memory of MPI's takes the place of the array; operations on a dynamic window are done in the process.")
    case .unalignedWindowsOverlap:
      Record(
        [.mpich(through: "4.0")], "mixes up the memory of the ranks if a length is no multiple of 16 bytes.",
        "Lengths are rounded up, with every MPI.")
    case .flushAllForgetsCalls:
      Record(
        [.mpich(through: "4")], "does not complete all operations in `MPI_Win_flush_all` if there were many.",
        "The targets are flushed one after the other.")
    case .windowsCompareUnsignedAsSigned:
      Record(
        [.openMPI], "compares unsigned integers of 4 and 8 bytes as signed ones, in windows over a program's memory.",
        "The operation throws.")
    case .swapOf8BytesCrashes:
      Record(
        [.openMPI(through: "4")],
        "crashes in `MPI_Compare_and_swap` of 8 bytes in memory that it reaches directly and that is not shared.",
        "The operation throws `.notSupported`.")
    case .logicalAccumulatesAreLost:
      Record(
        [.openMPI],
        "does nothing and reports success for logical operations on 4 and 8 bytes, in windows over a program's memory.",
        "The operation throws.")
    case .bitwiseAccumulatesAreLost:
      Record(
        [.openMPI(from: "5")],
        "does nothing and reports success for bitwise operations on 8 bytes, in windows over a program's memory.",
        "The operation throws.")
    case .noWindowsOverTCP:
      Record(
        [.openMPI(through: "4")],
        "makes no windows over TCP as Debian builds it, and none at the thread level `multiple`.",
        "The error names the setting that helps: `OMPI_MCA_osc=^ucx`.")

    // Files
    case .failedFileRequestsCrash:
      Record(
        [.openMPI], "crashes in `MPI_Wait` for reading or writing that failed.",
        "The request is asked for its status and given back without a wait.")
    case .readsPastTheEndNeverEnd:
      Record(
        [.openMPI], "never completes a nonblocking read past the end of the file.",
        "Nothing is read past the end. `readShared` has read when it returns.")
    case .preallocateLosesLateRanks:
      Record(
        [.openMPI(through: "4")],
        """
        leaves a message out in `MPI_File_preallocate` if a rank is late, so that the next collective call on the file fails \
        or never ends. It fills the disk before it reports that there is too little room.
        """, "The operating system makes the room, with every MPI.")
    case .failedFileRequestsNeverEnd:
      Record(
        [.mpich(through: "5.0.2")], "never completes a nonblocking write that found the disk full.", "None.")
    case .sharedPointerAbortsOnAFullDisk:
      Record(
        [.mpich(through: "5.0.2")],
        "ends the job by an error handler of its own if a write at the shared pointer finds the disk full.", "None.")
    case .failedFileRequestsKeepTheirLock:
      Record(
        [.openMPI(from: "5", through: "5.0.11")],
        "keeps the lock of a nonblocking write that failed: the next rank that writes there waits forever.", "None.")
    case .collectiveWritesHideAFullDisk:
      Record(
        [.openMPI(from: "5", through: "5.0.11")],
        "reports a full disk on one rank alone of three or more that write together, and the next file may never close.",
        "None.")
    case .fullDisksBreakLaterFiles:
      Record(
        [.openMPI(through: "4")],
        "may lose messages of files that are opened after a collective write found the disk full.",
        "Every rank throws. A program should end then.")

    // Processes
    case .spawnTellsTheRootAlone:
      Record(
        [.openMPI(through: "4")], "returns an error of `MPI_Comm_spawn` at the root, and not on the other ranks.",
        "The root tells the other ranks, on a communicator of its own.")
    case .spawnOfNothingEndsTheJob:
      Record(
        [.openMPI], "ends the job if the program to start is not there.", "The program is looked for beforehand.")
    case .spawnsHang:
      Record(
        [.mpich(through: "5.0.2")],
        "does not reach the processes that it has started: 4.0 over UCX never, 5.0 in 2 of 20 runs.", "None.")
    case .abortOfTheSpawnedHangs:
      Record(
        [.openMPI(from: "5", through: "5.0.11")],
        "has a launcher that does not end if a spawned process calls `MPI_Abort`.",
        "None.")

    // The tools interface
    case .toolsCrashAsMPIStarts:
      Record(
        [.openMPI(through: "4")],
        "crashes if variables are used that were looked up before MPI started, and takes the thread level from there.",
        "The tools interface ends before MPI starts, and what was set goes by the environment.")
    case .unusedNetworksCrashWhenRead:
      Record(
        [.openMPI], "crashes if variables of a network (`mtl_psm…`) that is not in use are read.",
        "The handle throws `.unsupportedOperation`.")
    case .lengthsOfStringsAreIgnored:
      Record(
        [.openMPI, .mpich],
        "copies more bytes of a string variable than it says that there are.", "The memory for it is longer.")
    case .boolsAreReadAsInts:
      Record([.openMPI], "reads an `int` to set a variable that is a `bool`.", "An `int` is there to be read.")

    // Start, end and lost ranks
    case .leaveOfTheLauncherComesLate:
      Record(
        [.mpich(from: "5")],
        "has a launcher that kills ranks that leave without notice, and gives notice in a handler that runs at exit.",
        "The package's handler is registered after it, and so runs first.")
    case .abortsOfSeveralHangTheLauncher:
      Record(
        [.openMPI(through: "4")],
        "has a launcher that hangs or crashes now and then if a rank aborts while others end.",
        "A rank that throws waits for the others to end, and aborts only if they don't.")
    case .lostRanksBreakTheEnd:
      Record(
        [.openMPI(from: "5")], "aborts in `MPI_Finalize` after a barrier that failed because a rank was lost.",
        "Ranks of a job that survives wait for each other by an agreement.")
    case .revokeWhileMakingCrashes:
      Record(
        [.openMPI(from: "5")], "crashes if a communicator is revoked that another rank is still making.",
        "`surviving` revokes a communicator when all ranks have made it.")
    case .closedInputNeverEnds:
      Record(
        [.openMPI], "has a launcher that gives rank 0 a pipe that never ends, if its own standard input is closed.",
        "The pipe is replaced by `/dev/null`.")
    case .linesAreWrittenInPieces:
      Record(
        [.mpich], "takes the buffer from standard output, so that lines of several ranks are mixed.",
        "Standard output gets a buffer of the package's.")
    case .trapsAreTakenOver:
      Record(
        [.openMPI, .mpich(through: "4")],
        "has handlers of its own, or UCX's, for the signals of a trap, which print pages.",
        "The package's handlers are in place first, and UCX's are taken back.")
    }
  }
}

extension Fault.Record {
  fileprivate init(_ mpis: [Fault.Versions], _ what: String, _ remedy: String) {
    self.init(mpis: mpis, what: what, remedy: remedy)
  }
}

extension Fault.Versions {
  /// Each version that was tried.
  fileprivate static let openMPI = openMPI(from: "0")
  fileprivate static let mpich = mpich(from: "0")

  /// The versions from one through another. "4" is the first of its versions in one place and the last in the other.
  fileprivate static func openMPI(from first: String = "0", through last: String? = nil) -> Self {
    Self(vendor: .openMPI, first: version(first, else: 0), last: last.map { version($0, else: .max) })
  }

  fileprivate static func mpich(from first: String = "0", through last: String? = nil) -> Self {
    Self(vendor: .mpich, first: version(first, else: 0), last: last.map { version($0, else: .max) })
  }

  private static func version(_ text: String, else missing: Int) -> Fault.Version {
    let parts = text.split(separator: ".").map { Int($0) ?? missing }
    return Fault.Version(parts[0], parts.count > 1 ? parts[1] : missing, parts.count > 2 ? parts[2] : missing)
  }
}
