// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPIBase
import Testing

@testable import MPITasks

/// Adds up the elements of a shared array, and says where they lie.
struct AddUp: ContextPoolTask {
  struct Answer: Codable, Equatable {
    var rank: Int
    var count: Int
    var sum: Double
    /// The line of this process's memory map in which the elements lie, or why there is none.
    var mapping = ""
  }
  var table: Shared<[Double]>
  func run(in context: TaskContext) throws -> Answer {
    sleep(milliseconds: 1)
    let elements = try table.elements()
    let span = elements.span
    var answer = Answer(rank: context.rank, count: span.count, sum: 0)
    for index in span.indices { answer.sum += span[index] }
    // Looked up while they are held: the memory may be unshared at any time.
    answer.mapping = elements.withContiguousStorageIfAvailable { memoryMap(of: UInt(bitPattern: $0.baseAddress)) } ?? ""
    return answer
  }
}

/// Reads a value that is a copy of this rank's.
struct FirstAndLast: ContextPoolTask {
  var pairs: Shared<[SIMD4<Float>]>
  func run(in context: TaskContext) throws -> [Float] {
    let value = try pairs.value
    let elements = try pairs.elements()
    guard value == Array(elements), let first = value.first, let last = elements.last else { return [] }
    return [first[0], last[3]]
  }
}

/// The lines of this process's memory map.
///
/// Such a file gives a page at each read, and `Data(contentsOf:)` takes the first for all of it.
private func memoryMap() throws -> [Substring] {
  let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/maps"))
  return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n")
}

/// The line of this process's memory map that covers an address, or why there is none.
private func memoryMap(of address: UInt) -> String {
  do {
    let lines = try memoryMap()
    let line = lines.first { line in
      let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
      return bounds.count == 2 && address >= bounds[0] && address < bounds[1]
    }
    return line.map { String($0) } ?? "none of \(lines.count) lines covers \(address)"
  } catch {
    return "the memory map can't be read: \(error)"
  }
}

extension OnEveryRank {
  @Suite struct PoolSharingTests {
    /// Runs a pool in which so many ranks are taken for those of one node.
    private func withPool(
      ranksPerNode: Int?, _ body: nonisolated(nonsending) (TaskPool) async throws -> Void
    ) async throws {
      NodeName.pretendedSize.withLock { $0 = ranksPerNode }
      defer { NodeName.pretendedSize.withLock { $0 = nil } }
      try await withTaskPool(on: .world, progress: .never) { (pool) async throws in try await body(pool) }
    }

    /// What each rank makes of a table.
    private nonisolated(nonsending) func answers(
      _ pool: TaskPool, _ table: Shared<[Double]>
    ) async throws -> [Int: AddUp.Answer] {
      var found: [Int: AddUp.Answer] = [:]
      for try await (_, answer) in pool.unordered(repeatElement(AddUp(table: table), count: .max)) {
        found[answer.rank] = answer
        if found.count == pool.rankCount { break }
      }
      return found
    }

    private func bytesSent(_ pool: TaskPool) -> Int { pool.dispatcher.allFigures.reduce(0) { $0 + $1.received } }

