// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase

/// What a rank knows of itself and of its host.
struct RankFacts: Codable, Sendable, Equatable {
  /// A network interface that is up and leads somewhere, with its address.
  struct Interface: Codable, Sendable, Equatable {
    /// Its name, such as eth0.
    var name: String
    /// Its IPv4 address.
    var address: String
  }

  /// What the system lets a process have; nil if there is no limit.
  struct Limits: Codable, Sendable, Equatable {
    /// The stack, in bytes.
    var stack: Int?
    /// Memory that may be locked, which fast networks want, in bytes.
    var lockedMemory: Int?
    /// Open files, to which connections count.
    var openFiles: Int?
  }

  /// The rank in the world.
  var rank: Int
  /// The name of the host.
  var host: String
  /// The number of the process on its host.
  var process: Int
  /// The path of the program.
  var program: String
  /// The length of the program's file in bytes.
  var programLength: Int
  /// Which file it is on its host: the same for all ranks there that run the same.
  var programFile: String
  /// The checksum of the file; empty until one of the ranks that run it has made it.
  var programChecksum = ""
  /// The MPI library's description of itself.
  var library: String
  /// The version of the standard that it implements, such as 3.1.
  var standard: String
  /// The thread level that MPI gave.
  var threadLevel: String
  /// The cores that this process may run on.
  var cores: [Int]
  /// The number of cores that the host has.
  var hostCores: Int
  /// The number of cores that the launcher could have given to the ranks on this host; nil if that is not known, or up
  /// to the user, as under Slurm.
  var launcherCores: Int?
  /// What the system lets this process have.
  var limits: Limits
  /// The parts of MPI that carry its messages, as far as it can be seen.
  var transports: [String]
  /// The host's fast networks: InfiniBand and its variants.
  var fabrics: [String]
  /// The host's other networks.
  var interfaces: [Interface]
  /// The free shared memory of the host in bytes; nil if that can't be known.
  var freeSharedMemory: Int?
}

extension RankFacts {
  /// Collects the facts about this rank.
  ///
  /// - Parameter world: all ranks.
  static func gathered(on world: Communicator) -> RankFacts {
    let program = System.program
    let standard = MPIEnvironment.standardVersion
    let cores = MPIEnvironment.allowedCores()
    return RankFacts(
      rank: world.rank, host: MPIEnvironment.processorName, process: System.processNumber, program: program.path,
      programLength: program.length, programFile: program.file,
      library: firstSentence(MPIEnvironment.libraryVersion), standard: "\(standard.major).\(standard.minor)",
      threadLevel: MPIEnvironment.threadLevel.map { "\($0)" } ?? "unknown",
      cores: cores.isEmpty ? Array(0..<MPIEnvironment.machineCores) : cores, hostCores: MPIEnvironment.machineCores,
      launcherCores: environmentVariable("SLURM_STEP_NUM_TASKS") == nil ? MPIEnvironment.coresOfParent.count : nil,
      limits: System.limits, transports: System.transports, fabrics: System.fabrics, interfaces: System.interfaces,
      freeSharedMemory: System.freeSharedMemory)
  }

  /// The beginning of a library's description, in one line: the rest is about how it was built.
  static func firstSentence(_ text: String) -> String {
    let line = text.prefix { !$0.isNewline }
    let words = line.split(separator: ",", maxSplits: 1)[...]
    return words.first.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") } ?? ""
  }
}

extension [RankFacts] {
  /// The names of the hosts, in the order of their first ranks.
  var hosts: [String] {
    reduce(into: []) { hosts, facts in
      if !hosts.contains(facts.host) { hosts.append(facts.host) }
    }
  }

  /// The number of cores that these ranks, of one host, have together.
  var coreCount: Int { Set(flatMap(\.cores)).count }

  /// The ranks of a host.
  func on(_ host: String) -> [RankFacts] { filter { $0.host == host } }
}
