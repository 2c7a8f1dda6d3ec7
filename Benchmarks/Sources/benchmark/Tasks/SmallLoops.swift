// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import MPI
import MPITasks

/// How long loops take that are too small to share, beside the plain loop.
func measureSmallLoops(_ world: Communicator, _ load: TaskLoad) throws -> [TaskFigure] {
  let count = 1000
  var figures: [TaskFigure] = []
  func plainLoop(_ calls: Int, _ each: Int) throws -> Double {
    try alone(world) {
      for call in 0..<calls {
        var results: [UInt64] = []
        results.reserveCapacity(count)
        for index in 0..<count { results.append(spun(each, from: index &+ call)) }
        try require(results.count == count, "a plain loop")
      }
    } / Double(calls)
  }
  for length in [0] + load.loops {
    let calls = length == 0 ? 1000 : max(1, Int(load.loopSeconds / length))
    // How many steps an index takes, so that the loop takes as long as it should: processors overlap short ones.
    var guess = length == 0 ? 0 : 100
    for _ in 0..<3 where length > 0 {
      let took = try world.broadcast(try plainLoop(max(1, calls / 4), guess))
      guess = max(1, Int(Double(guess) * length / took))
    }
    let each = guess
    var values: [Double] = []
    for repetition in 0..<load.repeats {
      var plain = 0.0
      if repetition.isMultiple(of: 2) { plain = try plainLoop(calls, each) }
      let shared = try together(world) {
        for call in 0..<calls {
          _ = try world.map(0..<(length == 0 ? 0 : count)) { index in spun(each, from: index &+ call) }
        }
      }
      if !repetition.isMultiple(of: 2) { plain = try plainLoop(calls, each) }
      values.append(length == 0 ? shared / Double(calls) : shared / Double(calls) / plain)
    }
    figures.append(
      length == 0
        ? TaskFigure(
          .smallLoops, "a loop over nothing", "world.map", Summary(values), unit: "s", aim: 2e-6, wantsLittle: true)
        : TaskFigure(
          .smallLoops, "a loop of \(duration(length))", "world.map", Summary(values),
          aim: length < 50e-6 ? 1.3 : length < 100e-6 ? 1.05 : 1.02, wantsLittle: true))
  }
  return world.isRoot ? figures : []
}

/// Computes for a while: so many steps, each of which waits for the one before.
@inline(__always)
func spun(_ steps: Int, from seed: Int = 0) -> UInt64 {
  var value = UInt64(bitPattern: Int64(seed)) | 1
  for _ in 0..<steps {
    value ^= value << 13
    value ^= value >> 7
    value ^= value << 17
  }
  return value
}
