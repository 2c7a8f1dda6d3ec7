// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPITasks
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Tasks in processes of their own, and what may become of these.

/// Ends its process in some way, or does not.
struct Mortal: ContextPoolTask {
  enum End: String, Codable, CaseIterable {
    case none, trap, index, exit, kill, abort, terminate, stack, hang, memory, quit
  }

  var number: Int
  var end: End
  /// A folder in which each attempt of a task that ends leaves a file; empty for none.
  var folder = ""
  /// The attempts that end; the later ones bring the number back.
  var times = Int.max

  func run(in context: TaskContext) throws -> Int {
    if end != .none {
      if !folder.isEmpty {
        var attempt = 0
        while attempt < times {
          let file = open("\(folder)/\(number)-\(attempt)", O_CREAT | O_EXCL | O_WRONLY, 0o600)
          if file >= 0 {
            close(file)
            break
          }
          attempt += 1
        }
        if attempt == times { return number }
      }
      try die()
    }
    return number
  }

  private func die() throws {
    switch end {
    case .none: break
    case .trap: fatalError("task \(number) trapped")
    case .index:
      let empty: [Int] = Array(repeating: 1, count: number - number)
      print(empty[number])
    case .exit: Foundationless.exit(3)
    case .quit: Foundationless.exit(0)
    case .kill: _ = Foundationless.kill(getpid(), SIGKILL)
    case .terminate: _ = Foundationless.kill(getpid(), SIGTERM)
    case .abort: Foundationless.abort()
    case .stack: print(recurse(number))
    case .hang: while true { sleep(milliseconds: 1) }
    case .memory:
      var blocks: [[UInt8]] = []
      while true { blocks.append([UInt8](repeating: UInt8(blocks.count & 127), count: 8 << 20)) }
    }
    sleep(milliseconds: 10_000)
  }

  private func recurse(_ depth: Int) -> Int { depth < 0 ? 0 : 1 + recurse(depth + 1) + (depth & 1) }
}

/// The functions of the C library whose names the tasks use.
enum Foundationless {
  static func exit(_ status: Int32) -> Never {
    #if canImport(Glibc)
      Glibc.exit(status)
    #elseif canImport(Musl)
      Musl.exit(status)
    #else
      Darwin.exit(status)
    #endif
  }

  static func kill(_ process: pid_t, _ signal: Int32) -> Int32 {
    #if canImport(Glibc)
      Glibc.kill(process, signal)
    #elseif canImport(Musl)
      Musl.kill(process, signal)
    #else
      Darwin.kill(process, signal)
    #endif
  }

  static func abort() -> Never {
    #if canImport(Glibc)
      Glibc.abort()
    #elseif canImport(Musl)
      Musl.abort()
    #else
      Darwin.abort()
    #endif
  }
}

/// Files, without Foundation.
enum Files {
  static func text(_ path: String) -> String? {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { room in
      let count = read(file, room.baseAddress, room.count)
      return count > 0 ? String(decoding: room[..<count], as: UTF8.self) : nil
    }
  }

  static func write(_ text: String, to path: String) {
    let file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
    var bytes = Array(text.utf8)
    #if canImport(Glibc)
      _ = Glibc.write(file, &bytes, bytes.count)
    #elseif canImport(Musl)
      _ = Musl.write(file, &bytes, bytes.count)
    #else
      _ = Darwin.write(file, &bytes, bytes.count)
    #endif
    close(file)
  }

  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      names.append(name)
    }
    return names
  }
}

/// What a task finds around it.
struct Surroundings: ContextPoolTask {
  var words: Shared<[String]>
  var numbers: Shared<[Double]>

  func run(in context: TaskContext) throws -> [String] {
    var random = context.random
    let sum = try numbers.elements().reduce(0, +)
    return [
      "\(context.rank) of \(context.rankCount)", "\(context.index)", "\(UInt64.random(in: 0 ... .max, using: &random))",
      try words.value.joined(separator: ","), "\(sum)", "\((try? context.prepared(as: String.self)) ?? "unprepared")",
      "\(launcherVariables())", "\(getpid() == getpgrp())", "\(MPIEnvironment.isInitialized)",
    ]
  }

