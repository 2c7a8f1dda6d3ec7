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
      } catch let failure as OutputFile.Failure {
        return say("sweep: \(failure.text)", 1)
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
    FileHandle.standardError.write(Data((text + "\n").utf8))
    return status
  }

  /// Does all of it.
  nonisolated(nonsending) static func run(_ options: Options, _ pool: TaskPool) async throws {
    let text: String
    do {
      text = try String(contentsOfFile: options.input, encoding: .utf8)
    } catch {
      throw ParameterTable.Problems(lines: [
        "sweep: '\(options.input)' can't be read as text: \(error.localizedDescription)"
      ])
    }
    let table = try ParameterTable(parsing: text, name: options.input, days: options.days)
    let output = try OutputFile(options.output)
    let quantities = ["cases", "peak", "end"]
    try output.write(table.header + quantities.flatMap(Statistics.columns))

    // Every run is a task, made when it is its turn. The index of a run decides its random numbers.
    let runs = options.runs
    let tasks = (0..<table.sets.count * runs).lazy.map { table.sets[$0 / runs] }
    var outcomes: [Epidemic.Outcome] = []
    var row = 0
    for try await (_, outcome) in pool.ordered(tasks, seed: options.seed) {
      outcomes.append(outcome)
      guard outcomes.count == runs else { continue }
      let statistics = [outcomes.map { Double($0.cases) }, outcomes.map { Double($0.peak) }, outcomes.map(\.end)]
      try output.write(table.cells[row] + statistics.flatMap { Statistics($0).cells })
      outcomes.removeAll(keepingCapacity: true)
      row += 1
    }
    try output.finish()
  }
}
