import CMPI

extension MPIEnvironment {
  /// What not every MPI has. A call that needs it and can't have it throws ``ErrorClass/notSupported``.
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

    /// Whether the MPI that this was built with has it. A constant, once compiled.
    var isSupported: Bool {
      switch self {
      case .persistentCollectives: CMPI_HAS_PERSISTENT_COLLECTIVES != 0
      case .hardwareSplit: CMPI_HAS_HARDWARE_SPLIT != 0
      }
    }

    /// Which version of the standard brought it, and which MPIs have it.
    var since: String {
      switch self {
      case .persistentCollectives: "MPI 4.0; Open MPI 4.1 and MPICH 4.0 have it"
      case .hardwareSplit: "MPI 4.0; Open MPI 5.0 and MPICH 4.0 have them"
      }
    }
  }

  /// Whether the MPI at hand has a feature.
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
      "this MPI, \(MPIEnvironment.vendor.rawValue), has no \(feature.rawValue): they came with \(feature.since)",
      operation: "\(operation)")
  }
}
