// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with the hosts: cores and bindings, limits, networks, clocks.
enum HostFindings {
  /// All of them.
  static func all(_ ranks: [RankFacts]) -> [Finding] {
    ranks.hosts.flatMap { bindings(ranks.on($0)) + unusedCores(ranks.on($0)) } + crowding(ranks)
      + ranks.hosts.flatMap { sharedMemory(ranks.on($0)) } + limits(ranks) + fabrics(ranks) + addresses(ranks)
  }

  /// Several ranks on one core is the classic.
  ///
  /// - Parameter ranks: those of one host.
  static func bindings(_ ranks: [RankFacts]) -> [Finding] {
    guard let first = ranks.first else { return [] }
    let remedy =
      "Start with mpiexec --bind-to none (MPICH: -bind-to none), or bind right: --map-by socket:PE=THREADS --bind-to core; "
      + "under Slurm srun --cpus-per-task=THREADS --cpu-bind=cores."
    // Ranks that are bound to the same cores, and are more than those.
    var findings: [Finding] = []
    for group in Dictionary(grouping: ranks, by: \.cores).values.sorted(by: { $0[0].rank < $1[0].rank })
    where group.count > group[0].cores.count && group[0].cores.count < first.hostCores {
      let cores = group[0].cores
      findings.append(
        .problem(
          "ranks-share-cores",
          "\(first.host): \(ranksInWords(group.map(\.rank))) are bound to \(cores.count == 1 ? "core" : "cores") "
            + "\(ranges(cores)), of \(first.hostCores) that the host has.", remedy: remedy))
    }
    return findings
  }

  /// Ranks that are bound to fewer cores than their share: a program with threads leaves the others idle.
  ///
  /// - Parameter ranks: those of one host.
  static func unusedCores(_ ranks: [RankFacts]) -> [Finding] {
    guard let first = ranks.first, let reachable = first.launcherCores else { return [] }
    let share = reachable / ranks.count
    let bound = ranks.filter { $0.cores.count < share }
    guard let least = bound.map(\.cores.count).min(), ranks.coreCount < reachable else { return [] }
    let (what, cores) = (bound.count == 1 ? "is" : "are each", least == 1 ? "1 core" : "\(least) cores")
    return [
      .note(
        "few-cores-bound",
        "\(first.host): \(ranksInWords(bound.map(\.rank))) \(what) bound to \(cores) of \(reachable), and \(share) would be "
          + "\(bound.count == 1 ? "its" : "their") share. A program with one thread a rank needs no more; one with several, "
          + "such as a pool or a loop of MPITasks, leaves \(reachable - ranks.coreCount) of them idle.",
        remedy:
          "For programs with threads start with mpiexec --bind-to none (MPICH: -bind-to none), or start more ranks.")
    ]
  }

  /// More ranks than cores. Hosts to which that happens alike share a finding; those whose ranks are bound badly have
  /// one with more details (``bindings(_:)``).
  static func crowding(_ ranks: [RankFacts]) -> [Finding] {
    struct Crowd: Hashable {
      var ranks: Int
      var cores: Int
    }
    var crowds: [Crowd: [String]] = [:]
    for host in ranks.hosts {
      let there = ranks.on(host)
      guard there.count > there.coreCount, bindings(there).isEmpty else { continue }
      crowds[Crowd(ranks: there.count, cores: there.coreCount), default: []].append(host)
    }
    return crowds.sorted { $0.value[0] < $1.value[0] }.map { crowd, hosts in
      let cores = "\(crowd.cores) \(crowd.cores == 1 ? "core" : "cores")"
      return .problem(
        "more-ranks-than-cores",
        "\(hosts.joined(separator: ", ")): \(crowd.ranks) ranks have \(cores) to share\(hosts.count > 1 ? ", each" : "").",
        remedy: "Start fewer ranks there: in a host file, slots=\(crowd.cores).")
    }
  }

  /// Ranks of a host talk through shared memory: Open MPI and MPICH want some MiB for each.
  private static func sharedMemory(_ ranks: [RankFacts]) -> [Finding] {
    guard let first = ranks.first, ranks.count > 1, let free = first.freeSharedMemory, free < ranks.count * 8 << 20
    else { return [] }
    return [
      .note(
        "little-shared-memory", "\(first.host): /dev/shm has \(free >> 20) MiB free, for \(ranks.count) ranks.",
        remedy:
          "Remove what jobs that crashed have left there; in a container, start it with --shm-size=1g or --ipc=host.")
    ]
  }

