// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import Synchronization
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct Spilled: Error, Codable, Equatable {
  var cups: Int
  var place: String
}

struct Unspeakable: Error {}

/// An item that can't be encoded, or decoded, if it is told so.
private struct Sealed: Codable, Sendable {
  enum Kind: String, Codable { case open, unencodable, undecodable }
  var kind: Kind
  var number: Int
  /// With it, the value is encoded by its own function, and not copied.
  var text = ""

  init(_ number: Int, _ kind: Kind = .open) { (self.kind, self.number) = (kind, number) }

  init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self).split(separator: " ")
    (kind, number) = (Kind(rawValue: String(text[0]))!, Int(text[1])!)
    if kind == .undecodable { throw Unspeakable() }
  }

  func encode(to encoder: any Encoder) throws {
    if kind == .unencodable { throw Unspeakable() }
    var container = encoder.singleValueContainer()
    try container.encode("\(kind.rawValue) \(number)")
  }
}

/// A result of which it is known how many live.
private final class Token: Codable, Sendable {
  static let alive = Atomic<Int>(0)
  let number: Int

  init(_ number: Int) {
    self.number = number
    Self.alive.add(1, ordering: .relaxed)
  }

  init(from decoder: any Decoder) throws {
    number = try decoder.singleValueContainer().decode(Int.self)
    Self.alive.add(1, ordering: .relaxed)
  }

  deinit { Self.alive.subtract(1, ordering: .relaxed) }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }
}

extension OnEveryRank {
  @Suite struct LoopFailures {
    let world: Communicator

    init() { world = .world }
    init(on communicator: Communicator) { world = communicator }

    @Test(arguments: allSchedules) func everyRankThrows(schedule: LoopSchedule) throws {
      // One index, at each end and in the middle: so on whichever rank.
      for bad in [0, 1, 250, 499] {
        let failure = #expect(throws: LoopFailure.self) {
          _ = try world.map(0..<500, schedule: schedule) { index in
            if index == bad { throw Spilled(cups: index, place: "kitchen") }
            return index
          }
        }
        #expect(failure?.index == bad)
        #expect(failure?.error(as: Spilled.self) == Spilled(cups: bad, place: "kitchen"))
        #expect(failure.map { (0..<world.size).contains($0.rank) } == true)
        #expect(failure?.host == MPIEnvironment.processorName)
        #expect(failure?.message.contains("kitchen") == true)
        // All tell the same, and the communicator is as before.
        let failures = try world.allGather(object: failure)
        #expect(Set(failures.map { $0?.rank }).count == 1)
      }
    }

    /// One rank with one thread computes a plain loop, in chunks that grow.
    @Test("On one thread the index that failed is named, and its results are dropped once", arguments: [false, true])
    func onOneThread(isLong: Bool) throws {
      let before = environmentThreads
      setenv("MPI_TASKS_THREADS", "1", 1)
      defer { if let before { setenv("MPI_TASKS_THREADS", before, 1) } else { unsetenv("MPI_TASKS_THREADS") } }
      let own = try Communicator.itself.duplicate()
      let count = 100
      func compute(bad: Int?) throws -> [Token]? {
        try own.map(0..<count) { index in
          if isLong { spin(microseconds: 100) }
          if index == bad { throw Spilled(cups: index, place: "kitchen") }
          return Token(index)
        }
      }
      for bad in [0, 1, 2, 30, 63, 64, 99] {
        let failure = #expect(throws: LoopFailure.self) { _ = try compute(bad: bad) }
        #expect(failure?.index == bad)
        #expect(Token.alive.load(ordering: .relaxed) == 0)
      }
      #expect(try compute(bad: nil)?.map(\.number) == Array(0..<count))
      #expect(Token.alive.load(ordering: .relaxed) == 0)
      // What is seen of a loop, however short.
      var calls = 0
      try own.forEach(0..<count, observer: LoopObserver { _ in calls += 1 }) { _ in }
      #expect(calls > 0)
    }

