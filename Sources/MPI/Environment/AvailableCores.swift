// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension MPIEnvironment {
  /// The number of cores that this process may run on, at least 1: those that the launcher, a batch system or `taskset`
  /// has bound it to, and all of the machine if it is not bound.
  ///
  /// It is asked again each time. It may be asked before MPI was started.
  public static var availableCores: Int {
    let cores = allowedCores(of: 0)
    return cores.isEmpty ? machineCores : cores.count
  }

  /// The numbers of the cores that a process may run on; none if the system does not report them.
  ///
  /// - Parameter process: its number; 0 for this thread's.
  package static func allowedCores(of process: Int32 = 0) -> [Int] {
    var allowed = [UInt8](repeating: 0, count: 65_536)
    let count = cmpi_allowed_cores(process, &allowed, CInt(allowed.count))
    return (0..<Int(count)).filter { allowed[$0] != 0 }
  }

  /// The numbers of the cores that the process that started this one may run on: what a launcher has to give.
  package static var coresOfParent: [Int] { allowedCores(of: getppid()) }

  /// The number of cores of this machine, whether this process may use them or not.
  package static var machineCores: Int { max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))) }
}
