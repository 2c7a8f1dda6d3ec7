// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI

/// The outcome of a job under the launcher.
public struct LaunchedJob: Sendable {
  /// The launcher's exit status; nonzero where any rank failed.
  public var status: Int32
  /// The standard output of the ranks and the launcher.
  public var output: String
  /// Their standard error.
  public var errorOutput: String
  /// Whether the time limit ended it.
  public var isTimedOut: Bool
  /// The duration of the job.
  public var duration: Duration
}

/// Why a job could not be launched.
public struct LaunchError: Error, CustomStringConvertible {
  /// A description of what could not be done.
  public var description: String
}

/// Runs a program under the launcher and waits for its end.
///
/// It works as root, in a container, with more ranks than cores, and inside another MPI job.
///
/// ```swift
/// let job = try await launch(executable(named: "solver"), arguments: ["--size", "64"], ranks: 3)
/// #expect(job.status == 0)
/// ```
///
/// The launcher is `mpiexec`, or what the environment variable `MPIEXEC` names.
///
/// Jobs of several tests run at the same time as long as there is a core for each of their ranks; a job with more ranks
/// than cores runs alone, and so does one that asks for it by `alone`. The environment variable
/// `MPI_TEST_RANKS_AT_ONCE` sets another number in place of that of the cores: 1 for one job at a time, more for jobs
/// that mostly start and end.
///
/// - Parameters:
///   - executable: the program's path.
///   - arguments: what it is given.
///   - ranks: how many of them; 0 to run the program alone, with no launcher.
///   - launcherOptions: further options of `mpiexec`.
///   - environment: variables to set, beside this process's own.
///   - directory: where it runs; here, unless given.
///   - alone: whether no other job runs beside it: for one that looks at a clock.
///   - timeLimit: then the job is ended.
/// - Returns: the outcome of the job, when it has ended.
/// - Throws: ``LaunchError`` if there is no launcher, if it or the program can't be started, and if no file can be made
///   for the output. If the program fails, nothing is thrown: the outcome has its status.
public func launch(
  _ executable: String, arguments: [String] = [], ranks: Int, launcherOptions: [String] = [],
  environment: [String: String] = [:], directory: String? = nil, alone: Bool = false,
  timeLimit: Duration = .seconds(60)
) async throws -> LaunchedJob {
  let program = ranks == 0 ? executable : try launcher()
  let words = ranks == 0 ? arguments : launcherOptions + ["-n", "\(ranks)", executable] + arguments
  let variables = launchEnvironment().merging(environment) { $1 }
  return try await jobs.run(weight: alone ? .max : ranks) {
    // Files, not pipes: whatever a job leaves behind may hold the end of a pipe open, and it would never end.
    let output = try TemporaryFile()
    let errors = try TemporaryFile()
    let start = ContinuousClock.now
    let process = try ChildProcess(
      program, arguments: words, environment: variables, directory: directory,
      output: output.handle.fileDescriptor, errors: errors.handle.fileDescriptor)
    let (status, isTimedOut) = await process.end(by: start + timeLimit)
    return LaunchedJob(
      status: status, output: output.text, errorOutput: errors.text, isTimedOut: isTimedOut,
      duration: ContinuousClock.now - start)
  }
}

/// Tests run at the same time, and without a limit their jobs would starve each other.
private let jobs: Admission = {
  let variable = "MPI_TEST_RANKS_AT_ONCE"
  guard let text = ProcessInfo.processInfo.environment[variable] else {
    return Admission(limit: ProcessInfo.processInfo.activeProcessorCount)
  }
  guard let limit = Int(text), limit > 0 else { refuse(variable, text, expected: "a number of ranks, 1 or more") }
  return Admission(limit: limit)
}()

/// Ends the tests because of an environment variable. With its value they would run on no rank, and pass.
func refuse(_ variable: String, _ value: String, expected: String) -> Never {
  FileHandle.standardError.write(Data("MPITesting: \(variable) is '\(value)', and must be \(expected)\n".utf8))
  exit(64)
}

