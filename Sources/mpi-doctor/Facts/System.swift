// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the operating system can be asked.
enum System {
  /// The number of this process.
  static var processNumber: Int { Int(ProcessInfo.processInfo.processIdentifier) }

  /// Seconds since 1970, by this host's clock.
  static var time: Double { Date().timeIntervalSince1970 }

  /// Seconds by a clock that is never set.
  static var uptime: Double { ProcessInfo.processInfo.systemUptime }

  /// The link by which the program of this process can be read even if another one has its name by now.
  private static let programLink = "/proc/self/exe"

  /// The program that this process runs: its path, its length in bytes, and which file it is on its host.
  static var program: (path: String, length: Int, file: String) {
    let path =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: programLink)) ?? CommandLine.arguments.first
      ?? "unknown"
    var status = stat()
    guard stat(readableProgram, &status) == 0 else { return (path, 0, path) }
    return (path, Int(status.st_size), "\(status.st_dev):\(status.st_ino)")
  }

  /// The checksum of this process's program; "unknown" if it can't be read.
  static var programChecksum: String {
    guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: readableProgram), options: .mappedIfSafe) else {
      return "unknown"
    }
    return checksum(bytes.span)
  }

  /// A path by which this process's program can be read.
  private static var readableProgram: String {
    FileManager.default.fileExists(atPath: programLink) ? programLink : CommandLine.arguments.first ?? ""
  }

  /// The checksum of some bytes (FNV-1a, 64 bits), in hexadecimal digits.
  static func checksum(_ bytes: Span<UInt8>) -> String {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in bytes.indices { sum = (sum ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
    let digits = String(sum, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// What the system lets this process have.
  static var limits: RankFacts.Limits {
    #if canImport(Glibc)
      // There they are an enumeration, and the function wants a number.
      func limit(_ kind: __rlimit_resource) -> Int? { value { getrlimit(__rlimit_resource_t(kind.rawValue), &$0) } }
      return RankFacts.Limits(
        stack: limit(RLIMIT_STACK), lockedMemory: limit(__RLIMIT_MEMLOCK), openFiles: limit(RLIMIT_NOFILE))
    #else
      func limit(_ kind: Int32) -> Int? { value { getrlimit(kind, &$0) } }
      return RankFacts.Limits(
        stack: limit(RLIMIT_STACK), lockedMemory: limit(RLIMIT_MEMLOCK), openFiles: limit(RLIMIT_NOFILE))
    #endif
  }

  /// The limit that a call gets; nil if there is none.
  private static func value(_ ask: (inout rlimit) -> Int32) -> Int? {
    var limit = rlimit()
    guard ask(&limit) == 0 else { return nil }
    // No limit is the largest number.
    return Int(exactly: limit.rlim_cur).flatMap { $0 == Int.max ? nil : $0 }
  }

  /// The parts of MPI that carry messages, of the libraries that this process has loaded: an MPI unloads those that it
  /// has decided against. Empty if they are built into the MPI.
  static var transports: [String] {
    // To the kernel that file has no length.
    guard let file = FileHandle(forReadingAtPath: "/proc/self/maps"), let maps = try? file.readToEnd() else {
      return []
    }
    return transports(inMaps: String(decoding: maps, as: UTF8.self))
  }

  /// The transports in a list of a process's mapped files, as the kernel writes it.
  static func transports(inMaps maps: String) -> [String] {
    var names: Set<String> = []
    for line in maps.split(separator: "\n") {
      guard let file = line.split(separator: "/").last, line.contains("/") else { continue }
      for kind in ["pml", "mtl", "btl"] where file.hasPrefix("mca_\(kind)_") {
        names.insert("\(kind) \(file.dropFirst("mca_btl_".count).prefix { $0 != "." })")
      }
      for library in ["libucp", "libfabric", "libpsm2"] where file.hasPrefix(library) { names.insert(library) }
    }
    // Reading itself, and sharing memory, is no network.
    return names.subtracting(["btl self"]).sorted()
  }

  /// The fast networks of this host: those with a port that is active.
  static var fabrics: [String] {
    let root = "/sys/class/infiniband"
    let devices = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return devices.sorted().filter { device in
      let ports = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(device)/ports")) ?? []
      return ports.contains { port in
        let state = try? String(contentsOfFile: "\(root)/\(device)/ports/\(port)/state", encoding: .utf8)
        return state?.contains("ACTIVE") == true
      }
    }
  }

  /// The network interfaces that are up, but for the loopback.
  static var interfaces: [RankFacts.Interface] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var found: [RankFacts.Interface] = []
    for entry in sequence(first: first, next: { $0?.pointee.ifa_next }) {
      guard let entry = entry?.pointee, let address = entry.ifa_addr, Int32(address.pointee.sa_family) == AF_INET
      else { continue }
      let flags = Int(entry.ifa_flags)
      guard flags & Int(IFF_UP) != 0, flags & Int(IFF_LOOPBACK) == 0 else { continue }
      let bytes = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr.s_addr }
      let parts = (0..<4).map { String(UInt32(bigEndian: bytes) >> (24 - 8 * UInt32($0)) & 255) }
      found.append(.init(name: String(cString: entry.ifa_name), address: parts.joined(separator: ".")))
    }
    return found
  }

  /// The free bytes of /dev/shm.
  static var freeSharedMemory: Int? {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: "/dev/shm")
    return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
  }

  /// The output of `mpiexec --version`; nil if there is none.
  static var launcherVersion: String? {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["mpiexec", "--version"]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: text, as: UTF8.self) : nil
  }
}
