// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import mpi_doctor

/// A rank with nothing wrong.
func facts(_ rank: Int, _ host: String, cores: [Int] = [0, 1, 2, 3]) -> RankFacts {
  RankFacts(
    rank: rank, host: host, process: 100 + rank, program: "/home/mine", programLength: 5, programFile: "1:7",
    programChecksum: "aa",
    library: "Open MPI v4.1.4", standard: "3.1", threadLevel: "funneled", cores: cores, hostCores: 4,
    limits: .init(stack: 8 << 20, lockedMemory: nil, openFiles: 4096), transports: ["btl tcp", "pml ob1"], fabrics: [],
    interfaces: [.init(name: "eth0", address: "10.0.0.\(host.utf8.reduce(0) { $0 + Int($1) })")],
    freeSharedMemory: 1 << 30)
}

/// Links of so many ranks, all alike but for those that are named.
func matrix(_ size: Int, slow: (Int, Int) -> Bool) -> LinkMatrix {
  var links = LinkMatrix(size: size)
  for one in 0..<size {
    for other in 0..<size where one < other {
      links[one, other] = slow(one, other) ? (0.02, 1e6) : (1e-5, 1e9)
    }
  }
  return links
}

@Suite struct FindingsTests {
  private let four = (0..<4).map { facts($0, "node\($0 + 1)") }

  private func kinds(_ findings: [Finding]) -> [String] { findings.map(\.kind) }

  @Test func healthyRanksHaveNoFindings() {
    var report = Report(size: 4, ranks: four, clockOffsets: [0, 0.001, -0.001, 0])
    report.links = matrix(4) { _, _ in false }
    report.memory = four.map { NodeMemory(host: $0.host, bandwidth: 1e10) }
    report.judge()
    #expect(report.findings == [])
    #expect(!report.hasProblems)
  }

