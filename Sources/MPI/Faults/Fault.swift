// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What an MPI gets wrong.
///
/// This is the one place that distinguishes MPIs by what they do wrong. ``record`` has the versions, what happens and
/// what is done about it. Code that depends on a fault asks for it by name: `if Fault.flushAllForgetsCalls.isHere { …
/// }`.
///
/// Some faults are avoided with every MPI, because that costs nothing, or because the MPI can be asked. They are named
/// in a comment at the place. A test meets each fault, or is skipped because of it: `.skipped(on: .spawnsHang)`.
package enum Fault: Int, CaseIterable, Sendable {
  // Messages
  case partialElementAborts, partialElementToItselfAborts, fullSendBufferStopsDelivery, completionInCancelAborts
  case waitsKeepTheCore, partitionedMessagesMeetOthers, partitionsAreHeldBack

  // Collectives
  case equalAddressesAreInPlace, emptyTypesAreMessages, emptyBroadcastIsCounted, unusedBufferIsChecked
  case unsignedNumbersAreComparedAsSigned, notANumberDiffersByRank, portableStructsAbort, localReductionsNeedTheWorld

  // Communicators and topologies
  case numbersOfCommunicatorsRunOut, duplicateOutlivesMPI, duplicateBlocksOthers, reorderedGraphsAbort
  case loneProcessHasAPlaceInGraphs, shortRingsAreSwapped, sessionOfOneCrashes

  // Windows
  case allocatedWindowsNeedTheTarget, windowsOfOneRankFail, unalignedWindowsOverlap, flushAllForgetsCalls
  case windowsCompareUnsignedAsSigned, swapOf8BytesCrashes, logicalAccumulatesAreLost, bitwiseAccumulatesAreLost
  case noWindowsOverTCP

  // Files
  case failedFileRequestsCrash, readsPastTheEndNeverEnd, preallocateLosesLateRanks, failedFileRequestsNeverEnd
  case sharedPointerAbortsOnAFullDisk, failedFileRequestsKeepTheirLock, collectiveWritesHideAFullDisk
  case fullDisksBreakLaterFiles

  // Processes
  case spawnTellsTheRootAlone, spawnOfNothingEndsTheJob, spawnsHang, abortOfTheSpawnedHangs

  // The tools interface
  case toolsCrashAsMPIStarts, unusedNetworksCrashWhenRead, lengthsOfStringsAreIgnored, boolsAreReadAsInts

  // Start, end and lost ranks
  case leaveOfTheLauncherComesLate, abortsOfSeveralHangTheLauncher, lostRanksBreakTheEnd, revokeWhileMakingCrashes
  case closedInputNeverEnds, linesAreWrittenInPieces, trapsAreTakenOver
}

extension Fault {
  /// Where a fault was seen, and what is done about it.
  package struct Record: Sendable {
    /// The MPIs that have the fault.
    package var mpis: [Versions]
    /// What happens, in words that go on after the name of the MPI.
    package var what: String
    /// What this package does about it, or what a program has to do.
    package var remedy: String
  }

  /// An MPI in some of its versions.
  package struct Versions: Sendable {
    package var vendor: MPIEnvironment.Vendor
    /// The first version with the fault, as far as is known.
    package var first: Version
    /// The last version with the fault; nil if each one that was tried has it.
    package var last: Version?
  }

  /// A version such as 4.1.4.
  package struct Version: Comparable, Sendable, CustomStringConvertible {
    package var major: Int
    package var minor: Int
    package var patch: Int

    package init(_ major: Int, _ minor: Int = 0, _ patch: Int = 0) {
      (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    package static func < (one: Self, other: Self) -> Bool {
      (one.major, one.minor, one.patch) < (other.major, other.minor, other.patch)
    }

    package var description: String { "\(major).\(minor).\(patch)" }
  }

  /// Whether the MPI of this process has the fault.
  package var isHere: Bool { Self.here[rawValue] }

  /// The faults that the MPI of this process has.
  package static var allHere: [Fault] { allCases.filter(\.isHere) }

  private static let here: [Bool] = {
    let version = MPIEnvironment.vendorVersion
    return allCases.map {
      $0.isIn(MPIEnvironment.vendor, Version(version.major, version.minor, version.patch))
    }
  }()

  /// Whether an MPI has the fault.
  func isIn(_ vendor: MPIEnvironment.Vendor, _ version: Version) -> Bool {
    record.mpis.contains { mpi in
      mpi.vendor == vendor && version >= mpi.first && mpi.last.map { version <= $0 } ?? true
    }
  }
}
