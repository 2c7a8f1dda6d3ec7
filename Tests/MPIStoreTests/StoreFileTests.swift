// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPIBase
import MPIStore
import MPIStoreFile
import MPITesting
import Testing

/// Files that can't be used, or not yet.
@Suite(.serialized) struct StoreFileTests {
  private let run = StoreFile.Run(ranks: 1, build: "x")

  private func failure(_ path: String) -> StoreFailure? {
    Result { try StoreFile(path, run: run, say: { _ in }) }.failure as? StoreFailure
  }

  private func row(_ number: Int) -> StoreFile.Row {
    .task(
      .init(
        key: ResultKey(of: [UInt8(number)]), type: .init("T", version: 1), host: "here", position: number, seconds: 0.5,
        task: [0], outcome: .value([0])))
  }

  @Test("A file that is no store, of a newer version, or damaged is refused with what it is")
  func refused() throws {
    let folder = try Folder()
    try "This is no database, but a text that is long enough to be one.".write(
      toFile: folder.store, atomically: false, encoding: .utf8)
    #expect(failure(folder.store)?.kind == .damaged)

    let other = folder.path + "/other.sqlite"
    try Database(other, isWritable: true).run("CREATE TABLE t(x)")
    #expect(failure(other)?.kind == .notAStore)

    let newer = folder.path + "/newer.store"
    #expect(failure(newer) == nil)
    try Database(newer, isWritable: true).run("PRAGMA user_version = 99")
    #expect(failure(newer)?.kind == .newer)
    #expect(failure(newer)?.text.contains("99") == true)
    #expect(throws: StoreFailure.self) { try StoreFile(reading: newer) }

    let damaged = folder.path + "/damaged.store"
    do {
      let file = try StoreFile(damaged, run: run, say: { _ in })
      for start in 0..<20 { try file.write((0..<10).map { row(10 * start + $0) }) }
      file.end()
    }
    let handle = try #require(FileHandle(forUpdatingAtPath: damaged))
    for page in 1..<12 {
      try handle.seek(toOffset: UInt64(8192 * page))
      try handle.write(contentsOf: Data(repeating: 0xFF, count: 200))
    }
    try handle.close()
    let error = #expect(throws: StoreFailure.self) {
      let file = try StoreFile(damaged, run: run, say: { _ in })
      _ = try file.results(of: "T", version: nil, after: 0, limit: 1000)
    }
    #expect(error?.kind == .damaged)
    #expect(error?.text.contains("mpi-store check") == true)

