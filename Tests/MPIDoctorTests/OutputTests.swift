// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import mpi_doctor

@Suite struct OutputTests {
  private var report: Report {
    let ranks = (0..<3).map { facts($0, "node\($0 + 1)") }
    var report = Report(size: 3, ranks: ranks, clockOffsets: [0, 0.0012, 0])
    report.links = matrix(3) { $0 == 1 || $1 == 1 }
    report.collectives = [CollectiveTime(operation: "barrier", bytes: 0, seconds: 2e-6)]
    report.memory = ranks.map { NodeMemory(host: $0.host, bandwidth: 1e10) }
    report.judge()
    return report
  }

  @Test func amountsHaveThreeDigits() {
    #expect(amount(7.5e-6, "s") == "7.50 µs")
    #expect(amount(0.000_999_6, "s") == "1.00 ms")
    #expect(amount(123.4, "s") == "123 s")
    #expect(amount(99.97, "s") == "100 s")
    #expect(amount(0, "s") == "0 s")
    #expect(rate(2.4e9) == "2.40 GB/s")
    #expect(ranges([3, 1, 2, 7, 9, 8, 1]) == "1-3, 7-9")
  }

  @Test func theTextNamesHostsNumbersAndWhatToDo() {
    let text = TextReport(report: report).text
    #expect(text.contains("3 ranks on 3 hosts"))
    #expect(text.contains("+1.20 ms"))
    #expect(text.contains("1.00 GB/s"))
    #expect(text.contains("PROBLEM: node2: its best link has 1.00 MB/s"))
    #expect(text.contains("\n  what to do: "))
  }

  @Test(arguments: [1, 2, 4, 64])
  func noLineOfManyRanksIsWide(hosts: Int) {
    let ranks = (0..<64).map { rank in
      var facts = facts(rank, "compute-node-\(rank * hosts / 64)")
      facts.interfaces = (0..<9).map { .init(name: "eth\($0)", address: "10.20.30.\($0)\(rank * hosts / 64)") }
      return facts
    }
    var report = Report(size: 64, ranks: ranks, clockOffsets: Array(repeating: 0, count: 64))
    report.links = matrix(64) { $0 == 3 && $1 == 7 }
    report.collectives = [8, 1024, 65_536, 1 << 20].map {
      CollectiveTime(operation: "allReduce", bytes: $0, seconds: 0.012_345)
    }
    report.parts = [PartTime(name: "facts", seconds: 0.1), PartTime(name: "links", seconds: 2)]
    report.judge()
    let lines = TextReport(report: report).text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.map(\.count).max() ?? 0 <= 120)
    let text = lines.joined(separator: "\n")
    // What doesn't fit is summed up.
    if hosts == 1 || hosts == 64 {
      #expect(text.contains("2016 pairs, too many for a table"))
      #expect(text.contains("  best       10.0 µs  rank 0 on compute-node-0 and rank 1 on"))
      #expect(text.contains("  worst      20.0 ms  rank 3 on compute-node-\(3 * hosts / 64) and rank 7 on"))
    } else {
      #expect(!text.contains("too many"))
    }
    #expect(text.contains("this took 2.10 s: facts 100 ms, links 2.00 s"))
    // No word is lost.
    #expect(text.contains("eth8 10.20.30.8\(hosts - 1)"))
  }

  @Test func longTextsAreBrokenAtBlanks() {
    #expect(wrapped("a short one", indent: 2, width: 20) == ["a short one"])
    #expect(wrapped("  one two three four", indent: 4, width: 12) == ["  one two", "    three", "    four"])
    #expect(wrapped("averylongword and", indent: 2, width: 5) == ["averylongword", "  and"])
    #expect(wrapped("a   b", indent: 2, width: 20) == ["a   b"])
  }

  @Test func aReportWithoutFindings() {
    #expect(TextReport(report: Report(size: 1, ranks: [facts(0, "a")])).text.hasSuffix("nothing found that is wrong\n"))
  }

  @Test func theJSONHoldsTheWholeReport() throws {
    let text = try Doctor.json(report)
    #expect(try JSONDecoder().decode(Report.self, from: Data(text.utf8)) == report)
    #expect(text.contains(#""kind" : "slow-host""#))
  }

  @Test func thePictureHasACellForEachPair() throws {
    let links = try #require(report.links)
    var ranks = report.ranks
    ranks[0].host = "a<b"
    let svg = HeatMap(ranks: ranks, links: links).svg
    #expect(svg.components(separatedBy: "<title>").count == 1 + 2 * 9)
    #expect(svg.contains("rank 0 on a&lt;b and rank 1 on node2: 1.00 MB/s"))
    // All that is opened is closed.
    for element in ["svg", "text", "title"] {
      #expect(svg.components(separatedBy: "<\(element)").count == svg.components(separatedBy: "</\(element)>").count)
    }
    #expect(svg.hasSuffix("</svg>\n"))
  }

  @Test func badIsDarkAndNoiseIsNot() {
    #expect(HeatMap.badness(1, 1, 100, isBetterLow: true) == 0)
    #expect(HeatMap.badness(100, 1, 100, isBetterLow: true) == 1)
    #expect(HeatMap.badness(100, 1, 100, isBetterLow: false) == 0)
    #expect(HeatMap.badness(1.1, 1, 1.1, isBetterLow: true) < 0.2)
    #expect(HeatMap.color(0) == "#fffad7")
    #expect(HeatMap.color(1) == "#14051e")
    #expect(HeatMap.color(7) == HeatMap.color(1))
  }

  @Test func transportsAreReadFromTheListOfMappedFiles() {
    let maps = """
      7f00-7f01 r-xp 00000000 08:01 12 /usr/lib/openmpi/lib/openmpi3/mca_btl_tcp.so
      7f02-7f03 r-xp 00000000 08:01 13 /usr/lib/openmpi/lib/openmpi3/mca_btl_self.so
      7f04-7f05 r-xp 00000000 08:01 14 /usr/lib/openmpi/lib/openmpi3/mca_pml_ob1.so
      7f06-7f07 r-xp 00000000 08:01 15 /usr/lib/libfabric.so.1.17
      7f08-7f09 rw-p 00000000 00:00 0
      """
    #expect(System.transports(inMaps: maps) == ["btl tcp", "libfabric", "pml ob1"])
  }

  @Test func checksumsAreThoseOfTheStandard() {
    #expect(System.checksum([UInt8]().span) == "cbf29ce484222325")
    #expect(System.checksum(Array("foobar".utf8).span) == "85944171f73967e8")
  }

  @Test func aDescriptionBecomesOneLine() {
    #expect(RankFacts.firstSentence("Open MPI v4.1.4, package: Debian") == "Open MPI v4.1.4")
    #expect(RankFacts.firstSentence("MPICH Version:\t5.0.2\nMPICH Release") == "MPICH Version: 5.0.2")
  }
}
