// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MPI
import MPITasks

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The program: every rank runs it from here.
@main
struct Mandelbrot {
  /// Runs the job, and ends the process with the job's status when MPI has been ended.
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    exit(try withMPI { world in try run(arguments, on: world) })
  }

  /// Runs the job on this rank.
  ///
  /// The root alone reads the command line and says what is wrong with it; so that is said once.
  ///
  /// - Parameters:
  ///   - arguments: The command line without the program's name.
  ///   - world: All ranks.
  /// - Returns: The status to end with, the same on every rank.
  private static func run(_ arguments: [String], on world: Communicator) throws -> Int32 {
    let (options, verdict) = world.isRoot ? read(arguments) : (nil, nil)
    let agreed = try world.broadcast(verdict)
    guard let plan = agreed.plan else { return agreed.status }

    var progress = Progress(options.map(progressStyle) ?? .none, total: plan.size.height)
    var report = RankReport(host: MPIEnvironment.processorName, rows: 0, busy: 0)
    report.threads = try world.computeThreads()
    try world.barrier()
    let start = MPIEnvironment.wallTime
    progress.begin(title(of: plan, ranks: world.size), at: start)
    let picture = try computePicture(plan, on: world, share: &report, progress: &progress)
    let end = MPIEnvironment.wallTime
    progress.end(at: end)

    let reports = try world.gather(object: report)
    var status: Int32?
    if let options, let picture, let reports {
      status = write(picture, options) { length in
        rankTable(reports, wallTime: end - start)
          + "\(duration(end - start)) on \(Formatting.counted(world.size, "rank")); "
          + "'\(options.output)': \(picture.size) pixels" + (length.map { ", " + fileLength($0) } ?? "") + "\n"
      }
    }
    return try world.broadcast(status)
  }

  /// Reads the command line. The answer to one that asks for no picture, or can't be understood, is printed.
  ///
  /// - Returns: The options, if there is a picture to compute, and what all ranks have to know.
  private static func read(_ arguments: [String]) -> (options: Options?, verdict: Verdict?) {
    do {
      let options = try Options.parse(arguments)
      return (options, Verdict(plan: options.plan, status: EXIT_SUCCESS))
    } catch {
      let code = Options.exitCode(for: error)
      let text = Options.fullMessage(for: error) + "\n"
      code.isSuccess ? Terminal.print(text) : Terminal.write(text)
      return (nil, Verdict(plan: nil, status: code.rawValue))
    }
  }

  /// How progress is shown on the root.
  private static func progressStyle(_ options: Options) -> Progress.Style {
    guard !options.quiet else { return .none }
    switch options.progress {
    case .auto: return Terminal.columns.map { .bar(columns: $0) } ?? .lines
    case .always: return .bar(columns: Terminal.columns ?? 80)
    case .never: return .none
    }
  }

  /// What is computed, for the log.
  private static func title(of plan: Plan, ranks: Int) -> String {
    "\(plan.size) pixels, \(Formatting.counted(plan.iterations, "iteration")), on \(Formatting.counted(ranks, "rank"))"
  }

  /// Writes the picture, and a summary unless told to be quiet.
  ///
  /// - Parameters:
  ///   - picture: The picture.
  ///   - options: Where to write it.
  ///   - summary: Makes the summary, given the file's length if it has one.
  /// - Returns: The status to end with.
  private static func write(_ picture: Picture, _ options: Options, summary: (Int?) -> String) -> Int32 {
    do {
      let length = try picture.writePNG(to: options.output)
      if !options.quiet { Terminal.write(summary(length)) }
      return EXIT_SUCCESS
    } catch {
      Terminal.write("Error: \(error)\n")
      return EXIT_FAILURE
    }
  }
}

/// What the root found on the command line, as all ranks have to know it.
private struct Verdict: BitwiseCopyable {
  /// What to compute; nil if there is nothing to.
  let plan: Plan?

  /// The status to end with, if there is nothing to compute.
  let status: Int32
}