    #expect(failure(folder.path + "/no/a.store")?.kind == .noFolder)
    #expect(throws: StoreFailure.self) { try StoreFile(reading: folder.path + "/none") }
    #expect(failure("/proc/a.store") != nil)
  }

  @Test("A store that another job writes is refused, with host and process, and can be read", arguments: [true, false])
  func inUse(isLocal: Bool) async throws {
    let folder = try Folder()
    let environment = ["MPI_STORE_FILE_SYSTEM": isLocal ? "local" : "nfs"]
    // Not by `launch`: those that come later would wait for their turn until it has ended.
    let first = Process()
    first.executableURL = URL(fileURLWithPath: try executable(named: "store-program"))
    first.arguments = ["hold", folder.store, "600000"]
    first.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    try first.run()
    defer { first.terminate() }
    while first.isRunning, !FileManager.default.fileExists(atPath: folder.store + ".open") {
      try await Task.sleep(for: .milliseconds(5))
    }
    let second = try await launch(
      executable(named: "store-program"), arguments: ["hold", folder.store, "0"], ranks: 0, environment: environment)
    #expect(second.status != 0)
    #expect(second.errorOutput.contains("another job writes the store"), "\(second.errorOutput)")
    #expect(second.errorOutput.contains(hostName()))
    #expect(second.errorOutput.contains("store-program, process "))
    let list = try await launch(
      executable(named: "mpi-store"), arguments: ["list", folder.store], ranks: 0, environment: environment)
    #expect((list.status == 0) == isLocal, "\(list.errorOutput)")
    _ = FileManager.default.createFile(atPath: folder.store + ".release", contents: nil)
    first.waitUntilExit()
    #expect(first.terminationStatus == 0)
    let third = try await launch(
      executable(named: "store-program"), arguments: ["hold", folder.store, "0"], ranks: 0, environment: environment)
    #expect(third.status == 0, "\(third.errorOutput)")
    #expect(third.errorOutput.contains("nfs") == !isLocal)
  }

  @Test("On a file system of many hosts there is no log, and a store goes from one kind to the other")
  func journals() throws {
    let folder = try Folder()
    defer { StoreFile.pretendedFileSystem.withLock { $0 = nil } }
    for (place, isLocal) in [true, false, false, true].enumerated() {
      StoreFile.pretendedFileSystem.withLock { $0 = FileSystem(name: isLocal ? "ext4" : "lustre", isLocal: isLocal) }
      let file = try StoreFile(folder.store, run: run, say: { _ in })
      #expect(file.journal == (isLocal ? .log : .rollback))
      try file.write([row(place)])
      #expect(FileManager.default.fileExists(atPath: folder.store + "-shm") == isLocal)
      #expect(try file.results(of: "T", version: 1, after: 0, limit: 10).count == place + 1)
      file.end()
    }
    #expect(try StoreFile(reading: folder.store).check().isEmpty)
  }

  @Test("The lock of a dead process is taken over; that of another host once it has been silent, and not if it beats")
  func locks() async throws {
    let folder = try Folder()
    let before = StoreLock.patience.withLock { patience in
      defer { patience = 700 }
      return patience
    }
    defer { StoreLock.patience.withLock { $0 = before } }
    func lock(host: String, pid: Int, beat: Int) throws {
      try "\(host)\n\(pid)\nsolver\n2026-01-01\nx/1\n\(beat)\n".write(
        toFile: folder.store + ".lock", atomically: false, encoding: .utf8)
    }
    // A number that no process has, and one that another process has now.
    for pid in [4_194_305, Int(getpid())] {
      try lock(host: hostName(), pid: pid, beat: 1)
      _ = try StoreLock(of: folder.store, isLocal: false) { _ in Issue.record("it waits") }
      #expect(!FileManager.default.fileExists(atPath: folder.store + ".lock"))
    }
    try lock(host: "elsewhere", pid: 7, beat: 1)
    var said = 0
    _ = try StoreLock(of: folder.store, isLocal: false) { owner in
      #expect(owner.host == "elsewhere" && owner.pid == 7)
      said += 1
    }
    #expect(said == 1)
    try lock(host: "elsewhere", pid: 7, beat: 1)
    let beats = Task {
      for beat in 2..<40 where !Task.isCancelled {
        try await Task.sleep(for: .milliseconds(100))
        try lock(host: "elsewhere", pid: 7, beat: beat)
      }
    }
    let error = #expect(throws: StoreFailure.self) {
      try StoreLock(of: folder.store, isLocal: false) { _ in }
    }
    beats.cancel()
    _ = await beats.result
    #expect(error?.kind == .inUse)
    #expect(error?.text.contains("elsewhere") == true)
    // One that was taken over notices that.
    try FileManager.default.removeItem(atPath: folder.store + ".lock")
    let mine = try StoreLock(of: folder.store, isLocal: false) { _ in }
    try lock(host: "elsewhere", pid: 8, beat: 1)
    mine.beat()
    #expect(mine.isLost)
  }

  @Test("On a full disk the run goes on, and what waits is stored when there is room", .enabled(if: getuid() == 0))
  func full() async throws {
    let folder = try Folder()
    guard try mount(folder.path, megabytes: 24, options: "") else { return }
    defer { unmount(folder.path) }
    // 100 results of 160 kB are more than there is room for beside the filler.
    try Data(count: 22 << 20).write(to: URL(fileURLWithPath: folder.store + ".filler"))
    let job = try await launch(
      executable(named: "store-program"), arguments: ["fill", folder.store, "40"], ranks: 0)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(job.output == "computed\nnot stored: full\nstored after all\n")
    #expect(job.errorOutput.contains("there is no room"), "\(job.errorOutput)")
    #expect(job.errorOutput.contains("can be written again"), "\(job.errorOutput)")
    #expect(
      try StoreFile(reading: folder.store).results(of: "store_program.Large", version: 1, after: 0, limit: 100).count
        == 40)

    // Without room to the end: results are right, the error is printed, and what was stored before stays.
    let second = try await launch(
      executable(named: "store-program"), arguments: ["fill to the end", folder.store, "200"], ranks: 0)
    #expect(second.output == "200\n", "\(second.errorOutput)")
    #expect(second.errorOutput.contains("results are not in the store"), "\(second.errorOutput)")
    let file = try StoreFile(reading: folder.store)
    #expect(try file.check().isEmpty)
    #expect(try file.results(of: "store_program.Large", version: 1, after: 0, limit: 1000).count >= 40)
  }

  @Test(
    "A folder that can't be written is an error that says so, and its store can be read", .enabled(if: getuid() == 0))
  func readOnly() async throws {
    let folder = try Folder()
    guard try mount(folder.path, megabytes: 4, options: "") else { return }
    defer { unmount(folder.path) }
    do {
      let file = try StoreFile(folder.store, run: run, say: { _ in })
      try file.write([row(1)])
      file.end()
    }
    guard try mount(folder.path, megabytes: 4, options: "remount,ro,") else { return }
    #expect(failure(folder.store)?.kind == .notWritable)
    #expect(try StoreFile(reading: folder.store).results(of: "T", version: 1, after: 0, limit: 10).count == 1)
  }

  /// Mounts memory on a folder; false if that is not allowed here.
  private func mount(_ path: String, megabytes: Int, options: String) throws -> Bool {
    try system("mount", ["-t", "tmpfs", "-o", "\(options)size=\(megabytes)m", "tmpfs", path])
  }

  private func unmount(_ path: String) { _ = try? system("umount", ["-l", path]) }

  private func system(_ program: String, _ arguments: [String]) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

