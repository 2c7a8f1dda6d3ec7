// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPITesting

/// How many jobs run at the same time.
@Suite struct AdmissionTests {
  /// What the jobs that run now weigh.
  private actor Load {
    private(set) var now = 0
    private(set) var most = 0
    private(set) var runs = 0

    func add(_ weight: Int) {
      now += weight
      most = max(most, now)
      runs += 1
    }

    func remove(_ weight: Int) { now -= weight }
  }

  @Test(arguments: [1, 2, 5]) func weightsAddUpToTheLimitAtMost(limit: Int) async throws {
    let admission = Admission(limit: limit)
    let load = Load()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<100 {
        group.addTask {
          let weight = index % 4
          let counted = max(1, min(weight, limit))
          try await admission.run(weight: weight) {
            await load.add(counted)
            for _ in 0..<index % 7 { await Task.yield() }
            await load.remove(counted)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(await load.now == 0)
    #expect(await load.most <= limit)
    #expect(await load.runs == 100)
  }

  @Test(.timeLimit(.minutes(1))) func twoRunAtTheSameTimeIfThereIsRoom() async throws {
    let admission = Admission(limit: 2)
    let load = Load()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<2 {
        group.addTask {
          try await admission.run {
            await load.add(1)
            // Each waits for the other.
            while await load.runs < 2 { await Task.yield() }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func whatWeighsMoreThanTheLimitRunsAlone() async throws {
    let admission = Admission(limit: 3)
    let load = Load()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<40 {
        let isHeavy = index % 5 == 0
        group.addTask {
          try await admission.run(weight: isHeavy ? .max : 1) {
            await load.add(1)
            for _ in 0..<5 { await Task.yield() }
            if isHeavy { #expect(await load.now == 1) }
            await load.remove(1)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func anErrorMakesRoom() async throws {
    struct Failure: Error {}
    let admission = Admission(limit: 2)
    for _ in 0..<5 {
      await #expect(throws: Failure.self) { try await admission.run(weight: 2) { throw Failure() } }
    }
    #expect(try await admission.run(weight: 2) { 7 } == 7)
  }
}
