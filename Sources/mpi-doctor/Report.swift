// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The links between all pairs of ranks.
struct LinkMatrix: Codable, Sendable, Equatable {
  /// The number of ranks.
  var size: Int
  /// The seconds of a message of 8 bytes one way; a row after the other, nil if it wasn't measured.
  var latency: [Double?]
  /// The bytes in a second of a large message.
  var bandwidth: [Double?]
  /// The pairs that live, and receive nothing from one another.
  var unanswered: [[Int]] = []

  /// No link measured yet.
  init(size: Int) {
    self.size = size
    latency = Array(repeating: nil, count: size * size)
    bandwidth = latency
  }

  /// The link of two ranks; nil if it wasn't measured.
  subscript(_ one: Int, _ other: Int) -> (latency: Double, bandwidth: Double)? {
    get {
      guard let latency = latency[one * size + other], let bandwidth = bandwidth[one * size + other] else { return nil }
      return (latency, bandwidth)
    }
    set {
      for index in [one * size + other, other * size + one] {
        latency[index] = newValue?.latency
        bandwidth[index] = newValue?.bandwidth
      }
    }
  }
}

/// How fast a node's memory is with all of its ranks at work.
struct NodeMemory: Codable, Sendable, Equatable {
  var host: String
  /// Bytes read and written in a second.
  var bandwidth: Double
}

/// How long a part of the examination took.
struct PartTime: Codable, Sendable, Equatable {
  /// Its name.
  var name: String
  var seconds: Double
}

/// All that the doctor learned.
struct Report: Codable, Sendable, Equatable {
  /// The number of ranks.
  var size: Int
  /// What each rank knows of itself.
  var ranks: [RankFacts] = []
  /// The seconds by which each rank's clock is ahead of the root's.
  var clockOffsets: [Double] = []
  var links: LinkMatrix?
  var collectives: [CollectiveTime] = []
  var memory: [NodeMemory] = []
  /// The parts of the examination, in the order in which they were made.
  var parts: [PartTime] = []
  var findings: [Finding] = []

  /// Whether something is wrong.
  var hasProblems: Bool { findings.contains { $0.severity == .problem } }

  /// Whether some host has more ranks than cores for them.
  var isCrowded: Bool {
    ranks.hosts.contains { host in ranks.on(host).count > ranks.on(host).coreCount }
  }

  /// Adds the findings of the measurements, but for those that were found as they were made.
  mutating func judge() {
    findings += ProgramFindings.all(ranks) + HostFindings.all(ranks)
    findings += HostFindings.clocks(ranks, offsets: clockOffsets)
    if let links { findings += LinkFindings(ranks: ranks, links: links).all }
    findings += memoryFindings(memory)
  }
}
