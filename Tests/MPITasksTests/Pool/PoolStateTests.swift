// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPITasks
import Testing

extension OnEveryRank {
  @Suite struct PoolStateTests {
    @Test("A shared value is read on every rank, until it is unshared")
    func sharing() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let table = ["a": (0..<100_000).map(Double.init), "b": [0.5]]
        let shared = try pool.share(table)
        let sums = try await pool.map((0..<200).map { Lookup(table: shared, key: ["a", "b", "c"][$0 % 3]) })
        for (index, sum) in sums.enumerated() { #expect(sum == [4_999_950_000, 0.5, -1][index % 3]) }
        let other = try pool.share(["a": [1.0, 2.0]])
        #expect(try await pool.run(Lookup(table: other, key: "a")) == 3)
        pool.unshare(shared)
        let results = try await pool.mapResults((0..<20).map { _ in Lookup(table: shared, key: "b") })
        for result in results {
          #expect(throws: TaskFailure.self) { try result.get() }
        }
      }
    }

    @Test("A value comes before the tasks that are submitted after it was shared, and goes before those after")
    func sharingInOrder() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        for round in 0..<300 {
          let shared = try pool.share(["a": [Double(round)]])
          let sums = try await pool.map((0..<8).map { _ in Lookup(table: shared, key: "a") })
          #expect(sums == Array(repeating: Double(round), count: 8))
          pool.unshare(shared)
          let results = try await pool.mapResults((0..<8).map { _ in Lookup(table: shared, key: "a") })
          for result in results {
            #expect(throws: TaskFailure.self) { try result.get() }
          }
        }
      }
    }

    @Test("Every rank is prepared before its first task, once", .enabled(if: !areTasksInProcesses))
    func preparation() async throws {
      let prepare: @Sendable (Int) throws -> any Sendable = { rank in
        sleep(milliseconds: 20)
        return "ready \(rank)"
      }
      try await withTaskPool(on: .world, prepare: prepare) { (pool) async throws in
        for text in try await pool.map((0..<500).map(Prepared.init)) {
          let words = text.split(separator: " ")
          #expect(words.count == 3 && words[0] == "ready" && words[1] == words[2])
        }
      }
    }

    @Test("No task waits for a rank that takes long to be prepared", .enabled(if: !areTasksInProcesses))
    func slowPreparation() async throws {
      let last = Communicator.world.size - 1
      let prepare: @Sendable (Int) throws -> any Sendable = { rank in
        if rank == last, rank > 0 { sleep(milliseconds: 1500) }
        return 0
      }
      try await withTaskPool(on: .world, prepare: prepare) { (pool) async throws in
        let start = ContinuousClock.now
        let ranks = try await pool.map((0..<3 * pool.rankCount).map { _ in Whereabouts(milliseconds: 20) })
        #expect(last == 0 || !ranks.contains(last))
        #expect(ContinuousClock.now - start < .milliseconds(1400))
        // Once it is, it takes part, and the pool doesn't end before.
        for try await (_, rank) in pool.unordered(repeatElement(Whereabouts(), count: .max)) where rank == last {
          break
        }
      }
    }

    @Test(
      "Where a rank can't be prepared, rank 0 is told which", .enabled(if: !areTasksInProcesses), arguments: [0, 1])
    func failingPreparation(rank: Int) async throws {
      let failing = rank % Communicator.world.size
      let prepare: @Sendable (Int) throws -> any Sendable = { rank in
        if rank == failing { throw Picky.Refusal(number: rank, words: []) }
        return 0
      }
      try await withTaskPool(on: .world, prepare: prepare) { (pool) async throws in
        let error = await #expect(throws: TaskPoolError.self) {
          for try await _ in pool.unordered(repeatElement(Stubborn(milliseconds: 1), count: .max)) {}
        }
        #expect("\(error!)".contains("`prepare` threw on rank \(failing) "))
      }
    }

    @Test("Random numbers depend on the seed and the index alone")
    func randomNumbers() async throws {
      try await withTaskPool(on: .world, seed: 5) { (pool) async throws in
        let draws = try await pool.map((0..<300).map { Draw(count: 1 + $0 % 7) }, seed: 42)
        for (index, numbers) in draws.enumerated() {
          var stream = RandomStream(seed: 42, stream: index)
          #expect(numbers == (0...index % 7).map { _ in stream.next() })
        }
        // Of the pool's seed and the call's number: other ones for each call, the same in each run.
        let first = try await pool.run(Draw(count: 1))
        let second = try await pool.run(Draw(count: 1))
        #expect(first != second)
        for (call, numbers) in [(2, first), (3, second)] {
          var stream = RandomStream(seed: mixed(5, UInt64(call)), stream: 0)
          #expect(numbers == [stream.next()])
        }
      }
    }
  }
}