    private var environmentThreads: String? { getenv("MPI_TASKS_THREADS").map { String(cString: $0) } }

    private func spin(microseconds: Int) {
      let end = ContinuousClock.now + .microseconds(microseconds)
      while ContinuousClock.now < end {}
    }

    @Test(arguments: allSchedules) func allIndicesFail(schedule: LoopSchedule) throws {
      #expect(throws: LoopFailure.self) {
        try world.forEach(-10..<400, schedule: schedule) { _ in throw Unspeakable() }
      }
      let failure = #expect(throws: LoopFailure.self) {
        _ = try world.map(0..<400, schedule: schedule) { index -> String in throw Unspeakable() }
      }
      #expect(failure?.error(as: Spilled.self) == nil)
      #expect(failure?.message.contains("Unspeakable") == true)
      let strings: [String]? = world.isRoot ? (0..<100).map { "\($0)" } : nil
      #expect(throws: LoopFailure.self) {
        _ = try world.map(strings, schedule: schedule) { text -> String in
          if text == "77" { throw Spilled(cups: 0, place: text) }
          return text
        }
      }
      #expect(try world.allMap(0..<100, schedule: schedule) { $0 } == Array(0..<100))
    }

    /// No rank waits for items that never come.
    @Test(arguments: allSchedules) func itemsThatCannotTravel(schedule: LoopSchedule) throws {
      for (count, bad) in [(500, 499), (500, 250), (3, 2), (40, 20)] {
        for kind in [Sealed.Kind.unencodable, .undecodable] {
          let items = world.isRoot ? (0..<count).map { Sealed($0, $0 == bad ? kind : .open) } : nil
          var failure: LoopFailure?
          do {
            let results = try world.map(items, schedule: schedule) { 2 * $0.number }
            // Only if rank 0 has computed that item itself, from which it need not travel.
            #expect(results == (world.isRoot ? (0..<count).map { 2 * $0 } : nil))
          } catch {
            let error = try #require(error as? LoopFailure)
            failure = error
            #expect(error.message.contains(kind == .unencodable ? "could not be encoded" : "could not be decoded"))
            #expect(error.message.contains("Unspeakable"))
            if kind == .unencodable { #expect(error.index == bad) } else { #expect(error.index <= bad) }
          }
          // All ranks end in the same way, and by a static schedule the last rank has the last item.
          #expect(Set(try world.allGather(object: failure)).count == 1)
          if case .static = schedule, bad == count - 1, world.size > 1 { #expect(failure != nil) }
        }
      }
      #expect(try world.map(world.isRoot ? [1, 2, 3] : nil) { $0 } == (world.isRoot ? [1, 2, 3] : nil))
    }

    @Test func failuresWhileWorkMoves() throws {
      for bad in [99, 30, 5] {
        let failure = #expect(throws: LoopFailure.self) {
          try world.forEach(0..<(100 * world.size)) { index in
            if index < 100 { work(microseconds: 300) }
            if index == bad { throw Spilled(cups: bad, place: "hall") }
          }
        }
        #expect(failure?.index == bad)
      }
    }

    @Test func failuresInAReductionNameAnIndexOfTheProgram() throws {
      let failure = #expect(throws: LoopFailure.self) {
        _ = try world.mapReduce(1000..<1100, initial: 0, +) { index in
          if index == 1042 { throw Spilled(cups: 1, place: "bath") }
          return index
        }
      }
      #expect(failure?.index == 1042)
      #expect(throws: LoopFailure.self) {
        let refuse: @Sendable (Int, Int) throws -> Int = { _, _ in throw Unspeakable() }
        _ = try world.mapReduce(0..<100, initial: 0, refuse) { $0 }
      }
      #expect(try world.mapReduce(0..<10, initial: 0, +) { $0 } == 45)
    }

    @Test func differentRangesAreFoundOnEveryRank() throws {
      guard world.size > 1 else { return }
      for schedule in allSchedules {
        let error = #expect(throws: MPIError.self) {
          _ = try world.map(0..<(world.rank == 1 ? 90 : 100), schedule: schedule) { $0 }
        }
        #expect(error?.errorClass == .argument)
        #expect(error?.text.contains("rank 1 gave 90 indices and rank 0 gave 100") == true)
      }
      for (one, others) in [(.static, .adaptive), (.guided, .adaptive), (.adaptive, .dynamic(chunk: 3))]
        as [(LoopSchedule, LoopSchedule)]
      {
        let error = #expect(throws: MPIError.self) {
          try world.forEach(0..<100, schedule: world.rank == 1 ? one : others) { _ in }
        }
        #expect(error?.text.contains("rank 1 runs another loop") == true)
      }
      #expect(try world.allMap(0..<100) { $0 } == Array(0..<100))
    }

    @Test(arguments: allSchedules) func failuresNameTheItem(schedule: LoopSchedule) throws {
      struct Town: Codable, Sendable {
        var name: String
        var people: [Int] = []
      }
      func failure<Item: Codable & Sendable>(
        _ items: [Item], _ isBad: @escaping @Sendable (Item) -> Bool
      ) -> LoopFailure? {
        #expect(throws: LoopFailure.self) {
          _ = try world.map(world.isRoot ? items : nil, schedule: schedule) { item -> String in
            if isBad(item) { throw Unspeakable() }
            return ""
          }
        }
      }
      let names = (0..<100).map { "town \($0)" }
      let named = failure(names) { $0 == "town 77" }
      #expect(named?.item == "\"town 77\"")
      #expect(named?.description.hasPrefix("index 77 (\"town 77\") of a loop, on rank ") == true)
      #expect(
        failure(names.map { Town(name: $0) }) { $0.name == "town 3" }?.item == "Town(name: \"town 3\", people: [])")
      // What is long is left out.
      let large = failure(names.map { Town(name: $0, people: Array(0..<1000)) }) { $0.name == "town 3" }
      #expect(large?.item == nil && large?.description.hasPrefix("index 3 of a loop") == true)
      #expect(failure([String(repeating: "x", count: 70)]) { _ in true }?.item == nil)
      #expect(failure(["two\nlines"]) { _ in true }?.item == "\"two\\nlines\"")
      let number = #expect(throws: LoopFailure.self) {
        _ = try world.map(world.isRoot ? [0.5, 1.5] : nil, schedule: schedule) { item -> Int in
          if item == 1.5 { throw Unspeakable() }
          return 1
        }
      }
      #expect(number?.item == "1.5" && number?.index == 1)
      let index = #expect(throws: LoopFailure.self) { try world.forEach(0..<5) { _ in throw Unspeakable() } }
      #expect(index?.item == nil)
    }

    @Test(arguments: [0, -1, Int.min]) func chunksOfNothingAreRefused(chunk: Int) throws {
      let calls: [(LoopSchedule) throws -> Void] = [
        { _ = try world.map(0..<10, schedule: $0) { $0 } }, { _ = try world.allMap(0..<10, schedule: $0) { "\($0)" } },
        { try world.forEach(0..<10, schedule: $0) { _ in } },
        { _ = try world.map(world.isRoot ? [1, 2] : nil, schedule: $0) { $0 } },
        { _ = try world.mapReduce(0..<10, initial: 0, schedule: $0, +) { $0 } },
      ]
      for call in calls {
        let error = #expect(throws: MPIError.self) { try call(.dynamic(chunk: chunk)) }
        #expect(error?.errorClass == .argument)
        #expect(error?.text.contains("the chunk of the schedule dynamic(chunk: \(chunk)) must be 1 or more") == true)
        try call(.dynamic(chunk: .max))
      }
    }

    @Test func loopsInLoopsAreRefused() throws {
      let failure = #expect(throws: LoopFailure.self) {
        try world.forEach(0..<1000) { _ in
          try world.forEach(0..<10) { _ in }
        }
      }
      #expect(failure?.message.contains("inside the closure of another") == true)
      #expect(try world.allMap(0..<10) { $0 } == Array(0..<10))
    }
  }
}
