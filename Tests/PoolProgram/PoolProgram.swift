// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPITasks

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Pools that end badly. Tests launch this and look how the job ends.

/// Ends its process on rank 1, as a machine that runs out of memory does.
struct Deadly: ContextPoolTask {
  var signal: Int32
  func run(in context: TaskContext) -> Int {
    sleep(milliseconds: 5)
    if context.rank == 1 { kill(getpid(), signal) }
    return context.rank
  }
}

/// Logs a line.
struct Talkative: ContextPoolTask {
  func run(in context: TaskContext) -> Int {
    sleep(milliseconds: 2)
    context.logger.notice("hello")
    return context.rank
  }
}

/// Has a large argument.
struct Heavy: PoolTask {
  var row: Int
  var matrix: [Double]
  func run() -> Double {
    sleep(milliseconds: 2)
    return matrix[row]
  }
}

/// The last of 20 fails.
struct Failing: PoolTask {
  var number: Int
  func run() throws -> Int {
    sleep(milliseconds: 1)
    if number == 19 { throw Overboard() }
    return number
  }
}

/// Reads a value that is shared.
struct Look: PoolTask {
  var words: Shared<[String]>
  var number: Int
  func run() throws -> Int { try words.value[number].count }
}

/// Reads an element of an array that is shared.
struct Element: PoolTask {
  var numbers: Shared<[Double]>
  var index: Int
  func run() throws -> Double {
    sleep(milliseconds: 2)
    return try numbers.elements()[index]
  }
}

/// Sleeps.
struct Nap: PoolTask {
  var milliseconds: Int
  func run() -> Int {
    sleep(milliseconds: milliseconds)
    return milliseconds
  }
}

/// Makes a collective call.
struct Collective: PoolTask {
  func run() -> String {
    do {
      sleep(milliseconds: 1)
      return "\(try Communicator.world.allReduce(1, .sum))"
    } catch {
      return "\(error)"
    }
  }
}

/// Begins a loop.
struct Nested: PoolTask {
  func run() -> String {
    do {
      sleep(milliseconds: 1)
      return "\(try Communicator.world.map(0..<10) { $0 } ?? [])"
    } catch {
      return "\(error)"
    }
  }
}

/// Begins a pool.
struct NestedAsync: AsyncPoolTask {
  func run(in context: TaskContext) async -> String {
    do {
      try await Task.sleep(for: .milliseconds(1))
      return "\(try await withTaskPool { _ in 1 } ?? 0)"
    } catch {
      return "\(error)"
    }
  }
}

/// Submits two that submit two, and so on; the last ones sleep.
struct Tree: AsyncPoolTask {
  var depth: Int
  var milliseconds: Int
  func run(in context: TaskContext) async throws -> Int {
    guard depth > 0 else { return try await context.run(Nap(milliseconds: milliseconds)) == milliseconds ? 1 : 0 }
    async let a = context.run(Tree(depth: depth - 1, milliseconds: 3 * milliseconds / 2))
    async let b = context.run(Tree(depth: depth - 1, milliseconds: 0))
    return try await a + b
  }
}

/// What the body throws.
struct Overboard: Error {}