    @Test("An array goes once to each node but rank 0's, into memory that its ranks share", arguments: [nil, 1, 2, 3])
    func oncePerNode(ranksPerNode: Int?) async throws {
      func shared() throws -> Int { try memoryMap().count { $0.contains("/dev/shm/#") } }
      let before = try shared()
      try await withPool(ranksPerNode: ranksPerNode) { pool in
        let count = 200_000
        let table = (0..<count).map(Double.init)
        let sum = table.reduce(0, +)
        // All are there, and what is sent from now on is what sharing costs.
        _ = try await answers(pool, try pool.share([1, 2]))
        for round in 1...2 {
          let before = bytesSent(pool)
          let shared = try pool.share(table)
          let found = try await answers(pool, shared)
          let nodes = (pool.rankCount - 1) / (ranksPerNode ?? pool.rankCount) + 1
          let copies = Double(bytesSent(pool) - before) / Double(8 * count)
          #expect(copies >= Double(nodes - 1) && copies < Double(nodes - 1) + 0.1, "round \(round): \(copies) copies")
          for (rank, answer) in found {
            #expect(answer.count == count && answer.sum == sum)
            // A file that has no name any more, and never had one.
            if rank > 0 { #expect(answer.mapping.contains(/r--s .*\/dev\/shm\/#\d+ \(deleted\)/), "\(answer.mapping)") }
          }
          #expect(try shared.value == table)
          if round == 1 { pool.unshare(shared) }
        }
      }
      // Nothing is left, on any rank, once the last tasks that are not waited for have completed.
      for _ in 0..<200 where try shared() > before { sleep(milliseconds: 10) }
      #expect(try shared() == before)
    }

    @Test("Where memory can't be made or opened, each rank gets a copy", arguments: [true, false])
    func withoutSharedMemory(canMake: Bool) async throws {
      let folders = canMake ? ("/dev/shm", "/nowhere") : ("/nowhere", "/proc")
      SharedMemory.folders.withLock { $0 = folders }
      defer { SharedMemory.folders.withLock { $0 = ("/dev/shm", "/proc") } }
      try await withPool(ranksPerNode: 2) { pool in
        let count = 100_000
        for round in 1...2 {
          let shared = try pool.share([Double](repeating: Double(round), count: count))
          let found = try await answers(pool, shared)
          #expect(found.values.allSatisfy { $0.sum == Double(round * count) && $0.count == count })
          #expect(found.keys.sorted() == Array(0..<pool.rankCount))
          if !canMake { #expect(found.values.allSatisfy { !$0.mapping.contains("/dev/shm/#") }) }
        }
      }
    }

    @Test("Several arrays, small and empty ones, and of vectors")
    func manyArrays() async throws {
      try await withPool(ranksPerNode: 3) { pool in
        let counts = [0, 1, 1000, 8191, 8192, 100_000]
        let tables = try counts.map { try pool.share([Double](repeating: 2, count: $0)) }
        let tasks = (0..<60).map { AddUp(table: tables[$0 % counts.count]) }
        for (index, answer) in try await pool.map(tasks).enumerated() {
          #expect(answer.count == counts[index % counts.count])
          #expect(answer.sum == Double(2 * answer.count))
        }
        let vectors = (0..<20_000).map { SIMD4<Float>(repeating: Float($0)) }
        let pairs = try pool.share(vectors)
        let ends = try await pool.map((0..<40).map { _ in FirstAndLast(pairs: pairs) })
        #expect(ends.allSatisfy { $0 == [0, 19_999] })
      }
    }

    @Test("Unshared elements are gone for later tasks")
    func unsharing() async throws {
      try await withPool(ranksPerNode: 2) { pool in
        for round in 0..<50 {
          let shared = try pool.share([Double](repeating: Double(round), count: 10_000))
          let answers = try await pool.map((0..<8).map { _ in AddUp(table: shared) })
          #expect(answers.allSatisfy { $0.sum == Double(10_000 * round) })
          pool.unshare(shared)
          for result in try await pool.mapResults((0..<8).map { _ in AddUp(table: shared) }) {
            let failure = #expect(throws: TaskFailure.self) { try result.get() }
            #expect(failure?.message.contains("was unshared") == true)
          }
        }
        // Before anybody could read it.
        pool.unshare(try pool.share([Double](repeating: 1, count: 200_000)))
        #expect(try await pool.run(Square(number: 3)) == 9)
      }
    }

    @Test("Ranks that come late find what was shared before")
    func lateRanks() async throws {
      let world = Communicator.world
      sleep(milliseconds: 100 * ((world.rank + world.size - 1) % world.size))
      try await withPool(ranksPerNode: 2) { pool in
        let kept = try pool.share([Double](repeating: 3, count: 50_000))
        pool.unshare(try pool.share([Double](repeating: 4, count: 50_000)))
        let found = try await answers(pool, kept)
        #expect(found.values.allSatisfy { $0.sum == 150_000 })
      }
    }

    @Test("An array is announced until the first rank of its node has placed it")
    func delivery() {
      var delivery = SharedDelivery<Int>()
      func text(_ step: SharedDelivery<Int>.Step) -> String { "\(step)" }
      #expect(text(delivery.join(1, on: "a")) == "place(rank: 1)")
      #expect(text(delivery.join(2, on: "a")) == "announce(rank: 2)")
      #expect(text(delivery.join(3, on: "b")) == "place(rank: 3)")
      #expect(delivery.placed(70, on: "a").map(text) == ["open(rank: 2, 70)"])
      #expect(text(delivery.join(4, on: "a")) == "open(rank: 4, 70)")
      #expect(text(delivery.join(5, on: "b")) == "announce(rank: 5)")
      #expect(delivery.placed(nil, on: "b").map(text) == ["copy(rank: 5)"])
      #expect(text(delivery.join(6, on: "b")) == "copy(rank: 6)")
      #expect(delivery.placed(1, on: "nowhere").isEmpty)
    }

    @Test("What does not fit, or is another file, is an error and no crash")
    func sharedMemory() throws {
      let bytes = [UInt8](repeating: 9, count: 1000)
      let memory = try bytes.withUnsafeBytes { try SharedMemory($0) }
      let other = try SharedMemory(at: memory.location)
      #expect(Array(other.bytes) == bytes)
      var wrong = memory.location
      wrong.file ^= 1
      #expect(throws: SharedMemory.Problem.self) { try SharedMemory(at: wrong) }
      wrong.descriptor = 9999
      #expect(throws: SharedMemory.Problem.self) { try SharedMemory(at: wrong) }
      let problem = #expect(throws: SharedMemory.Problem.self) {
        // More than any machine has; nothing of it is read.
        try SharedMemory(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: 4096), count: 1 << 52))
      }
      #expect("\(problem!)".contains("no room for "))
    }
  }
}
