// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks

/// One run of a stochastic epidemic: people are susceptible, infected or recovered (SIR).
///
/// Each infected person infects others at the rate `beta` S/N, and recovers at the rate `gamma`. Events are drawn one by one
/// (Gillespie's direct method), so there is nothing to discretize. A run is a task.
struct Epidemic: ContextPoolTask, Equatable {
  /// Infections a day by one infected person among susceptible ones.
  var beta: Double
  /// Recoveries a day of an infected person.
  var gamma: Double
  /// All people.
  var population: Int
  /// Those infected at the beginning.
  var infected: Int
  /// When to stop, in days.
  var days: Double

  /// How a run went.
  struct Outcome: Codable, Equatable {
    /// All that were ever infected.
    var cases: Int
    /// The most that were infected at the same time.
    var peak: Int
    /// When the last one recovered, or the run was stopped, in days.
    var end: Double
  }

  func run(in context: TaskContext) throws -> Outcome {
    var random = context.random
    return run(using: &random)
  }

  /// Runs it with random numbers from anywhere.
  func run(using random: inout some RandomNumberGenerator) -> Outcome {
    var (susceptible, now) = (population - infected, infected)
    var outcome = Outcome(cases: infected, peak: infected, end: 0)
    while now > 0 {
      let infection = beta * Double(susceptible) * Double(now) / Double(population)
      let rate = infection + gamma * Double(now)
      // Nothing will ever happen where both rates are 0.
      guard rate > 0 else { return Outcome(cases: outcome.cases, peak: outcome.peak, end: days) }
      // An exponential time; 1 - x, for the logarithm of 0 is none.
      let step = -logarithm(1 - Double.random(in: 0..<1, using: &random)) / rate
      guard outcome.end + step < days else { return Outcome(cases: outcome.cases, peak: outcome.peak, end: days) }
      outcome.end += step
      if Double.random(in: 0..<rate, using: &random) < infection {
        susceptible -= 1
        now += 1
        outcome.cases += 1
        outcome.peak = max(outcome.peak, now)
      } else {
        now -= 1
      }
    }
    return outcome
  }
}
