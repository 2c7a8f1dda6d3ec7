// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import CKernels
import Foundation
import MPI

/// How many turns the first and the second run of each loop have.
private let turns = (short: 40, long: 240)

/// `count`: under callgrind, on one rank, every loop at two lengths, with a mark before and after each.
///
/// Standard output says what was run, a line each.
func countCalls(_ words: [String]) throws {
  _ = try Options(words)
  // The limits are of this level: with `.single` Open MPI's locks are off, and some calls of C get cheaper than others.
  try withMPI(threads: .funneled) { _ in
    let itself = Communicator.itself
    var lines = ""
    for maker in countedCases() {
      let (cases, end) = try maker.make(itself)
      for sample in cases {
        for variant in sample.variants {
          try variant.run(turns.long)
          benchmark_mark()
          try variant.run(turns.short)
          benchmark_mark()
          try variant.run(turns.long)
          benchmark_mark()
          lines += "\(sample.operation)|\(sample.mode)|\(variant.form)|\(sample.parts)|\(turns.long - turns.short)\n"
        }
      }
      try end()
    }
    print(lines, terminator: "")
  }
}

/// `check-counts --loops FILE --limits FILE [--output FILE] [--new-limits FILE] [--where TEXT] [--check] PART…`: reads what callgrind
/// wrote at each mark, in order.
func checkCounts(_ words: [String]) throws {
  let options = try Options(
    words, values: ["--loops", "--limits", "--output", "--new-limits", "--where"], switches: ["--check"])
  let loops = try String(contentsOfFile: options.required("--loops"), encoding: .utf8).split(separator: "\n").map {
    let columns = $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    guard columns.count == 5, let parts = Int(columns[3]), let times = Int(columns[4]) else {
      throw Options.Mistake(text: "this isn't a loop: \($0)")
    }
    return CountedLoop(operation: columns[0], mode: columns[1], form: columns[2], parts: parts, times: times)
  }
  let parts = try options.files.map {
    guard let part = CallgrindPart(try String(contentsOfFile: $0, encoding: .utf8)) else {
      throw Options.Mistake(text: "\($0) is not what callgrind writes")
    }
    return part
  }
  guard let costs = callCosts(loops, parts) else {
    throw Options.Mistake(text: "\(loops.count) loops were run, and callgrind wrote \(parts.count) files")
  }
  let file = try options.required("--limits")
  let limits = try Limits(String(contentsOfFile: file, encoding: .utf8))
  var results = Results()
  results.machine = thisMachine()
  results.counts = costs
  if let output = options.value("--output") { try results.write(to: output) }
  if let output = options.value("--new-limits") {
    try limits.table(for: costs).write(toFile: output, atomically: true, encoding: .utf8)
  }
  if let text = options.value("--where") {
    for (name, functions) in places(loops, parts, in: text) {
      print("\(name): instructions a call more than in C, by function")
      for (function, instructions) in functions.prefix(20) { print("  \(fixed(instructions, 1))  \(function)") }
    }
    return
  }
  print(countsTable(costs), terminator: "")
  if options.has("--check") {
    let complaints = limits.complaints(about: costs)
    if !complaints.isEmpty {
      throw Complaints(lines: complaints)
    }
    print("all \(costs.count) within their limits")
  }
}

/// What is above its limit.
private struct Complaints: Error, CustomStringConvertible {
  var lines: [String]
  var description: String { lines.joined(separator: "\nbenchmark: ") }
}