@main
struct PoolProgram {
  static func main() async throws {
    switch CommandLine.arguments.dropFirst().first {
    case "throwing":
      try await withTaskPool { pool in
        _ = try await pool.map((0..<10).map { _ in Deadly(signal: 0) })
        throw Overboard()
      }
    case "stopped loops": try StoppedLoops.run(Array(CommandLine.arguments.dropFirst(2)))
    case "killed": try await die(SIGKILL)
    case "trapped": try await die(SIGILL)
    case "funneled":
      let world = try startFunneled()
      do {
        try await withTaskPool(on: world) { _ in }
      } catch {
        if world.isRoot { print(error) }
      }
    case "repeating":
      try await withTaskPool(threads: 1, progress: .always) { pool in
        let matrix = (0..<100_000).map(Double.init)
        _ = try await pool.map((0..<60).lazy.map { Heavy(row: $0, matrix: matrix) })
      }
    case "loops":
      try withMPI { world in
        let squares = try world.map(0..<600, progress: .always, label: "squares") { index in
          sleep(milliseconds: 2)
          return index * index
        }
        let names = world.isRoot ? (0..<100).map { "name \($0)" } : nil
        _ = try world.map(names, progress: .always, label: "names") { $0 + "!" }
        let sum = try world.mapReduce(0..<100_000, initial: 0, progress: .always, label: "sum", +) { $0 }
        try world.forEach(0..<100, progress: .never) { _ in sleep(milliseconds: 1) }
        if world.isRoot { print(squares!.reduce(0, +), sum) }
      }
    case "two pools":
      for round in 1...2 {
        try await withTaskPool { pool in
          print("pool \(round):", try await pool.map((0..<20).map { _ in Deadly(signal: 0) }).count)
        }
        // Between them, and after: a loop on all ranks.
        try withMPI { world in
          if let squares = try world.map(0..<10, { $0 * $0 }) { print("loop \(round):", squares.reduce(0, +)) }
        }
      }
    case "late throw":
      try await withTaskPool { pool in _ = try await pool.map((0..<20).map { Failing(number: $0) }) }
    case "loop of one rank":
      try withMPI { world in
        print("the loop is at line \(#line + 1)")
        if world.isRoot { _ = try world.map(0..<10) { $0 } }
      }
    case "endless closure":
      try withMPI { world in
        let last = world.size - 1
        print("the loop is at line \(#line + 1)")
        try world.forEach(0..<world.size, schedule: .static) { index in
          while index == last { sleep(milliseconds: 1) }
        }
      }
    case "pool of one rank":
      try await withMPI(threads: .multiple) { world in
        print("the pool is at line \(#line + 2)")
        if world.isRoot {
          try await withTaskPool(on: world) { pool in _ = try await pool.map([Nap(milliseconds: 1)]) }
        } else if CommandLine.arguments[2] == "barrier" {
          try world.barrier()
        }
      }
    case "items of one rank":
      try withMPI { world in
        print("the loop is at line \(#line + 1)")
        if world.isRoot { _ = try world.map(["a", "b"]) { $0.count } } else { try world.barrier() }
      }
    case "summary":
      try await withTaskPool(progress: .always) { pool in
        _ = try await pool.map((0..<40).map { _ in Talkative() })
      }
    case "sharing": try await share(number(1))
    case "sharing-array":
      try await withTaskPool { pool in
        let numbers = try pool.share((0..<1_000_000).map(Double.init))
        let outputs = try await pool.map((0..<1000).map { Element(numbers: numbers, index: 1000 * $0) })
        print(outputs.reduce(0, +))
      }
    case "rounds":
      try await withTaskPool(threads: 1, progress: .never) { pool in
        // In the first call ranks are still to come; of the second the length is known.
        for _ in 0..<2 {
          let start = ContinuousClock.now
          _ = try await pool.map((0..<number(1)).map { _ in Nap(milliseconds: number(2)) })
          print(Int((ContinuousClock.now - start) / .milliseconds(1)))
        }
      }
    case "mistaken":
      try await withTaskPool(threads: number(3), progress: .never) { pool in
        let start = ContinuousClock.now
        // Short ones, and at the end, where they go by the batch, long ones, the first of which takes the longest.
        let first = number(1) - number(2)
        let naps = (0..<number(1)).map { Nap(milliseconds: $0 < first ? 0 : $0 == first ? 1500 : 100) }
        _ = try await pool.map(naps)
        print(Int((ContinuousClock.now - start) / .milliseconds(1)))
      }
    case "threads":
      try await withTaskPool(threads: number(1), progress: .never) { pool in
        print(try await pool.map((0..<1000).map { Nap(milliseconds: $0 % 2) }).reduce(0, +))
      }
    case "stopped pools": try await StoppedPools.run(CommandLine.arguments[2])
    case "isolated":
      try await runIsolated(CommandLine.arguments[2], Array(CommandLine.arguments.dropFirst(3)))
    case "mixed": try await mix(number(1))
    case "nested": try await nest(CommandLine.arguments[2])
    default: preconditionFailure("unknown")
    }
  }

  /// A number among the arguments.
  private static func number(_ place: Int) -> Int { Int(CommandLine.arguments[1 + place])! }

  /// Pools in succession, each so short that it may be over before the workers come, with what goes to workers that come.
  private static func share(_ rounds: Int) async throws {
    try await withMPI(threads: .multiple) { world in
      for round in 0..<rounds {
        let words = (0..<20_000).map { "word \($0 + round)" }
        let sum = try await withTaskPool(on: world, progress: .never) { pool in
          let shared = try pool.share(words)
          let numbers = try pool.share([Double](repeating: 1, count: 20_000))
          let looks = try await pool.map((0..<50).map { Look(words: shared, number: $0) })
          let cancelled = Task { try await pool.map((0..<20).map { _ in Nap(milliseconds: 1) }) }
          if round % 3 == 0 { cancelled.cancel() }
          if round % 2 == 0 { pool.unshare(numbers) }
          return looks.reduce(0, +)
        }
        if let sum, sum != words.prefix(50).reduce(0, { $0 + $1.count }) { throw Overboard() }
        // What is left of a pool would be in the way of the next one, and of this.
        guard try world.allReduce(1, .sum) == world.size else { throw Overboard() }
      }
      if world.isRoot { print("\(rounds) pools") }
    }
  }

