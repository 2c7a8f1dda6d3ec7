// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Reductions of `Codable` values by a closure, and their exchange.
  @Suite struct ObjectReductionTests {
    let world = Communicator.world

    private struct TooLong: Error, Equatable { var words: String }

    /// A value that can be encoded and not decoded, or not even encoded.
    private struct Stubborn: Codable {
      enum Kind: Int, Codable { case good, bad, mute }
      var kind: Kind
      /// With it, the value is encoded by its own function, and not copied.
      var text = ""

      init(_ kind: Kind) { self.kind = kind }

      init(from decoder: any Decoder) throws {
        kind = try decoder.singleValueContainer().decode(Kind.self)
        if kind == .bad { throw TooLong(words: "not decoded") }
      }

      func encode(to encoder: any Encoder) throws {
        if kind == .mute { throw TooLong(words: "not encoded") }
        var container = encoder.singleValueContainer()
        try container.encode(kind)
      }
    }

    /// The names of some ranks, put together.
    private func names(_ ranks: some Sequence<Int>) -> String { ranks.map { "r\($0)é" }.joined() }
    private var name: String { names([world.rank]) }

    // MARK: In the order of the ranks

    @Test func reduce() throws {
      for root in 0..<world.size {
        let all = try world.reduce(object: name, root: root, by: +)
        #expect(all == (world.rank == root ? names(0..<world.size) : nil))
      }
      #expect(try world.reduce(object: name) { $0 + $1 } == (world.isRoot ? names(0..<world.size) : nil))
    }

    @Test func allReduce() throws {
      #expect(try world.allReduce(object: name, by: +) == names(0..<world.size))
      let counts = try world.allReduce(object: ["all": 1, name: 1]) { $0.merging($1, uniquingKeysWith: +) }
      #expect(counts.count == world.size + 1 && counts["all"] == world.size)
      let longest = try world.allReduce(object: Document.sample(world.rank)) {
        $0.chapters.count < $1.chapters.count ? $1 : $0
      }
      #expect(longest == Document.sample(world.last))
    }

    @Test func reduceScatter() throws {
      let mine = (0..<world.size).map { "\(world.rank)>\($0) " }
      let all = try world.reduceScatter(object: mine, by: +)
      #expect(all == (0..<world.size).map { "\($0)>\(world.rank) " }.joined())
    }

    @Test func scans() throws {
      #expect(try world.scan(object: name, by: +) == names(0...world.rank))
      #expect(try world.exclusiveScan(object: name, by: +) == (world.isRoot ? nil : names(0..<world.rank)))
    }

    @Test func allToAll() throws {
      let out = (0..<world.size).map { Document.sample(10 * world.rank + $0) }
      #expect(try world.allToAll(object: out) == (0..<world.size).map { Document.sample(10 * $0 + world.rank) })
    }

    /// The brackets are the same for each root and for all, so that sums have the same bits.
    @Test func brackets() throws {
      func bracket(_ ranks: Range<Int>) -> String {
        if ranks.count == 1 { return "\(ranks.lowerBound)" }
        let middle = ranks.lowerBound + (ranks.count + 1) / 2
        return "(\(bracket(ranks.lowerBound..<middle)) \(bracket(middle..<ranks.upperBound)))"
      }
      let expected = bracket(0..<world.size)
      let own = "\(world.rank)"
      for root in 0..<world.size {
        let all = try world.reduce(object: own, root: root) { "(\($0) \($1))" }
        if let all { #expect(all == expected) }
      }
      #expect(try world.allReduce(object: own) { "(\($0) \($1))" } == expected)
      let each = [String](repeating: own, count: world.size)
      #expect(try world.reduceScatter(object: each) { "(\($0) \($1))" } == expected)
    }

    @Test func theClosureRunsOnceForEachPair() throws {
      var runs = 0
      _ = try world.reduce(object: name, root: world.last) {
        runs += 1
        return $0 + $1
      }
      #expect(try world.allReduce(runs, .sum) == world.size - 1)
    }

    // MARK: Sizes

    @Test func emptyValues() throws {
      #expect(try world.allReduce(object: [Int](), by: +) == [])
      #expect(try world.allReduce(object: "", by: +) == "")
      #expect(try world.allToAll(object: [[String]](repeating: [], count: world.size)).allSatisfy(\.isEmpty))
      #expect(try world.scan(object: Int?.none) { $1 ?? $0 } == nil)
      #expect(try world.exclusiveScan(object: [String: Int]()) { $1.merging($0) { $1 } } == (world.isRoot ? nil : [:]))
    }

    @Test func longValues() throws {
      // Several megabytes, of different lengths.
      let count = 300_000 + 1000 * world.rank
      let mine = [Double](repeating: Double(world.rank), count: count)
      let all = try world.allReduce(object: mine, by: +)
      #expect(all.count == (0..<world.size).reduce(0) { $0 + 300_000 + 1000 * $1 })
      #expect(all.first == 0 && all.last == Double(world.last))
      let text = String(repeating: "\(world.rank)", count: 3_000_000)
      let longest = try world.reduce(object: text, root: world.last) { $0 < $1 ? $1 : $0 }
      if let longest { #expect(longest.utf8.count == 3_000_000 && longest.hasPrefix("\(world.last)")) }
      let scanned = try world.scan(object: mine, by: +)
      #expect(scanned.count == (0...world.rank).reduce(0) { $0 + 300_000 + 1000 * $1 })
      let parts = try world.allToAll(object: (0..<world.size).map { [Int](repeating: $0, count: 200_000 * $0 + count) })
      for (rank, part) in parts.enumerated() {
        #expect(part.count == 200_000 * world.rank + 300_000 + 1000 * rank && part.last == world.rank)
      }
    }

    /// One after the other, with different roots, no rank waits for the ones before.
    @Test func many() throws {
      for round in 0..<200 {
        let all = try world.reduce(object: "\(world.rank) \(round),", root: round % world.size, by: +)
        if let all { #expect(all == (0..<world.size).map { "\($0) \(round)," }.joined()) }
      }
      try world.barrier()
    }

    @Test func theProgramsMessagesAreOfNoConcern() throws {
      // Under way to any receiver and of any tag while the reduction waits.
      let mail = try world.nonblocking.receive(Int.self, count: 1, from: .any)
      #expect(try world.allReduce(object: name, by: +) == names(0..<world.size))
      try world.send(world.rank, to: world.right)
      #expect(try mail.wait() == [world.left])
    }

    @Test func otherCommunicators() throws {
      let reversed = try world.split(color: 0, key: -world.rank)
      #expect(try reversed.allReduce(object: name, by: +) == names((0..<world.size).reversed()))
      #expect(try Communicator.itself.reduce(object: name, by: +) == name)
      #expect(try Communicator.itself.exclusiveScan(object: name, by: +) == nil)
    }

    // MARK: Errors

    /// Expects the closure's own error on one rank, and its words on the others.
    private func expectTold(
      _ operation: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) throws {
      var (own, told, text) = (0, 0, "")
      do {
        try body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
      } catch let error as TooLong {
        own = 1
        #expect(error.words == "here", sourceLocation: sourceLocation)
      } catch let error as MPIError {
        told = 1
        text = error.text
        #expect(error.errorClass == .other && error.operation == operation, "\(error)", sourceLocation: sourceLocation)
        #expect(error.communicator == world.name && error.rank == world.rank, sourceLocation: sourceLocation)
      }
      if told == 1 { #expect(text.contains("TooLong") && text.hasPrefix("on rank "), "\(text)") }
      #expect(try world.allReduce(own, .sum) >= 1, sourceLocation: sourceLocation)
      #expect(try world.allReduce(own + told, .sum) == world.size, sourceLocation: sourceLocation)
    }

    @Test func theClosureThrows() throws {
      guard world.size > 1 else { return }
      for wrong in 1..<world.size {
        // Where the rank's name comes from the right.
        try expectTold("allReduce(object:)") {
          _ = try world.allReduce(object: name) {
            if $1.hasPrefix("r\(wrong)é") { throw TooLong(words: "here") }
            return $0 + $1
          }
        }
      }
      try expectTold("scan(object:)") {
        // Rank 0 needs no other.
        if world.rank == 0 {
          _ = try world.scan(object: "0", by: +)
          throw TooLong(words: "here")
        }
        _ = try world.scan(object: name) { _, _ in throw TooLong(words: "here") }
      }
      #expect(try world.allReduce(object: name, by: +) == names(0..<world.size))
    }

    @Test func theErrorComesToTheRoot() throws {
      guard world.size > 1 else { return }
      for root in 0..<world.size {
        var failed = 0
        do {
          let all = try world.reduce(object: name, root: root) { (_, _) throws -> String in throw TooLong(words: "here")
          }
          #expect(all == nil && world.rank != root)
        } catch {
          failed = 1
        }
        // The root waits, so it is one of them.
        #expect(try world.allGather(failed)[root] == 1)
      }
      #expect(try world.allReduce(object: name, by: +) == names(0..<world.size))
    }

    @Test func theErrorIsOnTheRanksThatNeedTheValue() throws {
      guard world.size > 1 else { return }
      var failed = 0
      do {
        let below = try world.exclusiveScan(object: name) {
          if ($0 + $1).contains("r1é") { throw TooLong(words: "here") }
          return $0 + $1
        }
        #expect(below == (world.rank == 0 ? nil : "r0é"))
      } catch {
        failed = 1
      }
      #expect(failed == (world.rank < 2 ? 0 : 1))
      #expect(try world.allReduce(failed, .sum) == max(world.size - 2, 0))
    }

    @Test func valuesThatCanNotTravel() throws {
      guard world.size > 1 else { return }
      for (kind, words) in [(Stubborn.Kind.bad, "not decoded"), (.mute, "not encoded")] {
        for wrong in 1..<world.size {
          let mine = Stubborn(world.rank == wrong ? kind : .good)
          let error = expectError(.serialization, "allReduce(object:)", on: world) {
            _ = try world.allReduce(object: mine) { $1.kind == .good ? $0 : $1 }
          }
          #expect(error?.text.contains(words) == true, "\(error?.text ?? "")")
        }
      }
      let last = Stubborn(world.rank == world.last ? .mute : .good)
      var failed = 0
      do { _ = try world.reduce(object: last) { $1.kind == .good ? $0 : $1 } } catch { failed = 1 }
      #expect(try world.allGather(failed)[0] == 1)
      #expect(try world.allReduce(object: name, by: +) == names(0..<world.size))
    }

    @Test func wrongArguments() throws {
      let size = world.size
      for root in [-1, size] {
        try expectRefusal(.root, "reduce(object:)", naming: "\(root)") {
          _ = try world.reduce(object: name, root: root, by: +)
        }
      }
      for count in [0, size + 1] {
        let names = [String](repeating: name, count: count)
        try expectRefusal(.count, "allToAll(object:)", naming: "\(count) elements", "must have \(size)") {
          _ = try world.allToAll(object: names)
        }
        try expectRefusal(.count, "reduceScatter(object:)", naming: "\(count) elements", "must have \(size)") {
          _ = try world.reduceScatter(object: names, by: +)
        }
      }
    }
  }
}