  /// Limits that are too low for a job of this size.
  static func limits(_ ranks: [RankFacts]) -> [Finding] {
    var findings: [Finding] = []
    func add(_ severity: Finding.Severity, _ kind: String, _ what: String, _ remedy: String, _ bad: (RankFacts) -> Int?)
    {
      // Hosts that have the same limit share a finding.
      let groups = Dictionary(grouping: ranks.filter { bad($0) != nil }) { bad($0) ?? 0 }
      for (value, group) in groups.sorted(by: { $0.value[0].rank < $1.value[0].rank }) {
        findings.append(
          Finding(
            severity: severity, kind: kind, text: "\(group.hosts.joined(separator: ", ")): \(what) \(value).",
            remedy: remedy))
      }
    }
    let files = 2 * ranks.count + 64
    add(
      .problem, "few-open-files", "for \(ranks.count) ranks \(files) open files are wanted, and the limit is",
      "ulimit -n \(max(files, 4096)), in the job's script or in /etc/security/limits.conf."
    ) {
      $0.limits.openFiles.flatMap { $0 < files ? $0 : nil }
    }
    add(
      .note, "small-stack", "the stack may have no more bytes than",
      "ulimit -s 8192, or more, in the job's script."
    ) { $0.limits.stack.flatMap { $0 < 4 << 20 ? $0 : nil } }
    add(
      .problem, "little-locked-memory", "the fast network wants memory to be locked, and the limit in bytes is",
      "ulimit -l unlimited, for all users, in /etc/security/limits.conf; for Slurm PropagateResourceLimitsExcept=MEMLOCK."
    ) { facts in facts.fabrics.isEmpty ? nil : facts.limits.lockedMemory.flatMap { $0 < 64 << 20 ? $0 : nil } }
    return findings
  }

  /// A fast network that the MPI doesn't use.
  private static func fabrics(_ ranks: [RankFacts]) -> [Finding] {
    let fast = ["pml ucx", "btl openib", "btl uct", "mtl", "libucp", "libfabric", "libpsm2"]
    let idle = ranks.filter { facts in
      !facts.fabrics.isEmpty && !facts.transports.isEmpty
        && !facts.transports.contains { name in fast.contains { name.hasPrefix($0) } }
    }
    guard let first = idle.first, ranks.hosts.count > 1 else { return [] }
    return [
      .problem(
        "fast-network-unused",
        "\(idle.hosts.joined(separator: ", ")): there is \(first.fabrics.joined(separator: ", ")), and messages go by "
          + "\(first.transports.joined(separator: ", ")).",
        remedy: "Use an MPI that was built with UCX (ompi_info | grep ucx), and mpiexec --mca pml ucx.")
    ]
  }

  /// An address that two hosts have, such as docker0's: each reaches itself by it.
  static func addresses(_ ranks: [RankFacts]) -> [Finding] {
    var owners: [String: (name: String, hosts: [String])] = [:]
    for host in ranks.hosts {
      for interface in ranks.on(host)[0].interfaces {
        owners[interface.address, default: (interface.name, [])].hosts.append(host)
      }
    }
    return owners.filter { $0.value.hosts.count > 1 }.sorted { $0.key < $1.key }.map { address, owner in
      .note(
        "same-address",
        "\(owner.hosts.joined(separator: ", ")): all have the address \(address) (\(owner.name)). A job may hang, as one "
          + "host looks for another there.",
        remedy: "Name the network that the hosts share: --mca btl_tcp_if_include eth0 --mca oob_tcp_if_include eth0 "
          + "(Open MPI 5: --mca btl_tcp_if_include eth0 --prtemca prte_if_include eth0; MPICH: -iface eth0).")
    }
  }

  /// Clocks with different times. Processes of one host have one clock.
  ///
  /// - Parameters:
  ///   - offsets: the seconds by which each rank's clock is ahead of the root's.
  static func clocks(_ ranks: [RankFacts], offsets: [Double]) -> [Finding] {
    let wrong = ranks.hosts.compactMap { host -> (host: String, offset: Double)? in
      guard let first = ranks.on(host).first, first.rank < offsets.count, abs(offsets[first.rank]) > 0.1 else {
        return nil
      }
      return (host, offsets[first.rank])
    }
    guard !wrong.isEmpty else { return [] }
    let list = wrong.map { "\($0.host) by \(amount($0.offset, "s"))" }.joined(separator: ", ")
    return [
      .problem(
        "clocks-differ", "clocks differ from that of \(ranks.hosts[0]): \(list).",
        remedy: "Run chrony or ntpd on all hosts: logs and files' times are of no use otherwise, and builds go wrong.")
    ]
  }
}