/// The command.
@Suite struct CommandTests {
  private func command(_ words: String...) async throws -> LaunchedJob {
    try await launch(executable(named: "mpi-store"), arguments: words, ranks: 0)
  }

  @Test("It lists, exports, forgets, checks and compacts")
  func all() async throws {
    let folder = try Folder()
    for mode in ["study", "rows"] {
      let job = try await launch(
        executable(named: "store-program"), arguments: [mode, folder.store, folder.log, "20", "0", "-1"], ranks: 0)
      #expect(job.status == 0, "\(job.errorOutput)")
    }
    let list = try await command("list", folder.store)
    #expect(list.status == 0, "\(list.errorOutput)")
    #expect(list.output.contains("store_program.Noted  1        done   20"), "\(list.output)")
    #expect(list.output.contains(hostName()))

    let csv = try await command("export", folder.store, "--type", "Noted")
    let lines = csv.output.split(separator: "\n")
    #expect(lines.count == 21)
    #expect(lines[0] == "type,version,index,run,host,seconds,task.microseconds,task.number,result")
    #expect(lines.contains { $0.hasSuffix(",7,49") })
    let json = try await command("export", folder.store, "--format", "json", "--output", folder.path + "/a.json")
    #expect(json.status == 0, "\(json.errorOutput)")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/a.json"))
    let rows = try JSONSerialization.jsonObject(with: data) as? [[String: Any]]
    #expect(rows?.count == 20)
    #expect(rows?.contains { $0["task.number"] as? Int == 7 && $0["result"] as? Int == 49 } == true)

    #expect(try await command("failures", folder.store).output == "no task has failed\n")
    #expect(try await command("forget", folder.store, "--type", "oted").output == "forgot 0\n")
    #expect(try await command("forget", folder.store, "--type", "Noted").output == "forgot 20\n")
    #expect(try await command("forget", folder.store).status != 0)
    #expect(try await command("forget", folder.store, "--loop", "rows").status == 0)
    #expect(try await command("compact", folder.store).output.contains("bytes before"))
    #expect(try await command("check", folder.store).output.hasPrefix("all is well"))
    let missing = try await command("list", folder.path + "/none")
    #expect(missing.status != 0)
    #expect(missing.errorOutput.contains("there is no store"))
    #expect(try await command("forget", folder.path + "/none", "--failures").errorOutput.contains("there is no store"))
  }

  @Test("Another build of the program is noticed, and said once")
  func otherBuild() async throws {
    let folder = try Folder()
    func job() async throws -> LaunchedJob {
      try await launch(
        executable(named: "store-program"), arguments: ["study", folder.store, folder.log, "20", "0", "-1"], ranks: 0)
    }
    #expect(try await job().errorOutput == "")
    #expect(try await job().errorOutput == "")
    try Database(folder.store, isWritable: true).run("UPDATE run SET build = 'other'")
    let words = try await job().errorOutput
    #expect(words.contains("another build of store-program"), "\(words)")
    #expect(words.contains("mpi-store forget"))
    #expect(words.split(separator: "\n").count == 1)
    #expect(folder.noted().count == 20)
  }
}

extension Result {
  /// Why there is none; nil if there is one.
  fileprivate var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}
