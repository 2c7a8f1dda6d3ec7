// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPIBase
import MPIStore
import MPITasks
import MPITesting
import Testing

/// The tests that use MPI: here on one rank, and by `UnderTheLauncher` on more.
@Suite(.everyRank(timeLimit: .seconds(180))) struct OnEveryRank {}

/// The same tests on several ranks.
@Suite struct UnderTheLauncher {
  @Test(arguments: rankCounts) func onEveryRank(ranks: Int) async throws {
    try await launchTests(of: OnEveryRank.self, ranks: ranks, timeLimit: .seconds(900))
  }
}

/// A folder of a test, the same on every rank, which goes with the test.
final class Folder: Sendable {
  let path: String
  private let isOwner: Bool

  /// One for this process alone.
  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/store-\(UUID().uuidString)"
    isOwner = true
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// One for all ranks. Collective.
  init(on world: Communicator) throws {
    isOwner = world.isRoot
    path = try world.broadcast(
      object: isOwner ? FileManager.default.temporaryDirectory.path + "/store-\(UUID().uuidString)" : nil)
    if isOwner { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    try world.barrier()
  }

  deinit { if isOwner { try? FileManager.default.removeItem(atPath: path) } }

  var store: String { path + "/a.store" }
  var log: String { path + "/log" }

  /// The numbers that tasks have noted, in order.
  func noted(_ log: String? = nil) -> [Int] {
    ((try? String(contentsOfFile: log ?? self.log, encoding: .utf8)) ?? "").split(separator: "\n").compactMap {
      Int($0)
    }
    .sorted()
  }
}

/// Adds a line to a file, in one piece.
func note(_ number: Int, in log: String) {
  let file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
  defer { close(file) }
  let line = Array("\(number)\n".utf8)
  _ = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
}

/// Notes that it runs.
struct Noted: PoolTask {
  var number: Int
  var log: String
  var failing = false
  struct Refusal: Error, Codable, Equatable { var number: Int }
  func run() throws -> Int {
    note(number, in: log)
    // The wish to fail is not in the task, or its key would be another.
    if failing || access(log + ".fail", F_OK) == 0 && number % 3 == 0 { throw Refusal(number: number) }
    return 2 * number
  }
}

/// Draws numbers.
struct Draw: ContextPoolTask {
  var log: String
  func run(in context: TaskContext) -> UInt64 {
    note(context.index, in: log)
    var random = context.random
    return random.next()
  }
}

/// Gets a context, and uses no random numbers.
struct Steady: ContextPoolTask, StoredTask {
  static let usesRandomNumbers = false
  var number: Int
  var log: String
  func run(in context: TaskContext) -> [String] {
    note(number, in: log)
    return ["\(number)"]
  }
}

/// Of a version that a test sets. On rank 0 alone, which makes the keys.
struct Versioned: PoolTask, StoredTask {
  nonisolated(unsafe) static var version = 1
  var number: Int
  var log: String
  func run() -> Double {
    note(number, in: log)
    return Double(number) / 2
  }
}

/// Reads a shared value.
struct Lookup: PoolTask {
  var table: Shared<[Double]>
  var index: Int
  var log: String
  func run() throws -> Double {
    note(index, in: log)
    return try table.value[index]
  }
}

/// Gives what can't be decoded again, if a file is there.
struct Moody: PoolTask {
  struct Mood: Codable, Sendable, Equatable {
    var number: Int
    init(number: Int) { self.number = number }
    init(from decoder: any Decoder) throws {
      number = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .number)
      if number < 0, ProcessInfo.processInfo.environment["MPI_STORE_TEST_MOOD"] != nil {
        throw Noted.Refusal(number: 0)
      }
    }
  }
  var number: Int
  var log: String
  func run() -> Mood {
    note(abs(number), in: log)
    return Mood(number: number)
  }
}

/// Gives nothing, and something without a name.
struct Silent: PoolTask {
  var number: Int
  var log: String
  func run() { note(number, in: log) }
}

struct Paired: PoolTask {
  var number: Int
  var log: String
  func run() -> (Int32, SIMD2<Double>) {
    note(number, in: log)
    return (Int32(number), [1, Double(number)])
  }
}
