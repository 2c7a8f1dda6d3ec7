// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FileOutput
import MPI
import MPITasks

/// The program.
@main
struct ScheduleSimulator: ParsableCommand {
  static func main() {
    // What is printed and can't be written is an error at the end, as in programs that start MPI.
    Lifetime.prepareProcess()
    main(nil)
  }

  static let configuration = CommandConfiguration(
    commandName: "schedule-simulator",
    abstract: "Simulates loops on many ranks by the schedules of MPITasks.",
    discussion: """
      The library's own code decides, on simulated ranks with one thread each. For each schedule, number of ranks and \
      length of a task it prints the efficiency (the work over the cores, as a share of the time it took), how busy \
      rank 0 was with messages, and how many of those there were, as comma-separated values.

      Left out are the results' way to rank 0, and that tasks next to each other differ in length: a task's length \
      changes smoothly with its index.
      """,
    version: MPIEnvironment.packageVersion)

  @Option(help: "The number of tasks.")
  var tasks = 10_000_000

  @Option(help: "The lengths of a task in microseconds, on the average.")
  var lengths = "1,10,100,1000"

  @Option(help: "The numbers of ranks.")
  var ranks = "2,8,32,128,1024,10000,100000"

  @Option(help: ArgumentHelp("How the work is spread: even, ramp, heavy-first or hill.", valueName: "skew"))
  var skew = Skew.hill

  @Option(help: "The time of a message between two ranks, in microseconds.")
  var latency = 2.0

  @Option(
    help: ArgumentHelp(
      """
      The ranks on a node. The adaptive and the static schedule are then simulated once more, with a rank on each node \
      that coordinates it.
      """, valueName: "ranks"))
  var nodeSize: Int?

  @Option(help: "The most messages that a simulation may take; what takes more is left out.")
  var messages = 4_000_000

  @Option(help: "The file for a chart of the longest tasks but one, as SVG.")
  var chart: String?

  func validate() throws {
    guard (1...1_000_000_000_000_000).contains(tasks) else {
      throw ValidationError("--tasks must be 1 to 1000000000000000.")
    }
    if let nodeSize, nodeSize < 1 { throw ValidationError("--node-size must be 1 or more.") }
    guard latency >= 0, latency <= 1e9 else { throw ValidationError("--latency must be 0 to 1e9.") }
    guard messages >= 0 else { throw ValidationError("--messages must be 0 or more.") }
    if let chart, let obstacle = OutputFile.obstacle(toWriting: chart) { throw ValidationError("--chart \(obstacle)") }
    _ = try (numbers(ranks, "--ranks"), numbers(lengths, "--lengths"))
  }

  func run() throws {
    var costs = Costs()
    costs.latency = 1000 * latency
    let counts = try numbers(ranks, "--ranks")
    let lengths = try numbers(lengths, "--lengths")
    print("skew,tasks,microseconds,ranks,schedule,efficiency,rank 0 busy,messages,seconds")
    for length in lengths {
      let work = Workload(count: tasks, mean: 1000 * Double(length), skew: skew)
      var lines: [(name: String, values: [Double?])] = []
      for (schedule, nodeSize) in simulated {
        let name = "\(schedule)" + (nodeSize.map { ", nodes of \($0)" } ?? "")
        var values: [Double?] = []
        for count in counts {
          guard mayRun(schedule, count), count > nodeSize ?? 0 else {
            values.append(nil)
            continue
          }
          var simulation = Simulation(work, ranks: count, schedule: schedule, costs: costs, nodeSize: nodeSize)
          let outcome = simulation.run()
          values.append(outcome.efficiency)
          let figures = [outcome.efficiency, outcome.rootShare].map { rounded($0) }.joined(separator: ",")
          print(
            "\(skew.rawValue),\(tasks),\(length),\(count),\"\(name)\",\(figures),\(outcome.messages),"
              + rounded(outcome.time / 1e9))
        }
        lines.append((name, values))
      }
      if let chart, length == lengths.dropLast().last ?? lengths[0] {
        let title = "Efficiency of \(tasks) tasks of \(length) µs, \(skew.rawValue)"
        try OutputFile.write(Chart(title: title, ranks: counts, lines: lines).svg, to: chart)
      }
    }
  }

  private var simulated: [(LoopSchedule, nodeSize: Int?)] {
    let schedules: [LoopSchedule] = [.adaptive, .static, .guided, .dynamic(chunk: max(1, tasks / 1_000_000))]
    guard let nodeSize else { return schedules.map { ($0, nil) } }
    return schedules.flatMap { $0.handsOut ? [($0, nil)] : [($0, nil), ($0, nodeSize)] }
  }

  /// Whether a simulation takes no more messages than it may.
  private func mayRun(_ schedule: LoopSchedule, _ ranks: Int) -> Bool {
    if case .dynamic(let chunk) = schedule { return 2 * (tasks / chunk) <= messages }
    return true
  }

  private func numbers(_ text: String, _ option: String) throws -> [Int] {
    let numbers = text.split(separator: ",").map { Int($0) ?? 0 }
    guard !numbers.isEmpty, numbers.allSatisfy({ (1...1_000_000_000).contains($0) }) else {
      throw ValidationError("\(option) wants whole numbers from 1 on, such as 2,8,32; '\(text)' is none.")
    }
    return numbers
  }

  private func rounded(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
}
