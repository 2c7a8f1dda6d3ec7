// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks

/// The time limit of the job, which is far away.
func clock(_ world: Communicator) throws {
  JobClock.signals = [.standard, .interrupt]
  JobClock.signals = .standard
  JobClock.limit(to: .seconds(100_000))
  JobClock.reserve = .seconds(10)
  for _ in 0..<1000 { try expect(try world.isTimeUp, false) }
  try world.throwIfTimeIsUp(remaining: 3, of: "steps")
  try expect(world.timeLeft.map { $0 > .seconds(1000) }, true)
  try expect(JobClock.timeLeft.map { $0 < .seconds(100_001) }, true)
  try expect(JobClock.reserve, .seconds(10))
  let sum = try stoppingInTime { try world.mapReduce(0..<7, initial: 0, +) { $0 } }
  try expect(sum, 21)
  let timeUp = JobTimeUp(remaining: 3, of: "steps")
  try expect(timeUp.reason, .choice)
  try expect(timeUp.description.contains("3 steps are left"), true)
  try expect(JobTimeUp.status, 75)
  // It never returns.
  if world.size > 1_000_000 { endJob(timeUp) }
  try expect(JobSignals(rawValue: JobSignals.user1.rawValue), .user1)
  try expect(JobSignals.standard.isSuperset(of: [.user1, .user2, .cpuTime, .terminate]), true)
  JobClock.limit(to: nil)
  try expect(world.timeLeft, nil)
}
