// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase

/// The environment of this process: the MPI library, its versions, the host, the clock.
///
/// Everything but ``wallTime``, ``processorName`` and ``threadLevel`` may be asked before MPI was started.
public enum MPIEnvironment {
  /// The vendor of an MPI library.
  public enum Vendor: String, Sendable, Hashable {
    /// Open MPI.
    case openMPI = "Open MPI"
    /// MPICH, of Argonne National Laboratory.
    case mpich = "MPICH"
    /// Intel MPI.
    case intel = "Intel MPI"
    /// MVAPICH, of Ohio State University.
    case mvapich = "MVAPICH"
    /// Any other.
    case other = "another MPI"
  }

  /// The library's description of itself, as it is.
  ///
  /// C: `MPI_Get_library_version`. MPI-3.1, section 8.1.1.
  public static let libraryVersion: String =
    cString(capacity: Int(CMPI_MAX_LIBRARY_VERSION_STRING)) { MPI_Get_library_version($0, $1) } ?? "unknown"

  /// The vendor of the library.
  public static let vendor: Vendor = {
    let names: [(String, Vendor)] = [
      ("Open MPI", .openMPI), ("Intel(R) MPI", .intel), ("MVAPICH", .mvapich), ("MPICH", .mpich),
    ]
    return names.first { libraryVersion.hasPrefix($0.0) }?.1 ?? .other
  }()

  /// The library's version, such as (4, 1, 4); zeros if its description names none.
  public static let vendorVersion: (major: Int, minor: Int, patch: Int) = {
    // The first word of the description that begins with a digit, with or without a "v" before it.
    for word in libraryVersion.split(whereSeparator: { " \t\n,:".contains($0) }) {
      let digits = word.first == "v" ? word.dropFirst() : word[...]
      guard digits.first?.isNumber == true, digits.contains(".") else { continue }
      let parts = digits.split(separator: ".").map { part in Int(part.prefix { $0.isNumber }) ?? 0 }
      return (parts[0], parts.count > 1 ? parts[1] : 0, parts.count > 2 ? parts[2] : 0)
    }
    return (0, 0, 0)
  }()

  /// The version of the MPI standard that the library implements, such as (3, 1).
  ///
  /// C: `MPI_Get_version`. MPI-3.1, section 8.1.1.
  public static let standardVersion: (major: Int, minor: Int) = {
    var major: CInt = 0
    var minor: CInt = 0
    MPI_Get_version(&major, &minor)
    return (Int(major), Int(minor))
  }()

  /// The name of the host that this process runs on.
  ///
  /// C: `MPI_Get_processor_name`. MPI-3.1, section 8.1.2.
  public static var processorName: String {
    guard isRunning else { return hostName() }
    return cString(capacity: Int(CMPI_MAX_PROCESSOR_NAME)) { MPI_Get_processor_name($0, $1) } ?? hostName()
  }

  /// The thread level that MPI gave, or nil if it does not run. Of sessions without a world, the least that any has.
  ///
  /// C: `MPI_Query_thread`. MPI-3.1, section 12.4.3.
  public static var threadLevel: ThreadLevel? {
    var level: CInt = 0
    guard hasWorld, MPI_Query_thread(&level) == 0 else { return Runtime.threadLevelOfSessions }
    return ThreadLevel(constant: level)
  }

  /// Whether this thread is the one that started MPI; false while MPI does not run.
  ///
  /// C: `MPI_Is_thread_main`. MPI-3.1, section 12.4.3.
  public static var isMainThread: Bool {
    var flag: CInt = 0
    return isRunning && MPI_Is_thread_main(&flag) == 0 && flag != 0
  }

  /// Seconds since some moment in the past, which is the same throughout the process.
  ///
  /// C: `MPI_Wtime`. MPI-3.1, section 8.6.
  public static var wallTime: Double { MPI_Wtime() }

  /// The resolution of ``wallTime`` in seconds.
  ///
  /// C: `MPI_Wtick`. MPI-3.1, section 8.6.
  public static var wallTimeResolution: Double { MPI_Wtick() }

  /// Whether MPI has been initialized. Remains true after finalization. A session alone does not count.
  ///
  /// C: `MPI_Initialized`. MPI-3.1, section 8.7.
  public static var isInitialized: Bool {
    var flag: CInt = 0
    return MPI_Initialized(&flag) == 0 && flag != 0
  }

  /// Whether MPI has been ended. It can't be started again.
  ///
  /// C: `MPI_Finalized`. MPI-3.1, section 8.7.
  public static var isFinalized: Bool {
    var flag: CInt = 0
    return MPI_Finalized(&flag) == 0 && flag != 0
  }

  /// Whether MPI can be called: it has been started and not ended, or a session is open.
  public static var isRunning: Bool { hasWorld || Runtime.hasSession }

  /// Whether there is a world: MPI has been started, not by a session alone, and not ended.
  @usableFromInline static var hasWorld: Bool { isInitialized && !isFinalized }
}
