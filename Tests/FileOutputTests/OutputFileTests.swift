// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import FileOutput
import Foundation
import Testing

/// Runs a body with a new folder, which is removed afterwards.
private func withFolder<Result>(
  isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.path + "/output-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try await body(folder)
}

private func contents(_ path: String) -> String? {
  FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
}

private func files(_ folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

private func mode(_ path: String) -> Int {
  var status = stat()
  return lstat(path, &status) == 0 ? Int(status.st_mode & 0o7777) : -1
}

/// What is said about a path that can't be written, both beforehand and at the attempt.
private func refusal(_ path: String) -> String? {
  let before = OutputFile.obstacle(toWriting: path)
  do throws(OutputFileError) {
    _ = try OutputFile(path)
    return before == nil ? nil : "only the question is refused"
  } catch {
    return before == error ? error.description : "the answers differ: \(String(describing: before)), \(error)"
  }
}

@Suite(.serialized) struct OutputFileTests {
  @Test("A new file is there when it is whole, and not before", arguments: [true, false])
  func newFile(isUnnamed: Bool) async throws {
    try await withFolder { folder in
      let before = umask(0o027)
      defer { umask(before) }
      let file = try OutputFile(folder + "/a b.txt", isUnnamed: isUnnamed)
      let text = String(repeating: "north, south\n", count: 20_000)
      try file.write(text)
      #expect(try !files(folder).contains("a b.txt"))
      try file.finish()
      #expect(contents(folder + "/a b.txt") == text && file.byteCount == text.utf8.count)
      #expect(try files(folder) == ["a b.txt"])
      #expect(mode(folder + "/a b.txt") == 0o640)
    }
  }

  @Test("An old file stays until the new one is whole, and gives it its mode", arguments: [true, false])
  func oldFile(isUnnamed: Bool) async throws {
    try await withFolder { folder in
      let path = folder + "/old"
      try Data("old".utf8).write(to: URL(filePath: path))
      chmod(path, 0o600)
      do {
        let given = try OutputFile(path, isUnnamed: isUnnamed)
        try given.write("given up")
      }
      #expect(try contents(path) == "old" && files(folder) == ["old"])
      let file = try OutputFile(path, isUnnamed: isUnnamed)
      try file.write("new")
      #expect(contents(path) == "old")
      try file.finish()
      #expect(try contents(path) == "new" && mode(path) == 0o600 && files(folder) == ["old"])
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root may give files to others")) func theOwnerStays() async throws {
    try await withFolder { folder in
      let path = folder + "/theirs"
      try Data().write(to: URL(filePath: path))
      chown(path, 65534, 65534)
      chmod(path, 0o640)
      try OutputFile.write("new", to: path)
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_uid == 65534 && status.st_gid == 65534)
      #expect(mode(path) == 0o640 && contents(path) == "new")
    }
  }

  @Test("A link stays a link: to a file, to nothing yet, by way of another link") func links() async throws {
    try await withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/in", withIntermediateDirectories: false)
      symlink("in/target", folder + "/one")
      symlink("one", folder + "/two")
      for (text, link) in [("first", "one"), ("second", "two")] {
        try OutputFile.write(text, to: folder + "/" + link)
        #expect(contents(folder + "/in/target") == text)
      }
      #expect(try files(folder) == ["in", "one", "two"] && files(folder + "/in") == ["target"])
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/two") == "one")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/one") == "in/target")
      symlink("round", folder + "/round")
      #expect(refusal(folder + "/round") == "'\(folder)/round' can't be written: Too many levels of symbolic links")
    }
  }

  @Test("Devices and pipes are written to, and stay") func streams() async throws {
    try await withFolder { folder in
      try OutputFile.write("gone", to: "/dev/null")
      var status = stat()
      #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
      #expect(throws: OutputFileError(path: "/dev/full", reason: "No space left on device")) {
        try OutputFile.write("more than there is room for", to: "/dev/full")
      }
      let pipe = folder + "/pipe"
      mkfifo(pipe, 0o600)
      symlink("pipe", folder + "/link")
      let reader = Process()
      reader.executableURL = URL(filePath: "/bin/sh")
      reader.arguments = ["-c", "cat \(pipe) >\(folder)/copy"]
      try reader.run()
      let text = String(repeating: "a pipe takes 64 KiB at once\n", count: 10_000)
      try OutputFile.write(text, to: folder + "/link")
      reader.waitUntilExit()
      #expect(contents(folder + "/copy") == text)
      #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }
  }

  @Test("A reader that goes away is an error, and not the end") func closedPipe() async throws {
    try await withFolder { folder in
      let pipe = folder + "/pipe"
      mkfifo(pipe, 0o600)
      let reader = open(pipe, O_RDONLY | O_NONBLOCK)
      let file = try OutputFile(pipe)
      close(reader)
      #expect(throws: OutputFileError(path: pipe, reason: "Broken pipe")) {
        try file.write("to no one")
        try file.finish()
      }
    }
  }

  @Test("What can't be written is refused beforehand, with the reason") func refusals() async throws {
    try await withFolder { folder in
      func expect(_ name: String, _ reason: String) {
        #expect(refusal(name) == "'\(name)' can't be written: \(reason)")
      }
      expect("", "a file's name is needed")
      expect(folder, "it is a folder, and a file's name is needed, such as \(folder)/name")
      expect(folder + "/none/x", "there is no folder '\(folder)/none'")
      expect(folder + "/none/", "there is no folder '\(folder)/none'")
      expect(folder + "/" + String(repeating: "x", count: 300), "File name too long")
      let path = folder + "/read-only"
      try Data("old".utf8).write(to: URL(filePath: path))
      expect(path + "/x", "Not a directory")
      chmod(path, 0o444)
      expect(path, "the file is read-only: make it writable (chmod u+w), or give another name")
      #expect(try contents(path) == "old" && mode(path) == 0o444 && files(folder) == ["read-only"])
    }
  }

  @Test("Folders and files of others are refused") func permissions() async throws {
    try await withFolder { folder in
      chmod(folder, 0o711)
      for (name, bits) in [("closed", 0o555), ("sticky", 0o1777)] {
        try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: false)
        try Data().write(to: URL(filePath: folder + "/\(name)/theirs"))
        chmod(folder + "/\(name)/theirs", 0o666)
        chmod(folder + "/" + name, mode_t(bits))
      }
      defer { chmod(folder + "/closed", 0o755) }
      await #expect(processExitsWith: .success) { [folder = folder as String] in
        if getuid() == 0 { seteuid(65534) }
        let closed = "no file can be made in the folder '\(folder)/closed': Permission denied"
        #expect(OutputFile.obstacle(toWriting: folder + "/closed/mine")?.reason == closed)
        #expect(OutputFile.obstacle(toWriting: folder + "/closed/theirs")?.reason == closed)
        #expect(OutputFile.obstacle(toWriting: folder + "/sticky/mine") == nil)
        let sticky = OutputFile.obstacle(toWriting: folder + "/sticky/theirs")?.reason
        #expect(
          sticky
            == (getuid() == 0 ? "the file is another user's, in a folder where only its owner may replace it" : nil))
      }
    }
  }

  @Test("A limit of the file size is an error, and leaves the old file", arguments: [true, false])
  func tooLarge(isUnnamed: Bool) async throws {
    try await withFolder { folder in
      try Data("old".utf8).write(to: URL(filePath: folder + "/x"))
      await #expect(processExitsWith: .success) { [folder = folder as String, isUnnamed = isUnnamed as Bool] in
        var limit = rlimit(rlim_cur: 8192, rlim_max: 8192)
        #if canImport(Darwin)
          setrlimit(RLIMIT_FSIZE, &limit)
        #else
          setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #endif
        #expect(throws: OutputFileError(path: folder + "/x", reason: "File too large")) {
          let file = try OutputFile(folder + "/x", isUnnamed: isUnnamed)
          try file.write([UInt8](repeating: 0, count: 100_000))
          try file.finish()
        }
      }
      #expect(try contents(folder + "/x") == "old" && files(folder) == ["x"])
    }
  }

  /// The ways in which a process can end while it writes.
  enum End: String, CaseIterable, Codable {
    case exit, trap, hangup, interrupt, termination, userSignal, abort
  }

  @Test("However the process ends, nothing is left but what was there", arguments: End.allCases, [true, false])
  func endedProcesses(end: End, isUnnamed: Bool) async throws {
    try await withFolder { folder in
      try Data("old".utf8).write(to: URL(filePath: folder + "/x"))
      await #expect(processExitsWith: .failure) {
        [folder = folder as String, end = end as End, isUnnamed = isUnnamed as Bool] in
        // Who started the tests may have had some ignored.
        for number in [SIGHUP, SIGINT, SIGTERM, SIGUSR1] { signal(number, SIG_DFL) }
        let file = try OutputFile(folder + "/x", isUnnamed: isUnnamed)
        try file.write([UInt8](repeating: 0, count: 100_000))
        try #require(FileManager.default.contentsOfDirectory(atPath: folder).count == (isUnnamed ? 1 : 2))
        withExtendedLifetime(file) {
          switch end {
          case .exit: Foundation.exit(3)
          case .trap: fatalError("on purpose")
          case .hangup: kill(getpid(), SIGHUP)
          case .interrupt: kill(getpid(), SIGINT)
          case .termination: kill(getpid(), SIGTERM)
          case .userSignal: kill(getpid(), SIGUSR1)
          case .abort: Foundation.abort()
          }
          sleep(20)
        }
      }
      #expect(try contents(folder + "/x") == "old" && files(folder) == ["x"])
    }
  }

  @Test("What a C library writes, with its length") func cStreams() async throws {
    try await withFolder { folder in
      let file = try OutputFile(folder + "/x")
      try file.write("one ")
      let length = try file.withStream { stream in fputs("two", stream) < 0 ? "it can't be written" : nil }
      #expect(length == 7)
      try file.finish()
      #expect(contents(folder + "/x") == "one two")
      #expect(throws: OutputFileError(path: "/dev/full", reason: "No space left on device")) {
        try OutputFile("/dev/full").withStream { fputs("two", $0) < 0 ? "it can't be written" : nil }
      }
      #expect(throws: OutputFileError(path: folder + "/y", reason: "no such color")) {
        try OutputFile(folder + "/y").withStream { _ in "no such color" }
      }
      #expect(try files(folder) == ["x"])
    }
  }

  @Test("A full disk leaves nothing", .enabled(if: geteuid() == 0, "only root may mount one"))
  func fullDisk() async throws {
    try await withFolder { folder in
      guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else { return }
      defer { umount(folder) }
      try OutputFile.write("old", to: folder + "/x")
      for isUnnamed in [true, false] {
        #expect(throws: OutputFileError(path: folder + "/x", reason: "No space left on device")) {
          let file = try OutputFile(folder + "/x", isUnnamed: isUnnamed)
          try file.write([UInt8](repeating: 0, count: 1 << 20))
          try file.finish()
        }
        #expect(try contents(folder + "/x") == "old" && files(folder) == ["x"])
      }
    }
  }
}
