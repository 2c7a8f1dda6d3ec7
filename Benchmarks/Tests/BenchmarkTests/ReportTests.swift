// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct ReportTests {
  private func measurement(_ form: String, _ bytes: Int, _ seconds: Double, _ ratio: Double) -> CallTime {
    CallTime(
      operation: "ping-pong", mode: "blocking", form: form, bytes: bytes, ranks: 2, seconds: seconds,
      ratio: Summary([ratio]))
  }

  /// The elements of a document, or nil if it isn't well-formed.
  private func elements(_ svg: String) -> [String]? {
    final class Reader: NSObject, XMLParserDelegate {
      var names: [String] = []
      var open: [String] = []
      var isBroken = false
      func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
      ) {
        names.append(name)
        open.append(name)
      }
      func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
      ) { isBroken = open.popLast() != name || isBroken }
      // On Linux `parse` is true also if a document has errors.
      func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) { isBroken = true }
    }
    let reader = Reader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    return parser.parse() && !reader.isBroken && reader.open.isEmpty ? reader.names : nil
  }

  @Test func isWellFormedAndHasALineForEachSeries() throws {
    let chart = Chart(
      title: "<fast> & \"slow\"", xTitle: "size", yTitle: "µs",
      lines: [Chart.Line("C & co", [(1, 0.2), (1024, 3)]), Chart.Line("Swift", [(1, 0.2), (1024, 3.1)])],
      xTicks: [(1, "1 B"), (1024, "1 KiB")])
    let names = try #require(elements(chart.svg()))
    #expect(names.first == "svg")
    #expect(names.count { $0 == "polyline" } == 2)
    #expect(!chart.svg().contains("nan") && !chart.svg().contains("inf"))
    #expect(elements("<svg><text></svg>") == nil)
  }

  @Test func oneSizeIsEnough() throws {
    let chart = Chart(
      title: "one", xTitle: "size", yTitle: "ratio", lines: [Chart.Line("C", [(8, 1)])], xTicks: [],
      isLogarithmic: false)
    #expect(elements(chart.svg()) != nil)
    #expect(!chart.svg().contains("nan") && !chart.svg().contains("inf"))
  }

  @Test func aRunWithMessagesHasThreeCharts() {
    var results = Results()
    #expect(charts(results).isEmpty)
    results.micro = [measurement("C", 8, 2e-7, 1), measurement("span", 8, 2.1e-7, 1.05)]
    #expect(charts(results).map(\.name) == ["latency", "bandwidth", "ratio"])
    for (_, chart) in charts(results) { #expect(elements(chart.svg()) != nil) }
  }

  @Test func theReportHasARowForEachOperationAndSaysWhatFallsShort() {
    var results = Results()
    results.micro = [
      measurement("C", 8, 2e-7, 1), measurement("span", 8, 2.1e-7, 1.05), measurement("C", 64, 2e-7, 1),
      measurement("span", 64, 2e-7, 1.0),
    ]
    results.peers = [measurement("C", 8, 2e-7, 1), measurement("mpi4py buffer", 8, 6e-7, 3)]
    let text = report(results)
    #expect(text.contains("| ping-pong | blocking | 8 B | 0.200 µs | 1.05 (1.05–1.05) | 3.00 (3.00–3.00) |"))
    #expect(text.contains("- ping-pong, 8 B, span: 1.05 times C's time, not 1.02"))
    #expect(!text.contains("- ping-pong, 64 B"))
  }

  @Test func resultsAreReadAsTheyWereWritten() throws {
    var results = Results()
    results.micro = [measurement("C", 8, 2e-7, 1)]
    results.machine.processor = "a processor"
    let file = FileManager.default.temporaryDirectory.appending(path: "results-\(UUID()).json").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    try results.write(to: file)
    var read = try Results(file: file)
    #expect(read.micro == results.micro && read.machine == results.machine)
    read.merge(results)
    #expect(read.micro.count == 2)
  }

  @Test func aPageGetsWhatWasMeasured() {
    let page = "# A\n\n<!-- measured: by a script -->\n\nold\n\n<!-- end -->\n\nB\n"
    let new = "# A\n\n<!-- measured: by a script -->\n\nnew\n\n<!-- end -->\n\nB\n"
    #expect(replacingMeasured(in: page, with: "new\n") == new)
    #expect(replacingMeasured(in: new, with: "new\n") == new)
    #expect(replacingMeasured(in: "# A\n", with: "new\n") == nil)
  }

  @Test func linesOfCodeLeaveOutCommentsAndEmptyLines() {
    #expect(codeLines("// a\n\n  /// b\nlet a = 1  // c\n}\n") == 2)
  }

  @Test func linesOfAFunctionAreThoseWithinIt() {
    let c =
      "// f(x)\nstatic int f(\n    int x) {\n  // why\n  g(x);\n\n  return x;\n}\nint *g(int x) {\n  return 0;\n}\n"
    #expect(codeLines(ofFunction: "f", in: c) == 2 && codeLines(ofFunction: "g", in: c) == 1)
    #expect(codeLines(ofFunction: "h", in: c) == nil)
    #expect(codeLines(ofFunction: "f", in: "func off(_ x: Int) {\n  x\n}\nfunc f() {\n  1\n  2\n}\n") == 2)
  }

  @Test func tasksAreComparedWithTheBestPeer() throws {
    var figures = TaskFigures()
    figures.ranks = 2
    figures.figures = [
      TaskFigure(.rates, "no-op", "pool.map", Summary([2e6, 3e6, 4e6]), unit: "tasks/s", aim: 1e6),
      TaskFigure(.rates, "no-op", "slow pool", isPeer: true, Summary([1e3]), unit: "tasks/s"),
      TaskFigure(.rates, "no-op", "fast pool", isPeer: true, Summary([6e4]), unit: "tasks/s"),
      TaskFigure(.matrices, "mean", "world.map", Summary([0.5]), unit: "s", wantsLittle: true),
      TaskFigure(.matrices, "mean", "threads", isPeer: true, Summary([1.5]), unit: "s", wantsLittle: true),
      TaskFigure(.balance, "rows", "pool.map", Summary([1.125]), aim: 1.03, wantsLittle: true),
    ]
    #expect(taskShortfalls(figures) == ["rows, pool.map: 1.125, and not at most 1.030"])
    let page = taskReport(figures)
    #expect(page.contains("no-op: `pool.map` is 50 times as good as the best peer, fast pool"))
    #expect(page.contains("mean: `world.map` is 3.00 times as good as the best peer, threads"))
    #expect(!page.contains("## Waiting"))
    // What peers write has less.
    let data = Data(#"{"figures": []}"#.utf8)
    var read = try JSONDecoder().decode(TaskFigures.self, from: data)
    read.merge(figures)
    #expect(read.figures == figures.figures && read.ranks == 2)
  }
}
