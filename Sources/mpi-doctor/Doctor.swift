// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import FileOutput
import Foundation
import MPI
import MPIBase

/// The program: every rank runs it from here.
@main
struct Doctor {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    exit(try withMPI { world in try run(arguments, on: world) })
  }

  /// Runs the examination on this rank.
  ///
  /// - Returns: the status to end with, the same on every rank.
  private static func run(_ arguments: [String], on world: Communicator) throws -> Int32 {
    if world.size == 1, let launch = Launch.current, launch.size > 1 {
      return examineAlone(launch, arguments)
    }
    let (options, verdict) = world.isRoot ? read(arguments) : (nil, nil)
    let agreed = try world.broadcast(verdict)
    guard let plan = agreed.plan else { return agreed.status }

    var examination = Examination(world: world, plan: plan)
    do {
      try examination.run()
    } catch is RollCall.Stopped {
      // The root prints why, and ends the job.
      while true { sleep(milliseconds: 1000) }
    } catch let error as Examination.RankLost {
      if let options { finish(examination.report, options) }
      throw error
    }
    let status = options.map { finish(examination.report, $0) }
    return try RollCall(world: world, patience: plan.patience).announce(status)
  }

  /// What one of several processes does of which each is alone.
  private static func examineAlone(_ launch: Launch, _ arguments: [String]) -> Int32 {
    guard launch.rank == 0 else { return EXIT_FAILURE }
    let (options, verdict) = read(arguments)
    guard let options else { return verdict?.status ?? EXIT_FAILURE }
    var facts = RankFacts.gathered(on: .world)
    facts.programChecksum = System.programChecksum
    var report = Report(size: 1, ranks: [facts])
    report.findings = [
      ProgramFindings.alone(
        launcher: launch.launcher, size: launch.size, vendor: MPIEnvironment.vendor.rawValue)
    ]
    return finish(report, options)
  }

  /// Reads the command line. The answer to one that asks for help, or can't be understood, is printed.
  private static func read(_ arguments: [String]) -> (options: Options?, verdict: Verdict?) {
    do {
      let options = try Options.parse(arguments)
      let plan = Plan(size: options.size, patience: options.patience, isQuick: options.quick)
      return (options, Verdict(plan: plan, status: EXIT_SUCCESS))
    } catch {
      let code = Options.exitCode(for: error)
      let text = Options.fullMessage(for: error)
      do {
        code.isSuccess ? try print(text + "\n") : writeToStandardError(text)
        return (nil, Verdict(plan: nil, status: code.rawValue))
      } catch {
        writeToStandardError("Error: \(error)")
        return (nil, Verdict(plan: nil, status: EXIT_FAILURE))
      }
    }
  }

  /// Judges and prints the report, and writes the picture.
  ///
  /// - Returns: the status to end with.
  @discardableResult
  private static func finish(_ report: Report, _ options: Options) -> Int32 {
    var report = report
    report.judge()
    report.findings += ProgramFindings.launcher(
      version: System.launcherVersion, vendor: MPIEnvironment.vendor.rawValue,
      libraryVersion: MPIEnvironment.vendorVersion)
    do {
      try print(options.json ? json(report) : TextReport(report: report).text)
      if let path = options.picture {
        if let links = report.links, links.size > 1 {
          try OutputFile.write(HeatMap(ranks: report.ranks, links: links).svg, to: path)
        } else {
          writeToStandardError("mpi-doctor: no link was measured, so there is no picture '\(path)'")
        }
      }
    } catch {
      writeToStandardError("Error: \(error)")
      return EXIT_FAILURE
    }
    return report.hasProblems ? EXIT_FAILURE : EXIT_SUCCESS
  }

  /// Prints a text.
  private static func print(_ text: String) throws(OutputFileError) { try OutputFile.write(text, to: "/dev/stdout") }

  /// The report, for programs.
  static func json(_ report: Report) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
  }
}

/// What the root found on the command line, as all ranks have to know it.
private struct Verdict: BitwiseCopyable {
  /// What to do; nil if there is nothing to.
  let plan: Plan?
  /// The status to end with, if there is nothing to do.
  let status: Int32
}
