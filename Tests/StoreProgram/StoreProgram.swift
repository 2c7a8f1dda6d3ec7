// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPIStore
import MPITasks

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Runs with a store that end badly. Tests launch this and look at what is left.

/// Notes in a file that it runs, and squares its number.
struct Noted: PoolTask, Sendable {
  var number: Int
  var microseconds: Int

  func run() throws -> Int {
    // Not a field, or a task with another one would be another task.
    try note(number, in: CommandLine.arguments[3])
    usleep(UInt32(microseconds))
    return number * number
  }
}

/// Gives an array.
struct Large: PoolTask {
  var number: Int
  func run() -> [Double] {
    sleep(milliseconds: 2)
    return [Double](repeating: Double(number), count: 20_000)
  }
}

struct Wrong: Error {
  var text: String
}

/// Adds a line to a file, in one piece.
func note(_ number: Int, in log: String) throws {
  let file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
  guard file >= 0 else { throw Wrong(text: "no log") }
  defer { close(file) }
  let line = Array("\(number)\n".utf8)
  _ = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
}

/// Kills the launcher and this process after some time.
func dieLater(milliseconds: Int, takingLauncher: Bool) throws {
  guard milliseconds >= 0 else { return }
  try Thread {
    sleep(milliseconds: milliseconds)
    if takingLauncher { kill(getppid(), SIGKILL) }
    kill(getpid(), SIGKILL)
  }.detach()
}

@main
struct StoreProgram {
  private static func word(_ place: Int) -> String { CommandLine.arguments[1 + place] }
  private static func number(_ place: Int) -> Int { Int(word(place))! }

  static func main() async throws {
    switch CommandLine.arguments.dropFirst().first {
    case "study":
      // STORE LOG COUNT MICROSECONDS KILL-AFTER
      try await withMPI(threads: .multiple) { world in
        try dieLater(milliseconds: number(5), takingLauncher: world.size > 1)
        try await withTaskPool(on: world, progress: .never) { pool in
          let store = try TaskStore(word(1))
          let tasks = (0..<number(3)).map { Noted(number: $0, microseconds: number(4)) }
          let results = try await pool.map(tasks, store: store)
          guard results == (0..<number(3)).map({ $0 * $0 }) else { throw Wrong(text: "wrong results") }
          print("done")
        }
      }
    case "rows":
      try withMPI { world in
        try dieLater(milliseconds: number(5), takingLauncher: world.size > 1)
        let store = try TaskStore(word(1))
        let (log, microseconds) = (word(2), UInt32(number(4)))
        let rows = try world.map(0..<number(3), store: store, name: "rows", progress: .never) { index in
          try note(index, in: log)
          usleep(microseconds)
          return index * index
        }
        if let rows {
          guard rows == (0..<number(3)).map({ $0 * $0 }) else { throw Wrong(text: "wrong results") }
          print("done")
        }
      }
    case "hold":
      // STORE MILLISECONDS: so long, or until there is a file with `.release` behind its name. When it is open, there is
      // one with `.open`.
      let store = try TaskStore(word(1))
      try store.flush()
      close(open("\(word(1)).open", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
      let end = ContinuousClock.now + .milliseconds(number(2))
      while ContinuousClock.now < end, access("\(word(1)).release", F_OK) != 0 { sleep(milliseconds: 5) }
    case "fill":
      // STORE COUNT
      try await withTaskPool(progress: .never) { pool in
        let store = try TaskStore(word(1))
        let results = try await pool.map((0..<number(2)).map(Large.init), store: store)
        guard results.map({ $0[0] }) == (0..<number(2)).map(Double.init) else { throw Wrong(text: "wrong results") }
        print("computed")
        do {
          try store.flush()
          print("stored")
        } catch let error as TaskStoreError {
          print("not stored: \(error.reason)")
        }
        // What is in the way goes, and what waits is stored.
        unlink("\(word(1)).filler")
        try store.flush()
        print("stored after all")
      }
    case "fill to the end":
      try await withTaskPool(progress: .never) { pool in
        let store = try TaskStore(word(1))
        print(try await pool.map((0..<number(2)).map(Large.init), store: store).count)
      }
    default: preconditionFailure("unknown")
    }
  }
}
