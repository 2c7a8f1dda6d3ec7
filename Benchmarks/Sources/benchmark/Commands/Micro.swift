// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import MPI

/// `micro --output FILE [--quick] [--only TEXT]`: on two ranks, all operations.
func measureMicro(_ words: [String]) throws {
  let options = try Options(words, values: ["--output", "--only", "--repeats"], switches: ["--quick"])
  let output = try options.required("--output")
  let isQuick = options.has("--quick")
  let only = options.value("--only")
  let effort = Effort(
    repeats: try options.number("--repeats", else: isQuick ? 5 : 11), runs: 4, seconds: isQuick ? 0.002 : 0.005)
  try withMPI { world in
    guard world.size > 1 else { throw Options.Mistake(text: "micro is about two ranks and more: run it under mpiexec") }
    var results = Results()
    results.machine = thisMachine()
    for maker in microCases(isQuick: isQuick) {
      let (cases, end) = try maker.make(world)
      for sample in cases where only.map({ sample.operation.contains($0) }) ?? true {
        let measured = try measure(world, sample, effort)
        results.micro += measured
        let ratios = measured.dropFirst().map { "\($0.form) \(fixed($0.ratio.median, 3))" }
        note(
          world,
          "\(sample.operation), \(sample.mode), \(size(sample.bytes)): C \(duration(measured[0].seconds)); "
            + ratios.joined(separator: ", "))
      }
      try end()
    }
    if world.isRoot { try results.write(to: output) }
  }
}
