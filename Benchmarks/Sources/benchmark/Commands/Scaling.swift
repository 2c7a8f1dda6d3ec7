// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import MPI

/// `scaling --output FILE [--quick]`: all-reduce, broadcast and barrier over as many ranks as it is started on.
func measureScaling(_ words: [String]) throws {
  let options = try Options(words, values: ["--output"], switches: ["--quick"])
  let output = try options.required("--output")
  try withMPI { world in
    var results = Results()
    results.machine = thisMachine()
    // Runs of many ranks on few cores are as long as it takes to give each its turn.
    let effort = Effort(repeats: options.has("--quick") ? 3 : 7, runs: 3, seconds: options.has("--quick") ? 0.01 : 0.03)
    for make in [
      { allReduce($0, bytes: 8) }, { broadcast($0, bytes: 8) }, { barrier($0) },
    ] as [(Communicator) -> Case] {
      var sample = make(world)
      sample.variants = sample.variants.filter { ["C", "span", "call"].contains($0.form) }
      let measured = try measure(world, sample, effort)
      results.scaling += measured
      note(
        world,
        "\(world.size) ranks, \(sample.operation): C \(duration(measured[0].seconds)), "
          + "ratio \(fixed(measured[1].ratio.median, 3))")
    }
    if world.isRoot { try results.write(to: output) }
  }
}

/// `objects --output FILE [--quick]`: messages of values that are coded on the way.
func sendObjects(_ words: [String]) throws {
  let options = try Options(words, values: ["--output"], switches: ["--quick"])
  let output = try options.required("--output")
  try withMPI { world in
    var results = Results()
    results.machine = thisMachine()
    results.objects = try measureObjects(
      world, repeats: options.has("--quick") ? 3 : 7, seconds: options.has("--quick") ? 0.01 : 0.03)
    if world.isRoot { try results.write(to: output) }
  }
}
