// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPIStore
import MPIStoreFile
import MPITasks
import Testing

extension OnEveryRank {
  @Suite struct PoolStoreTests {
    /// Runs a body on rank 0 of a pool, with a folder; what is noted is of all ranks.
    private func inPool(_ body: nonisolated(nonsending) (TaskPool, Folder) async throws -> Void) async throws {
      let folder = try Folder(on: .world)
      try await withTaskPool(on: .world, progress: .never) { (pool) async throws in try await body(pool, folder) }
      try Communicator.world.barrier()
    }

    @Test("What is stored is not run, in the same order, however many there are", arguments: [0, 1, 7, 3000])
    func continued(count: Int) async throws {
      try await inPool { pool, folder in
        let tasks = (0..<count).map { Noted(number: $0, log: folder.log) }
        do {
          let store = try TaskStore(folder.store)
          let half = try await pool.map(tasks.filter { $0.number % 2 == 0 }, store: store)
          #expect(half == (0..<count).filter { $0 % 2 == 0 }.map { 2 * $0 })
          try store.close()
        }
        let store = try TaskStore(folder.store)
        #expect(try await pool.map(tasks.lazy.map { $0 }, store: store) == (0..<count).map { 2 * $0 })
        #expect(try await pool.map(tasks.reversed(), store: store) == (0..<count).map { 2 * $0 }.reversed())
        #expect(folder.noted() == Array(0..<count))
        #expect(try store.check().isEmpty)
      }
    }

