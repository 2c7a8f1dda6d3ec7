// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// MPI's own attributes of MPI_COMM_WORLD.

extension MPIEnvironment {
  /// The number of processes that MPI has room for, those that run included; nil if it does not know, and while MPI
  /// does not run.
  ///
  /// For ``Communicator/spawn(_:arguments:count:root:info:file:line:)``. With Open MPI it is the number of slots,
  /// whether or not it may put more processes than slots there.
  ///
  /// C: `MPI_UNIVERSE_SIZE`. MPI-3.1, section 10.5.1.
  public static var universeSize: Int? { attribute(CMPI_UNIVERSE_SIZE) }

  /// Which program this is, of those that were started together: by a launcher (`mpiexec -n 1 ocean : -n 4 air`), or by
  /// ``Communicator/spawn(_:root:file:line:)``. Nil if MPI does not know.
  ///
  /// C: `MPI_APPNUM`. MPI-3.1, section 10.5.3.
  public static var applicationNumber: Int? { attribute(CMPI_APPNUM) }

  /// The rank of a host process, if there is one: almost never.
  ///
  /// C: `MPI_HOST`. MPI-3.1, section 8.1.2.
  public static var hostRank: Int? {
    attribute(CMPI_HOST).flatMap { $0 == Int(CMPI_PROC_NULL) ? nil : $0 }
  }

  /// A rank that can read and write files as the language does: this process's own if every rank can; nil if none
  /// can.
  ///
  /// C: `MPI_IO`. MPI-3.1, section 8.1.2.
  public static var ioRank: Int? {
    switch attribute(CMPI_IO) {
    case nil, Int(CMPI_PROC_NULL): nil
    case Int(CMPI_ANY_SOURCE): Runtime.world?.rank
    case let rank: rank
    }
  }

  /// Whether ``wallTime`` is the same on all ranks, as far as MPI knows.
  ///
  /// C: `MPI_WTIME_IS_GLOBAL`. MPI-3.1, section 8.1.2.
  public static var isWallTimeGlobal: Bool { attribute(CMPI_WTIME_IS_GLOBAL).map { $0 != 0 } ?? false }

  /// The largest error code in use, those that a C library added included.
  ///
  /// C: `MPI_LASTUSEDCODE`. MPI-3.1, section 8.5.
  public static var lastUsedErrorCode: Int? { attribute(CMPI_LASTUSEDCODE) }

  /// An attribute that MPI gives the world, or nil if it gives none.
  private static func attribute(_ key: CInt) -> Int? {
    var value: UnsafeMutableRawPointer? = nil
    var found: CInt = 0
    guard isRunning, MPI_Comm_get_attr(CMPI_COMM_WORLD, key, &value, &found) == 0, found != 0, let value else {
      return nil
    }
    return Int(value.load(as: CInt.self))
  }
}
