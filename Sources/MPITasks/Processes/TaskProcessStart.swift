// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CTaskProcess
import MPIBase

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How a rank starts a process that runs tasks.
struct TaskProcessStart: Sendable {
  /// What a process that has been started is reached by. All descriptors are of this rank, and don't block.
  struct Started {
    var process: pid_t
    var socket: Int32
    var output: Int32
    var error: Int32
  }

  /// Why none could be started.
  struct Problem: Error, CustomStringConvertible {
    var description: String

    init(_ what: String, _ code: Int32) {
      description = "no task process could be started: \(what): \(String(cString: strerror(code)))"
    }
  }

  /// What the environment variables of launchers and of MPIs begin with: a library in the process that finds them might
  /// take it for a rank.
  private static let launchers = [
    "OMPI_", "ORTE_", "OPAL_", "PMIX_", "PMI_", "PMI2_", "PRTE_", "MPI_LOCALNRANKS=", "MPI_LOCALRANKID=", "HYDRA_",
    "HYDI_", "MPIR_", "I_MPI_", "MV2_COMM_",
  ]

  /// The number of a pool's call that can't be reached, because it is in the body of `withMPI`: tasks run there.
  static let inWithMPI = -1

  /// The number of the pool's call that runs tasks in it; 0 if they run before `main`.
  let call: Int

  /// Starts one.
  func start() throws(Problem) -> Started {
    var (toProcess, output, error): ([Int32], [Int32], [Int32]) = ([-1, -1], [-1, -1], [-1, -1])
    var null: Int32 = -1
    var keeps = false
    defer {
      for descriptor in [toProcess[1], output[1], error[1], null] where descriptor >= 0 { close(descriptor) }
      if !keeps { for descriptor in [toProcess[0], output[0], error[0]] where descriptor >= 0 { close(descriptor) } }
    }
    guard task_process_socket(&toProcess) == 0 else { throw Problem("socketpair", errno) }
    guard task_process_pipe(&output) == 0, task_process_pipe(&error) == 0 else { throw Problem("pipe", errno) }
    null = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard null >= 0 else { throw Problem("/dev/null", errno) }
    for descriptor in [toProcess[0], output[0], error[0]] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }

    var process: pid_t = 0
    let code = withStrings(CommandLine.arguments) { arguments in
      withStrings(environment) { environment in
        // What is printed before the first task is dropped: the rank has printed it.
        task_process_start(&process, arguments, environment, [null, null, error[1], toProcess[1], output[1]], 5)
      }
    }
    guard code == 0 else { throw Problem("posix_spawn", code) }
    keeps = true
    return Started(process: process, socket: toProcess[0], output: output[0], error: error[0])
  }

  /// The variables that it gets.
  private var environment: [String] {
    var variables: [String] = []
    var next = environ
    while let variable = next.pointee {
      let text = String(cString: variable)
      let isLaunchers = Self.launchers.contains { text.hasPrefix($0) } && !text.hasPrefix("OMPI_ALLOW_RUN_AS_ROOT")
      if !isLaunchers, !text.hasPrefix("SWIFT_BACKTRACE="), !text.hasPrefix(TASK_PROCESS_VARIABLE + "=") {
        variables.append(text)
      }
      next += 1
    }
    // The backtracer takes half a second, and its text would hide the message of the trap.
    return variables + ["SWIFT_BACKTRACE=enable=no", "\(TASK_PROCESS_VARIABLE)=3:4:\(call):\(getpid())"]
  }

  private func withStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
  }
}