  @Test func ranksThatLeaveCoresIdleAreNoted() {
    func found(_ cores: [[Int]], launcherCores: Int?) -> [Finding] {
      HostFindings.unusedCores(
        cores.enumerated().map { rank, cores in
          var facts = facts(rank, "node1", cores: cores)
          facts.launcherCores = launcherCores
          return facts
        })
    }
    let one = found([[0]], launcherCores: 4)
    #expect(kinds(one) == ["few-cores-bound"] && one[0].severity == .note)
    #expect(one[0].text.hasPrefix("node1: rank 0 is bound to 1 core of 4, and 4 would be its share."))
    #expect(one[0].text.hasSuffix("leaves 3 of them idle.") && one[0].remedy.contains("--bind-to none"))
    let two = found([[0], [1]], launcherCores: 4)
    #expect(
      two.first?.text.hasPrefix("node1: ranks 0-1 are each bound to 1 core of 4, and 2 would be their share.") == true)
    // Bound to all that there are, or to what the user or a batch system gave.
    #expect(found([[0], [1], [2], [3]], launcherCores: 4) == [])
    #expect(found([[0, 1, 2, 3]], launcherCores: 4) == [])
    #expect(found([[0], [1], [2]], launcherCores: 4) == [])
    #expect(found([[0]], launcherCores: 1) == [])
    #expect(found([[0]], launcherCores: nil) == [])
  }

  @Test func anotherProgramIsNamedWithItsRanks() {
    var ranks = four
    ranks[2].programChecksum = "bb"
    let findings = ProgramFindings.all(ranks)
    #expect(kinds(findings) == ["different-programs"])
    #expect(findings[0].text.contains("ranks 0-1, 3 on node1, node2, node4: /home/mine, 5 bytes, checksum aa"))
    #expect(findings[0].text.contains("rank 2 on node3: "))
  }

  @Test func anotherLibraryIsNamedWithItsHosts() {
    var ranks = four
    ranks[3].library = "Open MPI v5.0.1"
    let findings = ProgramFindings.all(ranks)
    #expect(kinds(findings) == ["different-libraries"])
    #expect(findings[0].text.contains("Open MPI v4.1.4 on node1, node2, node3; Open MPI v5.0.1 on node4"))
  }

  @Test(arguments: [
    ("HYDRA build details:\n    Version: 4.0.2", ["launcher-of-another-mpi"]),
    ("mpiexec (OpenRTE) 4.1.4", []), ("mpiexec (Open MPI) 4.1.4", []),
    ("mpiexec (OpenRTE) 4.0.1", ["launcher-of-another-version"]), ("something else", []),
  ])
  func theLauncherInPathIsCompared(version: String, kinds: [String]) {
    let findings = ProgramFindings.launcher(version: version, vendor: "Open MPI", libraryVersion: (4, 1, 4))
    #expect(findings.map(\.kind) == kinds)
    #expect(ProgramFindings.launcher(version: nil, vendor: "MPICH", libraryVersion: (4, 0, 2)) == [])
  }

  @Test func ranksOnOneCoreAreNamed() {
    let ranks = [facts(0, "a", cores: [0]), facts(1, "a", cores: [1]), facts(2, "a", cores: [0])]
    let findings = HostFindings.bindings(ranks)
    #expect(kinds(findings) == ["ranks-share-cores"])
    #expect(findings[0].text == "a: ranks 0, 2 are bound to core 0, of 4 that the host has.")
    #expect(HostFindings.bindings([facts(0, "a", cores: [0]), facts(1, "a", cores: [1])]) == [])
    #expect(HostFindings.bindings((0..<4).map { facts($0, "a") }) == [])
  }

  @Test func moreRanksThanCoresAreNamedOnceForAllHostsAlike() {
    let one = (0..<5).map { facts($0, "a") }
    #expect(HostFindings.bindings(one) == [])
    #expect(kinds(HostFindings.all(one)) == ["more-ranks-than-cores"])
    #expect(HostFindings.crowding((0..<4).map { facts($0, "a") }) == [])
    let many = (0..<17).map { facts($0, $0 < 5 ? "a" : $0 < 10 ? "b" : "c") }
    #expect(
      HostFindings.crowding(many).map(\.text) == [
        "a, b: 5 ranks have 4 cores to share, each.", "c: 7 ranks have 4 cores to share.",
      ])
    #expect(HostFindings.crowding(many)[0].remedy.contains("slots=4"))
    // Ranks on one core have a finding of their own.
    #expect(HostFindings.crowding((0..<2).map { facts($0, "a", cores: [0]) }) == [])
  }

  @Test func limitsAreComparedWithWhatIsWanted() {
    var ranks = four
    ranks[1].limits.openFiles = 64
    ranks[2].limits.stack = 1 << 20
    ranks[3].limits.lockedMemory = 65_536
    #expect(kinds(HostFindings.limits(ranks)) == ["few-open-files", "small-stack"])
    // Locked memory matters to fast networks alone.
    ranks[3].fabrics = ["mlx5_0"]
    let findings = HostFindings.limits(ranks)
    #expect(kinds(findings) == ["few-open-files", "small-stack", "little-locked-memory"])
    #expect(findings[0].text.hasPrefix("node2: "))
    #expect(findings[2].text.hasPrefix("node4: "))
    // Each limit is named with the hosts that have it.
    ranks[0].limits.openFiles = 64
    ranks[2].limits.openFiles = 32
    let files = HostFindings.limits(ranks).filter { $0.kind == "few-open-files" }.map(\.text)
    #expect(
      files == [
        "node1, node2: for 4 ranks 72 open files are wanted, and the limit is 64.",
        "node3: for 4 ranks 72 open files are wanted, and the limit is 32.",
      ])
  }

  @Test func aFastNetworkThatIsIdleIsNamed() {
    var ranks = four
    for index in ranks.indices { ranks[index].fabrics = ["mlx5_0"] }
    #expect(kinds(HostFindings.all(ranks)) == ["fast-network-unused"])
    for index in ranks.indices { ranks[index].transports = ["pml ucx"] }
    #expect(HostFindings.all(ranks) == [])
  }

  @Test func anAddressThatTwoHostsHaveIsNamed() {
    var ranks = four
    ranks[0].interfaces.append(.init(name: "docker0", address: "172.17.0.1"))
    ranks[3].interfaces.append(.init(name: "docker0", address: "172.17.0.1"))
    let findings = HostFindings.addresses(ranks)
    #expect(kinds(findings) == ["same-address"])
    #expect(findings[0].text.contains("node1, node4: all have the address 172.17.0.1 (docker0)"))
  }

  @Test func clocksThatDifferAreNamed() {
    #expect(HostFindings.clocks(four, offsets: [0, 0.09, -0.09, 0]) == [])
    let findings = HostFindings.clocks(four, offsets: [0, 0, -2.5, 0])
    #expect(kinds(findings) == ["clocks-differ"])
    #expect(findings[0].text.contains("node3 by -2.50 s"))
  }

  @Test(arguments: 0..<3)
  func oneSlowHostOfThreeIsNamedThoughMostLinksAreSlow(host: Int) {
    let ranks = Array(four.prefix(3))
    let findings = LinkFindings(ranks: ranks, links: matrix(3) { $0 == host || $1 == host }).all
    #expect(kinds(findings) == ["slow-host"])
    #expect(findings[0].text.hasPrefix("node\(host + 1): "))
  }

  @Test func oneSlowLinkIsNamedWithBothHosts() {
    let findings = LinkFindings(ranks: four, links: matrix(4) { $0 == 1 && $1 == 3 }).all
    #expect(kinds(findings) == ["slow-link"])
    #expect(findings[0].text.hasPrefix("node2 and node4: "))
  }

  @Test func whatLooksSlowIsMeasuredOnceMore() {
    #expect(LinkFindings(ranks: four, links: matrix(4) { _, _ in false }).suspects.isEmpty)
    let link = LinkFindings(ranks: four, links: matrix(4) { $0 == 1 && $1 == 3 }).suspects
    #expect(link.map { [$0.0, $0.1] } == [[1, 3]])
    let host = LinkFindings(ranks: four, links: matrix(4) { $0 == 2 || $1 == 2 }).suspects
    #expect(host.map { [$0.0, $0.1] } == [[0, 2], [1, 2], [2, 3]])
    // Of two ranks a host, one pair for each two hosts: the best.
    let eight = (0..<8).map { facts($0, "node\($0 / 2 + 1)") }
    var links = matrix(8) { $0 / 2 == 2 || $1 / 2 == 2 }
    links[1, 4] = (0.02, 2e6)
    let pairs = LinkFindings(ranks: eight, links: links).suspects
    #expect(pairs.count == 3)
    #expect(pairs.contains { $0 == (1, 4) })
  }

  @Test func aPairWithoutALinkIsNamed() {
    var links = matrix(4) { _, _ in false }
    links.unanswered = [[1, 2]]
    let findings = LinkFindings(ranks: four, links: links).all
    #expect(kinds(findings) == ["no-link"])
    #expect(findings[0].text.contains("rank 1 (node2) and rank 2 (node3)"))
  }

  @Test func slowMemoryIsNamed() {
    let nodes = [1e10, 1.1e10, 1e9].enumerated().map { NodeMemory(host: "node\($0 + 1)", bandwidth: $1) }
    #expect(kinds(memoryFindings(nodes)) == ["slow-memory"])
    #expect(memoryFindings(nodes)[0].text.hasPrefix("node3: "))
    #expect(memoryFindings(Array(nodes.prefix(2))) == [])
  }

  @Test func everyFindingHasARemedy() {
    var ranks = four
    ranks[2].programChecksum = "bb"
    ranks[1].limits.openFiles = 8
    let findings =
      ProgramFindings.all(ranks) + HostFindings.all(ranks) + HostFindings.clocks(ranks, offsets: [0, 9, 0, 0])
      + LinkFindings(ranks: ranks, links: matrix(4) { $0 == 0 || $1 == 0 }).all
    #expect(findings.count == 4)
    for finding in findings { #expect(finding.remedy.count > 20 && finding.text.hasSuffix(".")) }
  }
}
