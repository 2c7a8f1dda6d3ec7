// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import MPI

/// How long, and how often.
struct Effort {
  /// The ratio is taken so many times.
  var repeats: Int
  /// Of so many runs, in turns with the other variants, the best counts in each repeat.
  var runs: Int
  /// How long a run is to take, in seconds, in C.
  var seconds: Double
}

/// Runs the variants of a case by turns, on all ranks, in one process each.
///
/// Two processes of the same program can differ by a factor of three in what a small message takes, because it depends
/// on which memory they get and on which cores they are. Here all variants have the same processes, the same memory
/// and, within milliseconds, the same machine: what they differ by is the code.
///
/// - Returns: the measurements, on every rank.
func measure(_ world: Communicator, _ sample: Case, _ effort: Effort) throws -> [CallTime] {
  let times = try calibrate(world, sample.variants[0], effort.seconds)
  let count = sample.variants.count
  // Whatever is made at the first call is made here.
  for variant in sample.variants { _ = try time(world, variant, max(2, times / 8)) }
  var seconds: [[[Double]]] = Array(repeating: [], count: count)
  for repetition in 0..<effort.repeats {
    var all = [Double](repeating: 0, count: count * effort.runs)
    for run in 0..<effort.runs {
      // Forward and backward, each time from another one: no variant has the same neighbors or the same place always.
      for step in 0..<count {
        let place = (step + repetition) % count
        let variant = run.isMultiple(of: 2) ? place : count - 1 - place
        all[variant * effort.runs + run] = try time(world, sample.variants[variant], times)
      }
    }
    // A call is over when it has completed everywhere.
    try world.allReduce(inPlace: &all, .max)
    for variant in 0..<count {
      seconds[variant].append(Array(all[variant * effort.runs..<(variant + 1) * effort.runs]))
    }
  }
  return zip(sample.variants, compared(seconds)).map { variant, result in
    CallTime(
      operation: sample.operation, mode: sample.mode, form: variant.form, bytes: sample.bytes, ranks: world.size,
      seconds: result.least / Double(times * sample.parts), ratio: result.ratio)
  }
}

/// What a run of so many calls takes on this rank, in seconds.
func time(_ world: Communicator, _ variant: Variant, _ times: Int) throws -> Double {
  try world.barrier()
  let start = MPIEnvironment.wallTime
  try variant.run(times)
  return MPIEnvironment.wallTime - start
}

/// How many calls take about so long, the same on every rank.
private func calibrate(_ world: Communicator, _ variant: Variant, _ seconds: Double) throws -> Int {
  var times = 2
  while times < 1 << 24 {
    // The best of three: one that was disturbed would end this too soon.
    let took = try (0..<3).map { _ in try world.allReduce(time(world, variant, times), .max) }.min()!
    if took >= seconds { break }
    // At most eightfold, for the first calls are slower than the rest.
    times = took * 8 < seconds ? times * 8 : max(times + 1, Int(Double(times) * seconds / took))
    if took * 8 >= seconds { break }
  }
  return times
}
