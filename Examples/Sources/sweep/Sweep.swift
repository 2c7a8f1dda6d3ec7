// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import FileOutput
import Foundation
import MPITasks

// Runs a stochastic epidemic many times for each parameter set of a CSV file, on all ranks, and writes what the runs of each
// set have in common.

@main
struct Sweep {
  /// The status for wrong arguments and wrong input.
  static let usageError: Int32 = 64

  static func main() async throws {
    // Rank 0 alone reads and writes; what is wrong is said once.
    let status = try await withTaskPool(progress: progress) { pool in
      do {
        let options = try Options.parse()
        try await run(options, pool)
        return Int32(0)
      } catch let problems as ParameterTable.Problems {
        return say(problems.lines.joined(separator: "\n"), usageError)
      } catch let failure as OutputFileError {
        return say("sweep: \(failure)", 1)
      } catch let failure as TaskFailure {
        return say("sweep: \(failure)", 1)
      } catch {
        let code = Options.exitCode(for: error).rawValue
        if code == 0 {
          print(Options.fullMessage(for: error))
          return 0
        }
        return say(Options.fullMessage(for: error), code)
      }
    }
    if let status, status != 0 { exit(status) }
  }

  /// Whether the pool may speak; it is made before the arguments are looked at.
  private static var progress: ProgressStyle {
    CommandLine.arguments.dropFirst().contains { $0 == "--quiet" || $0 == "-q" } ? .never : .automatic
  }

  private static func say(_ text: String, _ status: Int32) -> Int32 {
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    return status
  }

  /// Does all of it.
  nonisolated(nonsending) static func run(_ options: Options, _ pool: TaskPool) async throws {
    let quantities = ["cases", "peak", "end"]
    let columns = quantities.flatMap(Statistics.columns)
    let table = try ParameterTable(
      parsing: read(options.input), name: options.input, days: options.days, results: columns)
    if !table.replaced.isEmpty && !options.quiet {
      _ = say("sweep: '\(options.input)' has results of an earlier sweep, in whose place new ones come", 0)
    }
    let output = try OutputFile(options.output)
    try output.write(CSV.written(table.header + columns))

    // Every run is a task, made when it is its turn. The index of a run decides its random numbers.
    let runs = options.runs
    let tasks = (0..<table.sets.count * runs).lazy.map { table.sets[$0 / runs] }
    var outcomes: [Epidemic.Outcome] = []
    var row = 0
    for try await (_, outcome) in pool.ordered(tasks, seed: options.seed) {
      outcomes.append(outcome)
      guard outcomes.count == runs else { continue }
      let statistics = [outcomes.map { Double($0.cases) }, outcomes.map { Double($0.peak) }, outcomes.map(\.end)]
      try output.write(CSV.written(table.cells[row] + statistics.flatMap { Statistics($0).cells }))
      outcomes.removeAll(keepingCapacity: true)
      row += 1
    }
    try output.finish()
    guard !options.quiet else { return }
    func counted(_ count: Int, _ thing: String) -> String { "\(count) \(thing)\(count == 1 ? "" : "s")" }
    let (sets, each) = (counted(table.sets.count, "parameter set"), counted(runs, "run"))
    _ = say("sweep: '\(options.output)': \(sets), \(each) each, \(counted(output.byteCount, "byte"))", 0)
  }

  /// The bytes of a file, or of what a pipe brings.
  private static func read(_ path: String) throws -> [UInt8] {
    func fail(_ reason: String) -> ParameterTable.Problems {
      .init(lines: ["sweep: '\(path)' can't be read: \(reason)"])
    }
    guard let file = fopen(path, "rb") else { throw fail(String(cString: strerror(errno))) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, file)
      bytes += block[..<count]
      guard count < block.count else { continue }
      if ferror(file) != 0 { throw fail(String(cString: strerror(errno))) }
      return bytes
    }
  }
}
