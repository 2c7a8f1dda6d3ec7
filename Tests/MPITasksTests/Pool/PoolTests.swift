// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPITasks
import Testing

extension OnEveryRank {
  @Suite struct PoolTests {
    @Test("map keeps the order, whatever the number of tasks", arguments: [0, 1, 2, 3, 100, 20_000])
    func map(count: Int) async throws {
      let result = try await withTaskPool(on: .world) { (pool) async throws in
        #expect(pool.rankCount == Communicator.world.size)
        let squares = try await pool.map((0..<count).map(Square.init))
        #expect(squares == (0..<count).map { $0 * $0 })
        let lazy = try await pool.map((0..<count).lazy.map { Greeting(name: "n\($0)") })
        #expect(lazy == (0..<count).map { ["hello", "n\($0)"] })
        return "done"
      }
      #expect(result == (Communicator.world.rank == 0 ? "done" : nil))
    }

    @Test("Each task comes back once, in any order or in that of the input")
    func sequences() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        var seen: Set<Int> = []
        for try await (task, output) in pool.unordered((0..<3000).lazy.map(Square.init)) {
          #expect(output == task.number * task.number)
          #expect(seen.insert(task.number).inserted)
        }
        #expect(seen.count == 3000)

        var next = 0
        for try await (task, output) in pool.ordered(
          (0..<3000).lazy.map { Stubborn(milliseconds: $0 % 997 == 0 ? 2 : 0) })
        {
          #expect(output == task.milliseconds)
          #expect(task.milliseconds == (next % 997 == 0 ? 2 : 0))
          next += 1
        }
        #expect(next == 3000)
      }
    }

    @Test("An endless input is taken no further than the look-ahead", arguments: [1, 7, 100])
    func endless(lookAhead: Int) async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        var taken = 0
        var used = 0
        let endless = sequence(state: 0) { (state: inout Int) -> Square? in
          state += 1
          taken += 1
          return Square(number: state)
        }
        for try await (_, output) in pool.unordered(endless, lookAhead: lookAhead) {
          used += 1
          #expect(output > 0)
          #expect(taken - used < lookAhead)
          if used == 500 { break }
        }
        #expect(used == 500)
        var previous = 0
        for try await (task, _) in pool.ordered((1...).lazy.map(Square.init), lookAhead: lookAhead) {
          #expect(task.number == previous + 1)
          previous = task.number
          if previous == 500 { break }
        }
        // What was left does no harm.
        #expect(try await pool.run(Square(number: 12)) == 144)
      }
    }

    @Test("Many calls at once, by async let and in a group")
    func concurrentCalls() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        async let a = pool.map((0..<500).map(Square.init))
        async let b = pool.run(Square(number: 3))
        async let c = pool.map((0..<500).lazy.map { Greeting(name: "\($0)") })
        #expect(try await a.count == 500)
        #expect(try await b == 9)
        #expect(try await c[499] == ["hello", "499"])

        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
          for number in 0..<300 { group.addTask { try await pool.run(Square(number: number)) } }
          return try await group.reduce(0, +)
        }
        #expect(sum == (0..<300).reduce(0) { $0 + $1 * $1 })
      }
    }

    @Test("All ranks run tasks, rank 0 too")
    func everyRankWorks() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        var missing = Set(0..<pool.rankCount)
        for try await (_, rank) in pool.unordered(repeatElement(Whereabouts(), count: .max)) {
          missing.remove(rank)
          if missing.isEmpty { break }
        }
      }
    }

    @Test("Long arrays go to tasks of tasks and come back, beside short ones")
    func longArrays() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        // From what is copied into a message to what travels by itself, and at its boundary.
        let counts = [0, 1, 1000, 16_383, 16_384, 16_385, 40_000]
        let tasks = (0..<70).map { Columns.sample(counts[$0 % counts.count], depth: $0 % 4 == 0 ? 2 : 0) }
        for (task, output) in zip(tasks, try await pool.map(tasks)) {
          #expect(output == task.raised(by: task.depth + 1), "\(task.name)")
        }
        // Many in a batch.
        let sums = try await pool.map((0..<300).map { Bulk(bytes: [UInt8($0 % 100)], outputCount: 150_000) })
        #expect(sums.enumerated().allSatisfy { $1.count == 150_000 && $1[77_777] == UInt8($0 % 100) })
      }
    }

    @Test("Tasks submit tasks, many levels deep")
    func tasksOfTasks() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        #expect(try await pool.run(Fibonacci(n: 10)) == 55)
        #expect(try await pool.map((0..<8).map(Fibonacci.init)) == [0, 1, 1, 2, 3, 5, 8, 13])
        let words = try await pool.map((1...8).map { Parent(child: Picky(number: $0, divisor: 4)) })
        #expect(words == ["1", "2", "3", "Picky: 2", "5", "6", "7", "Picky: 2"])
      }
    }

    @Test("Tasks that wait keep no thread")
    func waiting() async throws {
      try await withTaskPool(on: .world, threads: 1) { (pool) async throws in
        #expect(try await pool.map((0..<40).map { Nap(milliseconds: $0 % 5) }) == Array(0..<40))
      }
    }

    @Test("Higher priorities go first")
    func priorities() async throws {
      try await withTaskPool(on: .world, threads: 1) { (pool) async throws in
        let count = 3 * pool.rankCount
        let ended = try await withThrowingTaskGroup(of: Int.self) { group in
          // Keeps all ranks busy until all are in the queue.
          for _ in 0..<4 * pool.rankCount {
            group.addTask { try await pool.run(Stubborn(milliseconds: 60), priority: 9) }
          }
          try await Task.sleep(for: .milliseconds(20))
          for priority in [1, 3, 2] {
            for _ in 0..<count {
              group.addTask {
                _ = try await pool.run(Stubborn(milliseconds: 10), priority: priority)
                return priority
              }
            }
          }
          return try await group.filter { $0 <= 3 }.reduce(into: []) { $0.append($1) }
        }
        #expect(ended.count == 3 * count)
        let means = (1...3).map { priority in
          let places = ended.indices.filter { ended[$0] == priority }
          return Double(places.reduce(0, +)) / Double(places.count)
        }
        #expect(means[2] < means[1] && means[1] < means[0], "\(ended)")
      }
    }

    @Test("A rank that comes late is no harm")
    func lateRanks() async throws {
      sleep(milliseconds: 150 * ((Communicator.world.rank + Communicator.world.size - 1) % Communicator.world.size))
      try await withTaskPool(on: .world) { (pool) async throws in
        #expect(try await pool.map((0..<100).map(Square.init)).last == 99 * 99)
      }
    }

    @Test("Long arguments and results")
    func bulk() async throws {
      try await withTaskPool(on: .world) { (pool) async throws in
        let count = 3_000_000
        let tasks = (0..<6).lazy.map {
          Bulk(bytes: [UInt8](repeating: UInt8($0), count: count), outputCount: 2 * count)
        }
        for (index, output) in try await pool.map(tasks).enumerated() {
          #expect(output.count == 2 * count)
          #expect(output[0] == UInt8(index) && output[2 * count - 1] == UInt8(index))
        }
        let huge = try await pool.map([Bulk(bytes: [1], outputCount: 100_000_000), Bulk(bytes: [2], outputCount: 1)])
        #expect(huge.map(\.count) == [100_000_000, 1])
      }
    }

    @Test("One pool after another, with other programs of MPI between")
    func pools() async throws {
      for round in 1...3 {
        try await withTaskPool(on: .world, threads: round) { (pool) async throws in
          #expect(try await pool.run(Square(number: round)) == round * round)
        }
        #expect(try Communicator.world.allReduce(1, .sum) == Communicator.world.size)
      }
      try await withTaskPool(on: .itself) { (pool) async throws in
        #expect(pool.rankCount == 1)
        #expect(try await pool.map((0..<10).map(Square.init)).count == 10)
      }
    }
  }
}
