// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIEnvironment {
  /// A feature that not every MPI has. A call that needs a missing one throws ``ErrorClass/notSupported``.
  ///
  /// ```swift
  /// if MPIEnvironment.supports(.persistentCollectives) { … }
  /// ```
  public enum Feature: String, Sendable, Hashable, CaseIterable {
    /// Collectives that are made once and started many times: `world.persistent.allReduce(…)`.
    ///
    /// MPI-4.0, section 6.13. Open MPI has them from 4.1 on as an extension.
    case persistentCollectives = "persistent collectives"
    /// Communicators of the ranks that share a part of the hardware: `world.split(hardware: "NUMANode")`.
    ///
    /// MPI-4.0, section 7.4.2.
    case hardwareSplit = "splits by hardware"

    /// Going on when a rank has failed: ``Communicator/surviving(file:line:_:)`` and what it is made of.
    ///
    /// An extension of Open MPI from 5.0 on ("ULFM"), which the launcher must be asked to use:
    /// `mpiexec --with-ft ulfm --mca async_mpi_finalize 1`. It counts as there while MPI runs so.
    case faultTolerance = "fault tolerance"
    /// MPI without a world: ``withSession(threads:info:_:)-7z9l7``.
    ///
    /// MPI-4.0, section 11.3.
    case sessions = "sessions"
    /// Messages of which parts go as soon as they are ready: `world.persistent.partitionedSend(…)`.
    ///
    /// MPI-4.0, chapter 4.
    case partitionedCommunication = "partitioned communication"
    /// Which parts of the hardware there are: ``MPIEnvironment/hardwareResources``.
    ///
    /// MPI-4.1, section 9.1.2.
    case hardwareResources = "list of hardware resources"

    /// Whether the MPI at hand has it. A constant, once compiled, but for fault tolerance.
    var isSupported: Bool {
      switch self {
      case .persistentCollectives: CMPI_HAS_PERSISTENT_COLLECTIVES != 0
      case .hardwareSplit: CMPI_HAS_HARDWARE_SPLIT != 0
      case .faultTolerance: CMPI_HAS_FAULT_TOLERANCE != 0 && Runtime.survivesFailures
      case .sessions: CMPI_HAS_SESSIONS != 0
      case .partitionedCommunication: CMPI_HAS_PARTITIONED_COMMUNICATION != 0
      case .hardwareResources: CMPI_HAS_HARDWARE_RESOURCES != 0
      }
    }

    /// Which version of the standard brought it, and which MPIs have it.
    var since: String {
      switch self {
      case .persistentCollectives: "MPI 4.0; Open MPI 4.1 and MPICH 4.0 have it"
      case .hardwareSplit: "MPI 4.0; Open MPI 5.0 and MPICH 4.0 have them"
      case .faultTolerance:
        "ULFM; Open MPI 5.0 has it, in a job that was started by mpiexec --with-ft ulfm --mca async_mpi_finalize 1"
      case .sessions, .partitionedCommunication: "MPI 4.0; Open MPI 5.0 and MPICH 4.0 have it"
      case .hardwareResources: "MPI 4.1; MPICH 4.2 has it"
      }
    }
  }

  /// Whether the MPI at hand has a feature.
  ///
  /// - Parameter feature: what is asked for.
  public static func supports(_ feature: Feature) -> Bool { feature.isSupported }

  /// Throws unless the MPI at hand has a feature.
  static func require(_ feature: Feature, _ operation: StaticString) throws(MPIError) {
    guard feature.isSupported else { throw MPIError.notSupported(feature, operation) }
  }
}

extension MPIError {
  /// The error of a call that the MPI at hand can't do.
  static func notSupported(_ feature: MPIEnvironment.Feature, _ operation: StaticString) -> MPIError {
    MPIError(
      .notSupported,
      "this MPI, \(MPIEnvironment.vendor.rawValue), has no \(feature.rawValue), which came with \(feature.since)",
      operation: "\(operation)")
  }
}
