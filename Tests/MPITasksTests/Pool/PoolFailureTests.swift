// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import Testing

extension OnEveryRank {
  @Suite struct PoolFailureTests {
    @Test("A failure says where it was, and what was thrown, from whatever rank")
    func failuresOfEachRank() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        for rank in 0..<pool.rankCount {
          let tasks = repeatElement(Whereabouts(failingRank: rank), count: .max)
          for try await (_, result) in pool.unordered(tasks).results {
            guard case .failure(let failure) = result else { continue }
            #expect(failure.rank == rank)
            #expect(failure.host == MPIEnvironment.processorName)
            #expect(failure.taskType == "Whereabouts")
            #expect(failure.reason == .threw)
            #expect(failure.error(as: Picky.Refusal.self) == Picky.Refusal(number: rank, words: []))
            #expect(failure.error(as: Fragile.Broken2.self) == nil)
            #expect(failure.message == "Refusal(number: \(rank), words: [])")
            break
          }
        }
      }
    }

    @Test("The first failure stops a call, and the pool goes on")
    func stop() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let tasks = (1...500).map { Picky(number: $0, divisor: 400) }
        let failure = await #expect(throws: TaskFailure.self) { try await pool.map(tasks) }
        #expect(failure?.index == 399)
        #expect(failure?.attempts == 1)
        var seen = 0
        let other = await #expect(throws: TaskFailure.self) {
          for try await _ in pool.ordered(tasks) { seen += 1 }
        }
        #expect(other?.index == 399)
        #expect(seen == 399)
        #expect(try await pool.run(Square(number: 5)) == 25)
      }
    }

    @Test("Collecting runs all, and then names all that failed")
    func collect() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let tasks = (1...1000).map { Picky(number: $0, divisor: 100) }
        let failures = await #expect(throws: TaskFailures.self) { try await pool.map(tasks, onFailure: .collect) }
        #expect(failures?.failures.map(\.index) == (1...10).map { 100 * $0 - 1 })
        var seen: Set<Int> = []
        let others = await #expect(throws: TaskFailures.self) {
          for try await (task, _) in pool.unordered(tasks, onFailure: .collect) { seen.insert(task.number) }
        }
        #expect(others?.failures.map(\.index) == failures?.failures.map(\.index))
        #expect(seen.count == 990)

        let results = try await pool.mapResults(tasks)
        #expect(results.count == 1000)
        for (index, result) in results.enumerated() {
          #expect((try? result.get()) == ((index + 1) % 100 == 0 ? nil : index + 1))
        }
      }
    }

    @Test("Retries", arguments: [0, 1, 3])
    func retries(failures: Int) async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let tasks = (0..<200).map { Flaky(index: $0, failures: $0 % 50 == 7 ? failures : 0) }
        let expected = (0..<200).map { 10 * $0 + ($0 % 50 == 7 ? failures : 0) }
        #expect(try await pool.map(tasks, onFailure: .retry(3)) == expected)
        #expect(try await pool.run(Flaky(index: 1, failures: failures), retries: failures) == 10 + failures)
        if failures > 0 {
          let failure = await #expect(throws: TaskFailure.self) {
            try await pool.map(tasks, onFailure: .retry(failures - 1))
          }
          #expect(failure?.attempts == failures)
        }
      }
    }

    @Test("A private or local type is refused at once, with what to do about it")
    func hiddenTypes() async throws {
      struct Local: PoolTask {
        func run() -> Int { 1 }
      }
      try await withTaskPool(on: .world) { (pool) async throws in
        for text in [
          "\(await #expect(throws: TaskPoolError.self) { try await runHidden(pool) } as Any)",
          "\(await #expect(throws: TaskPoolError.self) { try await pool.run(Local()) } as Any)",
        ] {
          #expect(text.contains("make it internal or public"), "\(text)")
        }
      }
    }

    @Test("Tasks that can't be encoded or decoded fail, and those beside them don't")
    func fragileTasks() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let faults: [Fragile.Fault] = (0..<200).map { $0 % 20 == 3 ? .decoding : $0 % 20 == 11 ? .encoding : .none }
        let results = try await pool.mapResults(faults.map { FragileTask(input: Fragile($0)) })
        for (fault, result) in zip(faults, results) {
          switch result {
          case .success(let rank):
            // Rank 0 runs its own as they are.
            #expect(fault == .none || rank == 0)
          case .failure(let failure):
            #expect(fault != .none)
            #expect(failure.reason == .taskCoding)
            #expect(failure.rank == 0 || fault == .decoding)
          }
        }
      }
    }

    @Test("Results that can't be encoded or decoded fail, and those beside them don't")
    func fragileOutputs() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let faults: [Fragile.Fault] = (0..<200).map { $0 % 20 == 3 ? .decoding : $0 % 20 == 11 ? .encoding : .none }
        let results = try await pool.mapResults(faults.map(FragileOutput.init))
        for (fault, result) in zip(faults, results) {
          switch result {
          case .success(let output): #expect(output == Fragile(fault))
          case .failure(let failure):
            #expect(fault != .none)
            #expect(failure.reason == .outputCoding)
          }
        }
      }
    }

    @Test("A time limit ends the wait for one task, and leaves the others alone")
    func timeouts() async throws {
      try await withTaskPool(on: .world, threads: 1) { (pool) async throws in
        let tasks = (0..<12).map { Stubborn(milliseconds: $0 % 4 == 1 ? 3000 : 5) }
        let results = try await pool.mapResults(tasks, timeout: .milliseconds(800))
        for (task, result) in zip(tasks, results) {
          switch result {
          case .success(let output): #expect(output == task.milliseconds && output == 5)
          case .failure(let failure):
            #expect(task.milliseconds == 3000)
            #expect(failure.reason == .timedOut)
            #expect(failure.message.contains("its limit of 0.8 s;"))
          }
        }
        let failure = await #expect(throws: TaskFailure.self) {
          try await pool.run(Nap(milliseconds: 60_000), timeout: .milliseconds(50))
        }
        #expect(failure?.reason == .timedOut)
        #expect(try await pool.run(Square(number: 4), timeout: .seconds(50)) == 16)
      }
    }

    @Test("The error of a task's task keeps its type, through any number of tasks")
    func errorsOfSubtasks() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        for depth in 1...3 {
          let tasks = (0..<8).map { _ in Descent(depth: depth) }
          for result in try await pool.mapResults(tasks) {
            guard case .failure(let failure) = result else {
              Issue.record("it should fail")
              continue
            }
            #expect(failure.taskType == "Descent" && failure.reason == .threw)
            #expect(failure.error(as: Picky.Refusal.self) == Picky.Refusal(number: 0, words: ["no", "way"]))
            #expect(failure.message.contains("Picky"), "\(failure.message)")
          }
        }
        // And what the pool itself throws.
        for result in try await pool.mapResults((0..<8).map { _ in Hiding() }) {
          #expect(throws: TaskFailure.self) { try result.get() }
          guard case .failure(let failure) = result else { continue }
          guard case .unknownType = failure.error(as: TaskPoolError.self) else {
            Issue.record("\(failure)")
            continue
          }
        }
      }
    }

    @Test("Canceled before, while and after it runs")
    func cancellation() async throws {
      try await withTaskPool(on: .world, threads: 1) { (pool) async throws in
        // Before: the task that waits is canceled already.
        let before = Task { try await pool.run(Sleeper(milliseconds: 60_000)) }
        before.cancel()
        await #expect(throws: CancellationError.self) { try await before.value }

        // While: on every rank.
        let running = (0..<4 * pool.rankCount).map { _ in Task { try await pool.run(Sleeper(milliseconds: 60_000)) } }
        try await Task.sleep(for: .milliseconds(100))
        for task in running { task.cancel() }
        for task in running { await #expect(throws: CancellationError.self) { try await task.value } }
        let naps = Task { try await pool.map((0..<20).map { _ in Nap(milliseconds: 60_000) }) }
        try await Task.sleep(for: .milliseconds(50))
        naps.cancel()
        await #expect(throws: CancellationError.self) { try await naps.value }

        // After: it has its result.
        let after = Task { try await pool.run(Square(number: 6)) }
        #expect(try await after.value == 36)
        after.cancel()
        #expect(try await after.value == 36)

        // The threads are free again.
        var missing = Set(0..<pool.rankCount)
        for try await (_, rank) in pool.unordered(repeatElement(Whereabouts(), count: .max)) {
          missing.remove(rank)
          if missing.isEmpty { break }
        }
      }
    }

    @Test("What the body throws is thrown on rank 0, and the others return")
    func throwingBody() async throws {
      if Communicator.world.isRoot {
        await #expect(throws: Fragile.Broken.self) {
          try await withTaskPool(on: .world) { (pool) async throws in
            async let long = pool.run(Sleeper(milliseconds: 60_000))
            _ = try await pool.run(Square(number: 1))
            if pool.rankCount > 0 { throw Fragile.Broken() }
            _ = try await long
          }
        }
      } else {
        #expect(try await withTaskPool(on: .world) { _ in 1 } == nil)
      }
      #expect(try Communicator.world.allReduce(1, .sum) == Communicator.world.size)
    }

    @Test("A pool that has ended takes no tasks")
    func afterTheEnd() async throws {
      let kept = try await withTaskPool(on: .world) { pool in pool }
      guard let kept else { return }
      let error = await #expect(throws: TaskPoolError.self) { try await kept.run(Square(number: 1)) }
      #expect("\(error as Any)".contains("poolEnded") || "\(error as Any)".contains("the pool has ended"))
    }
  }
}

extension Fragile {
  struct Broken2: Error, Codable {}
}