  /// Calls of all kinds, with tasks of all lengths: most of them short, and some that take long, so that what waits behind
  /// these is taken back.
  private static func mix(_ rounds: Int) async throws {
    try await withMPI(threads: .multiple) { world in
      for round in 0..<rounds {
        try await withTaskPool(on: world, threads: 1 + round % 2, progress: .never) { pool in
          let naps = (0..<3000).map { Nap(milliseconds: ($0 * 7919 + round) % 509 == 0 ? 30 : 0) }
          async let all = pool.map(naps)
          async let tree = pool.run(Tree(depth: 4, milliseconds: 20))
          let cancelled = Task { try await pool.map(naps) }
          for try await (task, _) in pool.ordered(naps) where task.milliseconds > 0 { break }
          cancelled.cancel()
          var sum = 0
          for try await (_, output) in pool.unordered(naps.lazy) { sum += output }
          let expected = naps.reduce(0) { $0 + $1.milliseconds }
          guard try await all.reduce(0, +) == expected, sum == expected, try await tree == 16 else { throw Overboard() }
          _ = await cancelled.result
          // The last calls are still in flight when the body ends.
          Task { try await pool.map(naps) }
        }
      }
      if world.isRoot { print("\(rounds) rounds") }
    }
  }

  /// Begins what all ranks must begin together where the others aren't there, and says what it is told.
  private static func nest(_ what: String) async throws {
    func report(_ body: () async throws -> Void) async {
      do {
        try await body()
        print("nothing is wrong")
      } catch {
        print(error)
      }
    }
    try await withMPI(threads: .multiple) { world in
      switch what {
      case "pool-in-body":
        try await withTaskPool(on: world) { pool in
          await report { try await withTaskPool(on: world) { _ in } }
          await report { try await withTaskPool { _ in } }
          async let other: Void = report { try await withTaskPool { _ in } }
          await other
          print(try await pool.run(Nap(milliseconds: 1)))
        }
      case "loop-in-body":
        try await withTaskPool(on: world) { pool in
          await report { _ = try world.map(0..<10) { $0 } }
          await report { try world.forEach(0..<10) { _ in } }
          await report { _ = try world.mapReduce(0..<10, initial: 0, +) { $0 } }
          await report { _ = try world.map([1, 2, 3]) { $0 } }
          print(try await pool.run(Nap(milliseconds: 1)))
        }
      case "collective-in-body":
        try await withTaskPool(on: world) { pool in
          await report { try world.barrier() }
          await report { _ = try Communicator.world.allReduce(1, .sum) }
          await report { _ = try world.broadcast(object: "text") }
          await report { _ = try world.split(color: 0) }
          await report { try world.nonblocking.barrier().wait() }
          await report { try world.withFile("/dev/null", .read) { _ in } }
          await report { try world.withWindow(of: Int.self, count: 1) { _ in } }
          await report {
            var sums = [1, 2]
            try world.allReduce(inPlace: &sums, .sum)
          }
          print(try await pool.run(Nap(milliseconds: 1)))
        }
      case "collective-in-task":
        try await withTaskPool(on: world) { pool in
          for text in try await pool.map((0..<20).map { _ in Collective() }) { print(text) }
        }
      case "collective-in-loop":
        let texts = try world.map(0..<20, schedule: .static) { _ in
          sleep(milliseconds: 1)
          do {
            return "\(try Communicator.world.allReduce(1, .sum))"
          } catch {
            return "\(error)"
          }
        }
        for text in texts ?? [] { print(text) }
      case "in-task":
        try await withTaskPool(on: world) { pool in
          for text in try await pool.map((0..<20).map { _ in Nested() }) { print(text) }
          for text in try await pool.map((0..<20).map { _ in NestedAsync() }) { print(text) }
        }
      case "in-prepare":
        await report {
          try await withTaskPool(on: world, prepare: { _ in try Communicator.world.map(0..<10) { $0 } ?? [] }) { pool in
            print(try await pool.run(Nap(milliseconds: 1)))
          }
        }
      default: preconditionFailure("unknown")
      }
      // Before and after, all is well.
      let sum = try world.mapReduce(0..<10, initial: 0, +) { $0 }
      let nap = try await withTaskPool(on: world) { try await $0.run(Nap(milliseconds: 1)) }
      if let nap { print("after: \(sum) \(nap)") }
    }
  }

  private static func die(_ signal: Int32) async throws {
    try await withTaskPool { pool in
      for try await _ in pool.unordered(repeatElement(Deadly(signal: signal), count: .max)) {}
    }
  }

  private static func startFunneled() throws -> Communicator {
    _ = try Lifetime.begin(.funneled)
    return .world
  }
}