/// The path of an executable of this package, which SwiftPM builds beside its tests.
///
/// - Parameter name: the executable's name, without a folder.
/// - Returns: its path.
/// - Throws: ``LaunchError`` if there is none of that name.
public func executable(named name: String) throws -> String {
  // On Linux the tests are a program in the build folder; on macOS a bundle there, with the program deep inside.
  var folder = testProgram().deletingLastPathComponent()
  for _ in 0..<4 {
    let candidate = folder.appendingPathComponent(name).path
    if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
    folder.deleteLastPathComponent()
  }
  throw LaunchError(description: "there is no executable \(name) beside the tests, \(testProgram().path)")
}

/// The program or the bundle that holds the tests.
func testProgram() -> URL {
  let arguments = CommandLine.arguments
  if let index = arguments.firstIndex(of: "--test-bundle-path"), index + 1 < arguments.count {
    return URL(fileURLWithPath: arguments[index + 1])
  }
  return URL(fileURLWithPath: arguments[0]).resolvingSymlinksInPath()
}

/// The launcher's path.
private func launcher() throws -> String {
  let environment = ProcessInfo.processInfo.environment
  let name = environment["MPIEXEC"] ?? "mpiexec"
  if name.contains("/") { return name }
  for folder in (environment["PATH"] ?? "").split(separator: ":") {
    let path = "\(folder)/\(name)"
    if FileManager.default.isExecutableFile(atPath: path) { return path }
  }
  throw LaunchError(description: "there is no \(name) in PATH: install Open MPI or MPICH, or set MPIEXEC")
}

/// This process's variables, less those by which a launcher tells a process its rank, and with those by which Open MPI
/// runs anywhere, unless they are set.
private func launchEnvironment() -> [String: String] {
  // What a launcher or a lone Open MPI sets for one process begins so; its parameters (OMPI_MCA_…) are the user's own,
  // but for those of its runtime.
  let ofOneProcess = [
    "OMPI_COMM_", "OMPI_UNIVERSE_", "OMPI_APP_", "OMPI_FIRST_", "OMPI_NUM_", "OMPI_COMMAND", "OMPI_ARGV", "OMPI_FILE_",
    "OMPI_MCA_orte_", "OMPI_MCA_ess", "OMPI_MCA_pmix", "OMPI_MCA_initial_wdir", "OMPI_MCA_shmem_RUNTIME",
    "OMPI_MCA_mpi_oversubscribe", "PMIX_", "PMI_", "PRTE_LAUNCHED", "MPI_LOCAL", "HYDRA_", "HYDI_",
  ]
  let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
    !ofOneProcess.contains { name.hasPrefix($0) }
  }
  let anywhere = [
    "NO_COLOR": "1",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    // What Open MPI 5 asks for if a program that was started alone spawns others.
    "PRTE_ALLOW_RUN_AS_ROOT": "1",
    "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    // A rank that is killed while Swift prints where it trapped leaves the process that prints behind, which waits
    // forever.
    "SWIFT_BACKTRACE": "enable=no",
    // Else every rank of every job on this machine is bound to the first cores.
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
    // Else more ranks than cores take turns at waiting.
    "OMPI_MCA_mpi_yield_when_idle": "1",
  ]
  return anywhere.merging(inherited) { $1 }
}

/// A file that is gone when this object is.
private final class TemporaryFile: @unchecked Sendable {
  private let path: String
  let handle: FileHandle

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("mpi-job-\(UUID().uuidString)").path
    guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path)
    else { throw LaunchError(description: "no file could be made for the output of a job: \(path)") }
    self.handle = handle
  }

  deinit {
    try? handle.close()
    try? FileManager.default.removeItem(atPath: path)
  }

  /// All that was written to it.
  var text: String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
