// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import CKernels
import MPI

/// How a process begins MPI: as a C program does, or by `withMPI` with a thread level.
private let levels: [String: ThreadLevel?] = [
  "MPI_Init": nil, "single": .single, "funneled": .funneled, "serialized": .serialized, "multiple": .multiple,
]

/// `level NAME --output FILE [--quick]`: on two ranks, what a message of 8 bytes takes in a process that has begun MPI so.
///
/// A process begins MPI once, so the levels can't be measured by turns in one: the script launches each several times.
func measureLevel(_ words: [String]) throws {
  let options = try Options(words, values: ["--output"], switches: ["--quick"])
  let output = try options.required("--output")
  guard let name = options.files.first, options.files.count == 1, let level = levels[name] else {
    throw Options.Mistake(text: "level wants one of \(levels.keys.sorted().joined(separator: ", "))")
  }
  let (runs, times) = options.has("--quick") ? (10, 200) : (100, 2000)
  guard let level else {
    var seconds = 0.0
    if c_plain_ping_pong(CInt(runs), times, &seconds) == 0 {
      var results = Results()
      results.levels = [LevelTime(level: name, form: "C", seconds: seconds / Double(2 * times))]
      try results.write(to: output)
    }
    return
  }
  try withMPI(threads: level) { world in
    guard world.size > 1 else { throw Options.Mistake(text: "level is about two ranks: run it under mpiexec") }
    let sample = pingPong(world, bytes: 8)
    let variants = sample.variants.filter { ["C", "span"].contains($0.form) }
    var best = [Double](repeating: .infinity, count: variants.count)
    for _ in 0..<runs {
      for (number, variant) in variants.enumerated() {
        best[number] = min(best[number], try world.allReduce(time(world, variant, times), .max))
      }
    }
    var results = Results()
    results.levels = zip(variants, best).map {
      LevelTime(level: name, form: $0.form, seconds: $1 / Double(sample.parts * times))
    }
    if world.isRoot { try results.write(to: output) }
  }
}
