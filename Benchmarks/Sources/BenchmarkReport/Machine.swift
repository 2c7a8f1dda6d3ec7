// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where and with what a run was made: what a reader must know of it, and no name of a host.
public struct Machine: Codable, Sendable, Equatable {
  public var date = ""
  public var processor = ""
  public var cores = 0
  public var system = ""
  public var mpi = ""
  public var swift = ""
  public var c = ""
  /// What peers say of themselves.
  public var peers: [String] = []
  /// How many processes wanted to run, on average, in the minute before the run: 0 on a quiet machine.
  public var load: Double?

  public init() {}

  /// Keeps what is known already.
  mutating func merge(_ other: Machine) {
    if date.isEmpty { date = other.date }
    if processor.isEmpty { processor = other.processor }
    if cores == 0 { cores = other.cores }
    if system.isEmpty { system = other.system }
    if mpi.isEmpty { mpi = other.mpi }
    if swift.isEmpty { swift = other.swift }
    if c.isEmpty { c = other.c }
    if load == nil { load = other.load }
    peers += other.peers.filter { !peers.contains($0) }
  }

  /// This one, now. What `environment` says by `BENCHMARK_SWIFT` and `BENCHMARK_LOAD`, only the script knows.
  public static func here(
    mpi: String, c: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Machine {
    var machine = Machine()
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "UTC")
    format.dateFormat = "yyyy-MM-dd"
    machine.date = format.string(from: Date())
    machine.cores = ProcessInfo.processInfo.activeProcessorCount
    machine.processor = field("model name", of: "/proc/cpuinfo") ?? "unknown"
    machine.system =
      field("PRETTY_NAME", of: "/etc/os-release", separator: "=")?.trimmingCharacters(in: ["\""])
      ?? ProcessInfo.processInfo.operatingSystemVersionString
    machine.mpi = mpi
    machine.c = c
    machine.swift = environment["BENCHMARK_SWIFT"] ?? ""
    machine.load = environment["BENCHMARK_LOAD"].flatMap(Double.init)
    return machine
  }

  /// The first field of this name in a file of lines `name: value`.
  private static func field(_ name: String, of file: String, separator: Character = ":") -> String? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: separator, maxSplits: 1)
      if parts.count == 2 && parts[0].trimmingCharacters(in: .whitespaces) == name {
        return parts[1].trimmingCharacters(in: .whitespaces)
      }
    }
    return nil
  }
}
