// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Testing

/// What an MPI and a machine have little of: an error says so, on every rank, and no rank waits for one that has
/// failed.
@Suite struct LimitTests {
  private func run(
    _ arguments: String..., ranks: Int, environment: [String: String] = [:], timeLimit: Duration = .seconds(120)
  ) async throws -> LaunchedJob {
    try await launch(
      executable(named: "test-program"), arguments: ["misbehaving", "limit"] + arguments, ranks: ranks,
      environment: environment,
      timeLimit: timeLimit)
  }

  /// Expects that what was tried went on each rank as the words say.
  private func expect(_ job: LaunchedJob, _ what: String, ranks: Int, _ words: String...) {
    #expect(job.status == 0 && !job.isTimedOut, "\(job.output) \(job.errorOutput)")
    let lines = job.output.split(separator: "\n").filter { $0.hasPrefix("\(what), rank ") }
    #expect(lines.count == ranks, "\(job.output)")
    for line in lines {
      for word in words { #expect(line.contains(word), "\(line)") }
    }
  }

  @Test("A container's 64 MB of /dev/shm", .enabled(if: canMount), arguments: [2, 4])
  func littleSharedMemory(ranks: Int) async throws {
    let program = try "\(executable(named: "test-program")) misbehaving"
    let launcher = ProcessInfo.processInfo.environment["MPIEXEC"] ?? "mpiexec"
    let script = """
      mount -t tmpfs -o size=64m tmpfs /dev/shm && exec \(launcher) -n \(ranks) \(program) limit large-windows 80000000
      """
    let job = try await launch(
      "/usr/bin/unshare", arguments: ["-m", "bash", "-c", script], ranks: 0, timeLimit: .seconds(60))
    for what in ["window", "shared", "allocated", "array"] {
      expect(job, what, ranks: ranks, "noMemory: ", "bytes of the memory that they share", "/dev/shm", "--shm-size")
    }
    expect(job, "small", ranks: ranks, "done")
  }

  @Test("Where there is no shared memory to write to, MPI takes another folder", .enabled(if: canMount))
  func sharedMemoryIsReadOnly() async throws {
    guard MPIEnvironment.vendor == .openMPI else { return }
    let program = try "\(executable(named: "test-program")) misbehaving"
    let launcher = ProcessInfo.processInfo.environment["MPIEXEC"] ?? "mpiexec"
    let script = """
      mount -t tmpfs -o size=64k,ro tmpfs /dev/shm && exec \(launcher) -n 2 \(program) limit large-windows 1000000
      """
    let job = try await launch(
      "/usr/bin/unshare", arguments: ["-m", "bash", "-c", script], ranks: 0, timeLimit: .seconds(60))
    expect(job, "shared", ranks: 2, "done")
  }

  @Test(
    "Over TCP, where Debian's Open MPI has no windows: the setting that helps is said, and helps", arguments: [2, 3])
  func windowsOverTCP(ranks: Int) async throws {
    guard MPIEnvironment.vendor == .openMPI, MPIEnvironment.vendorVersion.major == 4 else { return }
    let network = ["OMPI_MCA_btl": "tcp,self", "OMPI_MCA_osc": "^ucx,pt2pt,sm"]
    let job = try await run("one-sided", ranks: ranks, environment: network)
    for what in ["counter", "over", "dynamic"] {
      expect(job, what, ranks: ranks, "OMPI_MCA_osc=^ucx")
    }
    let other = try await run(
      "one-sided", ranks: ranks, environment: network.merging(["OMPI_MCA_osc": "^ucx"]) { $1 })
    for what in ["counter", "over", "dynamic"] { expect(other, what, ranks: ranks, "done") }
  }

  /// To make so many takes minutes.
  @Test(
    "One rank has used up the numbers of communicators: all are told",
    .enabled(if: ProcessInfo.processInfo.environment["MPI_TEST_HUGE"] == "1"), arguments: [2])
  func communicators(ranks: Int) async throws {
    guard MPIEnvironment.vendor == .openMPI, MPIEnvironment.vendorVersion.major == 4 else { return }
    let job = try await run("communicators", ranks: ranks, timeLimit: .seconds(900))
    for what in ["duplicate", "split", "window", "file"] {
      expect(job, what, ranks: ranks, "numbers communicators, files and windows up to 65535", "let go of")
    }
    expect(job, "later", ranks: ranks, "done")
  }

  /// How much a thing takes of the process for good, and how many maps all of them take.
  private func growth(_ job: LaunchedJob, _ what: String) throws -> (bytes: Int, maps: Int) {
    let line = try #require(job.output.split(separator: "\n").first { $0.hasPrefix("\(what): ") }, "\(job.output)")
    let numbers = line.split(separator: " ").compactMap { Int($0) }
    return (try #require(numbers.first), try #require(numbers.last))
  }

  @Test("Windows that all ranks have dropped are given back when they make others", arguments: [1, 2])
  func droppedWindows(ranks: Int) async throws {
    let job = try await run("dropped-windows", "300", ranks: ranks)
    #expect(job.status == 0, "\(job.output) \(job.errorOutput)")
    for what in ["counters", "arrays", "windows", "late"] {
      let (bytes, maps) = try growth(job, what)
      // One that stays takes 23 kB and 2 maps.
      #expect(bytes < 12_000 && maps < 300, "\(what): \(job.output)")
    }
  }

  @Test("Requests that were dropped and are over take no memory", arguments: [1, 2])
  func droppedRequests(ranks: Int) async throws {
    let job = try await run("dropped-requests", "5000", ranks: ranks)
    #expect(job.status == 0, "\(job.output) \(job.errorOutput)")
    for what in ["requests", "receives", "persistent"] {
      #expect(try growth(job, what).bytes < 100, "\(what): \(job.output)")
    }
  }

  /// Whether this process may mount file systems, in a namespace of its own.
  private static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    process.arguments = ["-m", "true"]
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()
}

extension OnEveryRank {
  /// Calls by which all ranks make something together: what is wrong on one rank is an error on all.
  @Suite struct CreationAgreementTests {
    let world = Communicator.world
    var isWrong: Bool { world.rank == world.last }

    @Test func communicators() throws {
      expectError(.argument, "split", naming: "color -7") { _ = try world.split(color: isWrong ? -7 : 0) }
      expectError(.argument, "split", naming: "key") { _ = try world.split(.sharedMemory, key: isWrong ? 1 << 40 : 0) }
      expectError(.infoKey, "duplicate") { _ = try world.duplicate(info: isWrong ? ["": "x"] : [:]) }
      expectError(.dimensions, "cartesian") {
        _ = try world.cartesian(dimensions: isWrong ? [world.size + 1] : [world.size], periodic: [true])
      }
      expectError(.topology, "graph") {
        _ = try world.graph(neighbors: [[Int]](repeating: [], count: isWrong ? world.size + 1 : world.size))
      }
      expectError(.rank, "distributedGraph") {
        _ = try world.distributedGraph(sources: isWrong ? [world.size] : [], destinations: [])
      }
      #expect(try world.duplicate().allReduce(1, .sum) == world.size)
    }

    @Test func windows() throws {
      expectError(.count, "window", naming: "-1") { _ = try world.window(of: Int.self, count: isWrong ? -1 : 5) }
      expectError(.count, "window", naming: "-1") { _ = try world.sharedWindow(of: Int.self, count: isWrong ? -1 : 5) }
      expectError(.infoKey, "window(over:)") { _ = try world.window(over: [1], info: isWrong ? ["": "x"] : [:]) }
      expectError(.infoKey, "dynamicWindow") {
        _ = try world.dynamicWindow(of: Int.self, info: isWrong ? ["": "x"] : [:])
      }
      expectError(.rank, "SharedCounter.init") { _ = try SharedCounter(world, host: isWrong ? world.size : 0) }
      expectError(.count, "SharedArray.init", naming: "-2") {
        _ = try SharedArray(world, count: isWrong ? -2 : 3) { (_: inout MutableSpan<Int>) in }
      }
      expectError(.argument, "SharedArray.init", naming: "no elements") {
        _ = try SharedArray(world, from: isWrong || world.rank != world.last ? nil : [1], root: world.last)
      }
      try world.withWindow(of: Int.self, count: 1) { #expect($0.counts == [Int](repeating: 1, count: world.size)) }
    }

    /// A window that one rank still holds stays, and others that were dropped before and after it go.
    @Test func droppedAroundOneThatIsKept() throws {
      var first: Window<Int>? = try world.window(of: Int.self, count: 1)
      let kept = try world.window(of: Int.self, count: 1)
      var last: Window<Int>? = try world.window(of: Int.self, count: 1)
      first = nil
      if world.isRoot { last = nil }
      _ = try world.duplicate()
      try kept.fenced { try $0.put(world.rank, to: world.right, at: 0) }
      #expect(kept.local[0] == world.left && first == nil)
      if !world.isRoot { #expect(last?.count == 1) }
      last = nil
      _ = try world.duplicate()
      try kept.free()
    }
  }
}
