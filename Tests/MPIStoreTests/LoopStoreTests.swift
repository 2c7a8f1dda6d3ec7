// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPIBase
import MPIStore
import MPITasks
import Testing

extension OnEveryRank {
  @Suite struct LoopStoreTests {
    private var world: Communicator { .world }

    /// What has been noted, when all ranks are here; then nothing is.
    private func noted(_ folder: Folder) throws -> [Int] {
      try world.barrier()
      let numbers = folder.noted()
      try world.barrier()
      if world.isRoot { try? "".write(toFile: folder.log, atomically: false, encoding: .utf8) }
      try world.barrier()
      return numbers
    }

    @Test(
      "A loop goes on where it was, and so does a longer one",
      arguments: [LoopSchedule.adaptive, .static, .guided, .dynamic(chunk: 7)])
    func continued(schedule: LoopSchedule) throws {
      let folder = try Folder(on: world)
      let log = folder.log
      let store = try TaskStore(folder.store)
      func squares(_ range: Range<Int>) throws -> [Int]? {
        try world.map(range, store: store, name: "squares", schedule: schedule, progress: .never) { index in
          note(index, in: log)
          return index * index
        }
      }
      let ranges = [(10..<300, 290), (10..<300, 0), (0..<400, 110), (200..<250, 0), (500..<500, 0), (390..<1000, 600)]
      for (range, count) in ranges {
        let result = try squares(range)
        #expect(result == (world.isRoot ? range.map { $0 * $0 } : nil))
        let numbers = try noted(folder)
        #expect(numbers.count == count && Set(numbers).count == count, "\(range)")
      }
      if world.isRoot { #expect(try store.forget(loop: "squares") > 0) }
      _ = try squares(0..<10)
      #expect(try noted(folder).count == 10)
      if world.isRoot { try store.close() }
    }

    @Test("Loops of fewer indices than ranks end on all ranks, however early some of them are through")
    func short() throws {
      let folder = try Folder(on: world)
      let store = try TaskStore(folder.store)
      for round in 0..<60 {
        for count in 1...3 {
          let result = try world.map(0..<count, store: store, name: "\(round) \(count)", progress: .never) { $0 }
          #expect(result == (world.isRoot ? Array(0..<count) : nil))
        }
      }
      if world.isRoot { try store.close() }
    }

    @Test("Loops have their results by name, version, type and seed")
    func names() throws {
      let folder = try Folder(on: world)
      let log = folder.log
      let store = try TaskStore(folder.store)
      for count in [5, 0] {
        let words = try world.map(0..<5, store: store, name: "a") { index in
          note(index, in: log)
          return "word \(index)"
        }
        #expect(words == (world.isRoot ? (0..<5).map { "word \($0)" } : nil))
        #expect(try noted(folder).count == count)
        let numbers = try world.map(0..<5, store: store, name: "a") { index in
          note(index, in: log)
          return (Int32(index), Double(index))
        }
        if let numbers { #expect(numbers.map(\.1) == [0, 1, 2, 3, 4]) }
        #expect(try noted(folder).count == count)
        _ = try world.map(0..<5, store: store, name: "a", version: 2) { index in
          note(index, in: log)
          return "other"
        }
        #expect(try noted(folder).count == count)
        for seed: UInt64 in [1, 2] {
          let draws = try world.map(0..<5, seed: seed, store: store, name: "a") { index, context in
            note(index, in: log)
            return context.random.next()
          }
          let plain = try world.map(0..<5, seed: seed) { _, context in context.random.next() }
          #expect(draws == plain)
          #expect(try noted(folder).count == count)
        }
      }
      if world.isRoot { try store.close() }
    }

    @Test("Of a loop that fails, what was computed is stored")
    func failing() throws {
      let folder = try Folder(on: world)
      let log = folder.log
      let store = try TaskStore(folder.store)
      func run(failing: Bool) throws -> [Double]? {
        try world.map(0..<400, store: store, name: "x", progress: .never) { index in
          note(index, in: log)
          sleep(milliseconds: 1)
          if failing && index == 390 { throw Noted.Refusal(number: index) }
          return Double(index)
        }
      }
      #expect(throws: LoopFailure.self) { try run(failing: true) }
      let before = try noted(folder)
      let all = try run(failing: false)
      #expect(all == (world.isRoot ? (0..<400).map(Double.init) : nil))
      let after = try noted(folder)
      #expect(Set(before).union(after) == Set(0..<400))
      // All that has a result is stored: the others are those that had none.
      #expect(before.count + after.count == 401)
      if world.isRoot { try store.close() }
    }

    @Test("A failure names the program's index, after some of the range was read")
    func index() throws {
      let folder = try Folder(on: world)
      let store = try TaskStore(folder.store)
      _ = try world.map(20..<40, store: store, name: "x") { $0 }
      do {
        _ = try world.map(0..<60, store: store, name: "x", schedule: .static) { index in
          if index == 55 { throw Noted.Refusal(number: index) }
          return index
        }
        Issue.record("nothing was thrown")
      } catch let failure as LoopFailure {
        #expect(failure.index == 55)
      }
      if world.isRoot { try store.close() }
    }

    @Test("A store that can't be opened, and ranges that differ, are errors on every rank")
    func refused() throws {
      let folder = try Folder(on: world)
      let path = folder.path + "/no/a.store"
      let missing = try? TaskStore(path)
      #expect(missing == nil || !world.isRoot)
      if world.size > 1 {
        let store = try TaskStore(folder.store)
        #expect(throws: MPIError.self) { try world.map(0..<10 + world.rank, store: store, name: "x") { $0 } }
      }
      let store = try TaskStore(folder.store)
      if world.isRoot { try store.close() }
      let error = #expect(throws: TaskStoreError.self) { try world.map(0..<10, store: store, name: "x") { $0 } }
      #expect(error?.description.contains("was closed") == true)
      #expect(try world.allReduce(1, .sum) == world.size)
    }
  }
}
