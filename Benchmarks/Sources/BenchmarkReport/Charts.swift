// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The charts of a run, by the names of their files.
public func charts(_ results: Results) -> [(name: String, chart: Chart)] {
  let all = results.micro + results.peers.filter { $0.form != "C" }
  let messages = all.filter { $0.operation == "ping-pong" && $0.mode == "blocking" }
  var charts: [(String, Chart)] = []
  if !messages.isEmpty {
    let ticks = [1, 64, 4096, 65_536, 1 << 20, 4 << 20].map { (Double($0), size($0)) }
    func chart(_ title: String, _ y: String, forms: [String], value: (CallTime) -> Double) -> Chart {
      Chart(
        title: title, xTitle: "length of the message", yTitle: y, lines: lines(messages, forms, \.bytes, value),
        xTicks: ticks)
    }
    charts.append(
      (
        "latency",
        chart("Latency: one message, one way", "µs", forms: ["C", "span", "array", "mpi4py buffer"]) {
          $0.seconds * 1e6
        }
      ))
    charts.append(
      (
        "bandwidth",
        chart("Bandwidth", "MB/s", forms: ["C", "span", "array", "mpi4py buffer"]) {
          Double($0.bytes) / $0.seconds / 1e6
        }
      ))
    var ratio = chart(
      "Time of a message, relative to C in the same run", "ratio (median)",
      forms: ["span", "array in place", "mpi4py buffer"]
    ) { $0.ratio.median }
    ratio.isLogarithmic = false
    ratio.yRange = 0.8...2
    ratio.title += " (2 and more at the top)"
    charts.append(("ratio", ratio))
  }
  if !results.scaling.isEmpty {
    var all: [Chart.Line] = []
    for operation in ["allReduce", "broadcast", "barrier"] {
      for (form, name) in [("C", "C"), ("span", "Swift"), ("call", "Swift")] {
        let points = results.scaling.filter { $0.operation == operation && $0.form == form }
          .map { (x: Double($0.ranks), y: $0.seconds * 1e6) }.sorted { $0.x < $1.x }
        if !points.isEmpty { all.append(Chart.Line("\(operation), \(name)", points)) }
      }
    }
    let ranks = Set(results.scaling.map(\.ranks)).sorted()
    charts.append(
      (
        "scaling",
        Chart(
          title: "One call, by the number of ranks on \(results.machine.cores) cores", xTitle: "ranks", yTitle: "µs",
          lines: all, xTicks: ranks.map { (Double($0), "\($0)") })
      ))
  }
  return charts
}

/// A line for each form that was measured.
private func lines(
  _ measurements: [CallTime], _ forms: [String], _ x: (CallTime) -> Int, _ y: (CallTime) -> Double
) -> [Chart.Line] {
  forms.compactMap { form in
    let points = measurements.filter { $0.form == form }.map { (x: Double(x($0)), y: y($0)) }.sorted { $0.x < $1.x }
    return points.isEmpty ? nil : Chart.Line(form == "C" || form.hasPrefix("mpi4py") ? form : "Swift, \(form)", points)
  }
}