    @Test("Tasks of different types, versions and fields don't share results")
    func keys() async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        let tasks = (0..<5).map { Versioned(number: $0, log: folder.log) }
        for version in [1, 2, 1] {
          Versioned.version = version
          #expect(try await pool.map(tasks, store: store) == [0, 0.5, 1, 1.5, 2])
        }
        Versioned.version = 1
        #expect(folder.noted().count == 10)
        #expect(try store.results(of: Versioned.self, version: 2).map(\.output).sorted() == [0, 0.5, 1, 1.5, 2])
        #expect(try await pool.run(Silent(number: 1, log: folder.log), store: store) == ())
        #expect(try await pool.run(Noted(number: 1, log: folder.log), store: store) == 2)
        for _ in 0..<2 {
          let pairs = try await pool.map((0..<3).map { Paired(number: $0, log: folder.log) }, store: store)
          #expect(pairs.map(\.0) == [0, 1, 2])
          #expect(pairs[2].1 == [1, 2])
        }
        #expect(folder.noted().count == 15)
      }
    }

    @Test("Random numbers depend on seed and index, and so do the keys of tasks that may draw them")
    func seeds() async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        let tasks = (0..<6).map { _ in Draw(log: folder.log) }
        let first = try await pool.map(tasks, store: store, seed: 1)
        #expect(Set(first).count == 6)
        #expect(first == (try await pool.map(tasks, seed: 1)))
        let before = folder.noted().count
        #expect(try await pool.map(tasks, store: store, seed: 1) == first)
        #expect(folder.noted().count == before)
        #expect(try await pool.map(tasks, store: store, seed: 2) != first)
        #expect(folder.noted().count == before + 6)
        // Without a seed, too, another run has the same.
        let own = try await pool.map(tasks, store: store)
        #expect(try await pool.map(tasks + [Draw(log: folder.log)], store: store).prefix(6) == own[...])
        #expect(folder.noted().count == before + 13)
        // One more in front, and each of these has another index.
        let steady = (0..<4).map { Steady(number: $0, log: folder.log) }
        _ = try await pool.map(steady, store: store)
        #expect(try await pool.map(steady.reversed(), store: store) == [["3"], ["2"], ["1"], ["0"]])
        #expect(folder.noted().count == before + 17)
      }
    }

    @Test("Of tasks that are equal one is run", arguments: [nil, 1, 3])
    func duplicates(lookAhead: Int?) async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        let tasks = (0..<300).map { Noted(number: $0 % 10, log: folder.log) }
        #expect(try await pool.map(tasks, store: store, lookAhead: lookAhead) == (0..<300).map { 2 * ($0 % 10) })
        #expect(folder.noted() == Array(0..<10))
        let failing = (0..<30).map { Noted(number: $0 % 2, log: folder.log, failing: true) }
        let results = try await pool.mapResults(failing, store: store)
        for (index, result) in results.enumerated() {
          guard case .failure(let failure) = result else {
            Issue.record("it has not failed")
            continue
          }
          #expect(failure.index == index)
          #expect(failure.error(as: Noted.Refusal.self) == Noted.Refusal(number: index % 2))
        }
      }
    }

    @Test("Failures are tried again, or kept, by choice")
    func failures() async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        let tasks = (0..<9).map { Noted(number: $0, log: folder.log) }
        #expect(FileManager.default.createFile(atPath: folder.log + ".fail", contents: nil))
        let before = try await pool.mapResults(tasks, store: store)
        #expect(before.count { (try? $0.get()) == nil } == 3)
        try FileManager.default.removeItem(atPath: folder.log + ".fail")
        #expect(folder.noted().count == 9)

        let kept = try await pool.mapResults(tasks, store: store, recordedFailures: .keep)
        #expect(kept.count { (try? $0.get()) == nil } == 3)
        guard case .failure(let failure) = kept[6] else {
          Issue.record("it has not failed")
          return
        }
        #expect(failure.index == 6)
        #expect(failure.error(as: Noted.Refusal.self) == Noted.Refusal(number: 6))
        await #expect(throws: TaskFailure.self) { try await pool.map(tasks, store: store, recordedFailures: .keep) }
        await #expect(throws: TaskFailures.self) {
          try await pool.map(tasks, store: store, recordedFailures: .keep, onFailure: .collect)
        }
        #expect(folder.noted().count == 9)

        #expect(try await pool.map(tasks, store: store) == (0..<9).map { 2 * $0 })
        #expect(folder.noted().count == 12)
        #expect(try await pool.map(tasks, store: store, recordedFailures: .keep) == (0..<9).map { 2 * $0 })
      }
    }

    @Test("A call that throws has stored what had completed")
    func thrown() async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        let tasks = (0..<200).map { Noted(number: $0, log: folder.log, failing: $0 == 150) }
        await #expect(throws: TaskFailure.self) { try await pool.map(tasks, store: store) }
        let stored = try store.results(of: Noted.self).map(\.task.number)
        #expect(Set(stored).count == stored.count)
        let before = folder.noted()
        #expect(stored.count >= before.count / 2)
        let good = tasks.filter { !$0.failing }
        #expect(try await pool.map(good, store: store) == good.map { 2 * $0.number })
        // What was stored has run once; what was running when the call threw may have run twice.
        let notes = Dictionary(grouping: folder.noted()) { $0 }
        for number in stored { #expect(notes[number]?.count == 1) }
        #expect(notes.count == 200)
      }
    }

    @Test("Sequences have the stored ones first, and leave nothing behind")
    func sequences() async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        let tasks = (0..<500).map { Noted(number: $0, log: folder.log) }
        _ = try await pool.map(tasks[100..<200], store: store)
        var seen: [Int] = []
        for try await (task, output) in pool.unordered(tasks, store: store) {
          #expect(output == 2 * task.number)
          seen.append(task.number)
        }
        #expect(seen.sorted() == Array(0..<500))
        #expect(folder.noted() == Array(0..<500))
        // One that is left in the middle.
        var count = 0
        let endless = (1000...).lazy.map { Noted(number: $0, log: folder.log) }
        for try await _ in pool.unordered(endless, store: store) {
          count += 1
          if count == 50 { break }
        }
        #expect(try await pool.unordered(tasks, store: store).reduce(0) { $0 + $1.output } == 499 * 500)
        let failing = tasks.prefix(4).map { Noted(number: $0.number, log: folder.log, failing: true) }
        let results = try await pool.unordered(failing, store: store).results.reduce(0) { sum, pair in
          if case .failure = pair.result { sum + 1 } else { sum }
        }
        #expect(results == 4)
        await #expect(throws: TaskFailure.self) { for try await _ in pool.unordered(failing, store: store) {} }
      }
    }

    @Test("Several calls at once on one store have the right results, and another one finds all of them")
    func concurrent() async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        let (path, log) = (folder.store, folder.log)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for call in 0..<8 {
            group.addTask {
              let numbers = (0..<200).map { $0 + 50 * call }
              let other = try TaskStore(path)
              let results = try await pool.map(numbers.map { Noted(number: $0, log: log) }, store: other)
              #expect(results == numbers.map { 2 * $0 })
            }
          }
          try await group.waitForAll()
        }
        let before = folder.noted().count
        let all = (0..<550).map { Noted(number: $0, log: folder.log) }
        #expect(try await pool.map(all, store: store) == (0..<550).map { 2 * $0 })
        #expect(folder.noted().count == before)
      }
    }

    @Test("A shared value counts by its contents, and not by its number")
    func shared() async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        for (round, factor) in [1.0, 1.0, 3.0].enumerated() {
          let table = try pool.share((0..<10_000).map { factor * Double($0) })
          let tasks = (0..<10).map { Lookup(table: table, index: $0, log: folder.log) }
          #expect(try await pool.map(tasks, store: store) == (0..<10).map { factor * Double($0) })
          #expect(folder.noted().count == [10, 10, 20][round])
          pool.unshare(table)
        }
        let gone = try pool.share([0.5])
        pool.unshare(gone)
        await #expect(throws: (any Error).self) {
          try await pool.map([Lookup(table: gone, index: 0, log: folder.log)], store: store)
        }
      }
    }

    @Test("All of a type are read back, and results that can't be read are left out, and run again")
    func readBack() async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        let tasks = (-5..<5).map { Moody(number: $0, log: folder.log) }
        let moods = (-5..<5).map(Moody.Mood.init)
        #expect(try await pool.map(tasks, store: store) == moods)
        #expect(try store.results(of: Moody.self).map(\.output.number).sorted() == Array(-5..<5))
        setenv("MPI_STORE_TEST_MOOD", "bad", 1)
        defer { unsetenv("MPI_STORE_TEST_MOOD") }
        let results = try store.results(of: Moody.self)
        #expect(results.map(\.task.number).sorted() == Array(0..<5))
        #expect(results.error == nil)
        // On other ranks they are decoded, too, and fail there.
        unsetenv("MPI_STORE_TEST_MOOD")
        let file = try StoreFile(reading: folder.store)
        #expect(try file.check().isEmpty)
        #expect(try store.results(of: Noted.self).map(\.output) == [])
      }
    }

    @Test("A result whose bytes are damaged is run again")
    func undecodable() async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        let tasks = (0..<10).map { Noted(number: $0, log: folder.log) }
        _ = try await pool.map(tasks, store: store)
        try store.close()
        let database = try Database(folder.store, isWritable: true)
        try database.run("UPDATE result SET value = x'07ff' WHERE position IN (3, 4)")
        let again = try TaskStore(folder.store)
        #expect(try again.check().count == 2)
        #expect(try await pool.map(tasks, store: again) == (0..<10).map { 2 * $0 })
        #expect(folder.noted().count == 12)
        #expect(try again.check().isEmpty)
        #expect(try await pool.map(tasks, store: again) == (0..<10).map { 2 * $0 })
        #expect(folder.noted().count == 12)
      }
    }

    @Test("What is forgotten is run again")
    func forgetting() async throws {
      try await inPool { pool, folder in
        let store = try TaskStore(folder.store)
        let tasks = (0..<10).map { Noted(number: $0, log: folder.log) }
        _ = try await pool.map(tasks, store: store)
        _ = try await pool.run(Versioned(number: 3, log: folder.log), store: store)
        #expect(try store.forget(Noted.self) == 10)
        #expect(try store.forget(Noted.self) == 0)
        _ = try await pool.map(tasks, store: store)
        #expect(folder.noted().count == 21)
        try store.compact()
        #expect(try store.forget(run: 1) == 11)
        _ = try await pool.map(tasks, store: store)
        #expect(folder.noted().count == 31)
      }
    }

    @Test("A store that can't be opened is an error of the call, and the pool goes on")
    func refused() async throws {
      try await inPool { pool, folder in
        let task = Noted(number: 1, log: folder.log)
        #expect(throws: TaskStoreError.self) { try TaskStore(folder.path + "/no/a.store") }
        let store = try TaskStore(folder.store)
        try store.close()
        await #expect(throws: TaskStoreError.self) { try await pool.run(task, store: store) }
        await #expect(throws: TaskStoreError.self) { for try await _ in pool.unordered([task], store: store) {} }
        #expect(try await pool.run(task) == 2)
      }
    }

    @Test("Pools that follow one another use one store")
    func twoPools() async throws {
      let folder = try Folder(on: .world)
      let store = try TaskStore(folder.store)
      for _ in 0..<2 {
        try await withTaskPool(on: .world, progress: .never) { (pool) async throws in
          let tasks = (0..<20).map { Noted(number: $0, log: folder.log) }
          #expect(try await pool.map(tasks, store: store) == (0..<20).map { 2 * $0 })
        }
      }
      try Communicator.world.barrier()
      #expect(folder.noted().count == 20)
      try Communicator.world.barrier()
    }
  }
}
