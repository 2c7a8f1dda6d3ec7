import MPI
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
    case "items of one rank":
      try withMPI { world in
        print("the loop is at line \(#line + 1)")
        if world.isRoot { _ = try world.map(["a", "b"]) { $0.count } } else { try world.barrier() }
      }
    case "summary":
      try await withTaskPool(progress: .always) { pool in
        _ = try await pool.map((0..<40).map { _ in Talkative() })
      }
    default: preconditionFailure("unknown")
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