  private func launcherVariables() -> Int {
    var count = 0
    var next = environ
    while let variable = next.pointee {
      let text = String(cString: variable)
      if ["OMPI_COMM", "PMIX_", "PMI_", "MPI_TASKS_PROCESS"].contains(where: { text.hasPrefix($0) }) { count += 1 }
      next += 1
    }
    return count
  }
}

/// Brings an array back that is as long as the one it has. Every third keeps its array, and changes a copy of it.
struct Lengthen: PoolTask {
  private static let kept = Mutex<[[Double]]>([])

  var numbers: [Double]
  func run() throws -> [Double] {
    try Self.kept.withLock { kept in
      guard kept.allSatisfy({ array in array.allSatisfy { $0 == array[0] } && array.count == numbers.count }) else {
        throw Overboard()
      }
      if numbers[0].truncatingRemainder(dividingBy: 3) == 0 {
        kept.append(numbers)
        var copy = numbers
        copy[copy.count - 1] = -1
        copy.append(-1)
      }
    }
    return numbers.map { $0 + 1 }
  }
}

/// Prints lines, and parts of lines.
struct Printing: PoolTask {
  var number: Int
  func run() {
    for line in 0..<10 {
      print("line \(line) ", terminator: "")
      print("of task \(number)")
    }
    writeToStandardError("error of task \(number)")
  }
}

/// Starts a program that runs for long, and brings back the numbers of both processes.
struct Spawning: PoolTask {
  func run() throws -> [Int32] {
    var child: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("1000"), nil]
    posix_spawnp(&child, "sleep", nil, nil, &arguments, environ)
    sleep(milliseconds: 20)
    return [getpid(), child]
  }
}

/// Takes a millisecond of processor time.
struct Busy: PoolTask {
  var number: Int
  func run() -> Int {
    let end = monotonicNanoseconds() + 1_000_000
    while monotonicNanoseconds() < end {}
    return number
  }
}

extension PoolProgram {
  /// The processes whose parent runs this program too, and is of the same job: other tests have jobs as well.
  private static func taskProcesses() -> [pid_t] {
    let isLaunched = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"].contains { environmentVariable($0) != nil }
    let launcher = isLaunched ? getppid() : -1
    let fields = { (path: String) -> [Substring]? in
      guard let text = Files.text(path), let name = text.lastIndex(of: ")") else { return nil }
      return [text[..<name]] + text[name...].split(separator: " ").dropFirst()
    }
    return Files.names(in: "/proc").compactMap { pid_t($0) }.filter { process in
      // The name, the state, the parent.
      guard let own = fields("/proc/\(process)/stat"), own.count > 2, own[0].hasSuffix("(pool-program"),
        own[1] != "Z", let parent = fields("/proc/\(own[2])/stat")
      else { return false }
      return parent[0].hasSuffix("(pool-program")
        && (pid_t(own[2]) == getpid() || parent.count > 2 && pid_t(parent[2]) == launcher)
    }
  }

  /// How results read.
  private static func words(_ result: Result<Int, TaskFailure>) -> String {
    switch result {
    case .success(let number): "\(number)"
    case .failure(let failure): "\(failure.index) \(failure.reason): \(failure.message)"
    }
  }

