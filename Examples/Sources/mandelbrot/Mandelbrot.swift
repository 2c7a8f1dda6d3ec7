// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import MPI
import MPITasks

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
  /// The root alone reads the command line and reports what is wrong with it, so each message is printed once.
  ///
  /// - Parameters:
  ///   - arguments: the command line without the program's name.
  ///   - world: all ranks.
  /// - Returns: the status to end with, the same on every rank.
  private static func run(_ arguments: [String], on world: Communicator) throws -> Int32 {
    let (options, verdict) = world.isRoot ? read(arguments) : (nil, nil)
    let agreed = try world.broadcast(verdict)
    guard let plan = agreed.plan else { return agreed.status }
    // A bar at a terminal, and a table of the ranks at the end.
    let picture = try computePicture(plan, on: world, progress: options?.quiet == true ? .never : .always)
    var status: Int32?
    if let options, let picture { status = write(picture, options) }
    return try world.broadcast(status)
  }

  /// Reads the command line. The answer to one that asks for no picture, or can't be understood, is printed.
  ///
  /// - Returns: the options, if there is a picture to compute, and what all ranks have to know.
  private static func read(_ arguments: [String]) -> (options: Options?, verdict: Verdict?) {
    do {
      let options = try Options.parse(arguments)
      return (options, Verdict(plan: options.plan, status: EXIT_SUCCESS))
    } catch {
      let code = Options.exitCode(for: error)
      let text = Options.fullMessage(for: error)
      if code.isSuccess { print(text) } else { printError(text) }
      return (nil, Verdict(plan: nil, status: code.rawValue))
    }
  }

  /// Writes the picture.
  ///
  /// - Returns: the status to end with.
  private static func write(_ picture: Picture, _ options: Options) -> Int32 {
    do {
      let length = try picture.writePNG(to: options.output).map { ", \($0) bytes" } ?? ""
      if !options.quiet { printError("'\(options.output)': \(picture.size) pixels\(length)") }
      return EXIT_SUCCESS
    } catch {
      printError("Error: \(error)")
      return EXIT_FAILURE
    }
  }

  /// Prints a line to standard error. A picture may go to standard output.
  private static func printError(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }
}

/// What the root found on the command line, as all ranks have to know it.
private struct Verdict: BitwiseCopyable {
  /// What to compute; nil if there is nothing to.
  let plan: Plan?

  /// The status to end with, if there is nothing to compute.
  let status: Int32
}