  static func runIsolated(_ what: String, _ arguments: [String]) async throws {
    func number(_ place: Int) -> Int { Int(arguments[place])! }
    switch what {
    case "ends":
      // Every tenth of some tasks ends its process, so often.
      let end = Mortal.End(rawValue: arguments[0])!
      let tasks = (0..<number(1)).map {
        Mortal(
          number: $0, end: $0 % 10 == 7 ? end : .none, folder: arguments[2],
          times: arguments.count > 3 ? number(3) : .max)
      }
      try await withTaskPool(isolation: .process, progress: .never) { pool in
        for result in try await pool.mapResults(tasks) { print(words(result)) }
      }
    case "limits":
      try await withTaskPool(isolation: .process, progress: .never) { pool in
        let hanging = (0..<10).map { Mortal(number: $0, end: $0 == 5 ? .hang : .none) }
        for result in try await pool.mapResults(hanging, timeout: .milliseconds(600)) { print(words(result)) }
        let greedy = (0..<10).map { Mortal(number: $0, end: $0 == 3 ? .memory : .none) }
        for result in try await pool.mapResults(greedy, memoryLimit: 200 << 20) { print(words(result)) }
      }
    case "surroundings":
      let prepare: @Sendable (Int) -> any Sendable = { "prepared on rank \($0)" }
      try await withTaskPool(isolation: .process, seed: 7, progress: .never, prepare: prepare) { pool in
        let words = try pool.share(["a", "b"])
        let numbers = try pool.share([Double](repeating: 1, count: 100_000))
        for lines in try await pool.map((0..<20).map { _ in Surroundings(words: words, numbers: numbers) }) {
          print(lines.joined(separator: "|"))
        }
      }
    case "arrays":
      try await withTaskPool(isolation: .process, progress: .never) { pool in
        let tasks = (0..<number(0)).map { Lengthen(numbers: Array(repeating: Double($0), count: number(1))) }
        var isRight = true
        for try await (task, output) in pool.ordered(tasks) {
          isRight = isRight && output == task.numbers.map { $0 + 1 }
        }
        print(isRight)
      }
    case "printing":
      try await withTaskPool(isolation: .process, progress: .never) { pool in
        _ = try await pool.map((0..<number(0)).map(Printing.init))
      }
    case "kills":
      // Processes are killed at random, so many times, while tasks run.
      try await withTaskPool(isolation: .process, progress: .never) { pool in
        async let all = pool.map((0..<number(0)).map(Busy.init))
        var kills = 0
        var random = RandomStream(seed: UInt64(getpid()), stream: 0)
        for _ in 0..<5000 where kills < number(1) {
          try await Task.sleep(for: .milliseconds(Int.random(in: 1...20, using: &random)))
          guard let victim = taskProcesses().randomElement(using: &random) else { continue }
          if Foundationless.kill(victim, SIGKILL) == 0 { kills += 1 }
        }
        print(try await all == Array(0..<number(0)))
      }
    case "orphans":
      // Ends in some way while processes, and what they have started, are there. Their numbers go to a file.
      try await withTaskPool(isolation: .process, progress: .never) { pool in
        let processes = try await pool.map((0..<8).map { _ in Spawning() }).flatMap(\.self)
        Files.write(processes.map { "\($0)" }.joined(separator: " "), to: arguments[1])
        let hanging = Task { try await pool.map((0..<8).map { Mortal(number: $0, end: .hang) }) }
        try await Task.sleep(for: .milliseconds(50))
        switch arguments[0] {
        case "return": break
        case "throw": throw Overboard()
        case "exit": Foundationless.exit(0)
        case "kill": _ = Foundationless.kill(getpid(), SIGKILL)
        case "trap": fatalError("rank 0 trapped")
        case "cancel":
          hanging.cancel()
          _ = await hanging.result
        default: preconditionFailure("unknown")
        }
      }
    case "locked":
      // What this holds its task processes wait for, until the body lets go of it.
      let file = open(arguments[0], O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
      flock(file, LOCK_EX)
      try await withTaskPool(isolation: .process, progress: .never) { pool in
        async let sum = pool.map((0..<10).map { Mortal(number: $0, end: .none) }).reduce(0, +)
        try await Task.sleep(for: .seconds(11))
        close(file)
        print(try await sum)
      }
    case "tree":
      try await withTaskPool(isolation: .process, progress: .never) { pool in
        print(try await pool.run(Tree(depth: number(0), milliseconds: 2)))
      }
    default: preconditionFailure("unknown")
    }
  }
}
