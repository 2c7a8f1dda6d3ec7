// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The report of a run, in Markdown.
public func report(_ results: Results) -> String {
  var sections = [
    """
    # What a call costs

    Made by `scripts/bench --save`, and not by hand: see [the package](../README.md) for how it measures. The numbers
    are in [results.json](results.json).

    """,
    machineSection(results.machine),
  ]
  let names = Set(charts(results).map(\.name))
  let pictures = [
    ("latency", "Latency by size"), ("bandwidth", "Bandwidth by size"), ("ratio", "Ratio to C by size"),
  ].filter { names.contains($0.0) }
  if !pictures.isEmpty { sections.append(pictures.map { "![\($0.1)](\($0.0).svg)\n" }.joined(separator: "\n")) }
  if !results.micro.isEmpty {
    sections.append("## In short\n\n" + shortTable(results))
    sections.append(microSection(results))
  }
  if !results.counts.isEmpty {
    sections.append(
      """
      ## Instructions and allocations

      One rank, callgrind: what a call has beyond the same call in C. `.ci/run` fails where it is more than
      [limits.txt](../limits.txt) says.


      """ + countsTable(results.counts))
  }
  if !results.programs.isEmpty { sections.append(programsSection(results)) }
  if !results.objects.isEmpty { sections.append(objectsSection(results.objects)) }
  if !results.levels.isEmpty { sections.append(levelsSection(results.levels)) }
  if !results.scaling.isEmpty { sections.append(scalingSection(results.scaling, results.machine.cores)) }
  sections.append(shortfallSection(results))
  return sections.joined(separator: "\n")
}

/// What a reader must know of the machine.
func machineSection(_ machine: Machine) -> String {
  let rows =
    [
      ["date", machine.date], ["processor", "\(machine.processor), \(machine.cores) cores"],
      ["system", machine.system], ["MPI", machine.mpi], ["Swift", machine.swift], ["C", "\(machine.c), -O2"],
    ] + machine.peers.map { ["peer", $0] }
    + (machine.load.map { [["load before the run", fixed($0, 1)]] } ?? [])
  return table(["", ""], rightFrom: 2, rows)
}

/// For each form the median over all operations and sizes of the median ratios.
public func shortTable(_ results: Results) -> String {
  let forms = ["span", "array in place", "array", "value", "request", "mpi4py buffer", "mpi4py object"]
  let all = results.micro.filter { $0.mode != "in memory" } + results.peers
  let rows = forms.compactMap { form -> [String]? in
    func middle(_ range: ClosedRange<Int>) -> String {
      let some = all.filter { $0.form == form && range.contains($0.bytes) }.map(\.ratio.median)
      return some.isEmpty ? "" : fixed(Summary(some).median, 2)
    }
    guard all.contains(where: { $0.form == form }) else { return nil }
    return [
      form.hasPrefix("mpi4py") ? form : "Swift, \(form)", middle(0...64), middle(65...65_535), middle(65_536...Int.max),
    ]
  }
  return table(["time relative to C (median)", "up to 64 B", "less than 64 KiB", "64 KiB and more"], rows)
}

/// In which column a form stands.
private let columns: [(title: String, forms: [String])] = [
  ("span", ["span", "call"]), ("array in place", ["array in place"]), ("array", ["array"]),
  ("array, counts by a message", ["array, counts compared", "array, count unknown"]), ("value", ["value"]),
  ("request", ["request", "request set"]), ("mpi4py buffer", ["mpi4py buffer"]),
  ("mpi4py object", ["mpi4py object"]),
]

private func microSection(_ results: Results) -> String {
  let all = results.micro + results.peers.filter { $0.form != "C" }
  let used = columns.filter { column in all.contains { column.forms.contains($0.form) } }
  var rows: [[String]] = []
  for c in results.micro where c.form == "C" {
    let same = all.filter { $0.operation == c.operation && $0.mode == c.mode && $0.bytes == c.bytes }
    rows.append(
      [c.operation, c.mode, c.bytes == 0 ? "" : size(c.bytes), duration(c.seconds)]
        + used.map { column in
          same.first { column.forms.contains($0.form) }.map {
            "\(fixed($0.ratio.median, 2)) (\(fixed($0.ratio.min, 2))–\(fixed($0.ratio.max, 2)))"
          } ?? ""
        })
  }
  let ranks = results.micro.first?.ranks ?? 2
  return """
    ## Every operation, \(ranks) ranks

    The time of one message or operation in C, and how many times as long each form takes: the median, the least and
    the most of the repeats.


    """ + table(["operation", "mode", "size", "C"] + used.map(\.title), rightFrom: 2, rows)
}

private func programsSection(_ results: Results) -> String {
  """
  ## Programs

  NAS EP, IS and CG with their published results; a sample sort of a million 64-bit keys a rank, which sorts by `qsort` in
  C and by `sorted()` in Swift; and the three programs of the paper on KaMPIng: vectors of 16 numbers and more that are
  gathered on all ranks, a sort by buckets of as many keys, and a breadth-first search of 262,144 vertices with 8
  neighbors each.


  """
    + table(
      ["program", "ranks", "result", "C", "Swift", "ratio (median)", "least", "most"], rightFrom: 1,
      results.programs.map {
        [
          $0.program, "\($0.ranks)", $0.isVerified ? "verified" : "WRONG", duration($0.secondsInC),
          duration($0.seconds), fixed($0.ratio.median, 3), fixed($0.ratio.min, 3), fixed($0.ratio.max, 3),
        ]
      })
    + (results.lengths.isEmpty
      ? ""
      : "\n"
        + table(
          ["lines of code", "C", "Swift"], results.lengths.map { [$0.program, "\($0.linesInC)", "\($0.lines)"] }))
}

private func objectsSection(_ objects: [ObjectRate]) -> String {
  let names = objects.reduce(into: [String]()) { if !$0.contains($1.value) { $0.append($1.value) } }
  func seconds(_ name: String, _ form: String) -> Double? {
    objects.first { $0.value == name && $0.form == form }?.seconds
  }
  func ratio(_ a: Double?, _ b: Double?) -> String {
    if let a, let b { fixed(a / b, 2) } else { "" }
  }
  return """
    ## Objects

    A message of a `Codable` value, one way, by `object:`; by mpi4py's `send`, which pickles; and the array in it alone,
    without the struct. Python's struct has its million numbers in a list, or in a NumPy array.


    """
      + table(
        [
          "value", "Swift", "mpi4py", "mpi4py ÷ Swift", "with NumPy", "NumPy ÷ Swift", "raw array", "Swift ÷ raw array",
        ],
        names.map { name in
          let swift = seconds(name, "Swift")
          let others = ["mpi4py", "mpi4py, NumPy array", "Swift, raw array"].map { seconds(name, $0) }
          return [
            name, swift.map(duration) ?? "", others[0].map(duration) ?? "", ratio(others[0], swift),
            others[1].map(duration) ?? "", ratio(others[1], swift), others[2].map(duration) ?? "",
            ratio(swift, others[2]),
          ]
        })
}

private func scalingSection(_ scaling: [CallTime], _ cores: Int) -> String {
  let ranks = Set(scaling.map(\.ranks)).sorted()
  return """
    ## More ranks than cores

    Up to \(ranks.last ?? 0) ranks on \(cores) cores; a rank that waits gives way. 8 bytes.

    ![One call, by the number of ranks](scaling.svg)


    """
      + table(
        ["operation", "ranks", "C", "Swift", "ratio (median)", "least", "most"],
        scaling.filter { $0.form != "C" }.map { swift in
          let c = scaling.first { $0.form == "C" && $0.operation == swift.operation && $0.ranks == swift.ranks }
          return [
            swift.operation, "\(swift.ranks)", c.map { duration($0.seconds) } ?? "", duration(swift.seconds),
            fixed(swift.ratio.median, 3), fixed(swift.ratio.min, 3), fixed(swift.ratio.max, 3),
          ]
        })
}

/// What is above what it is to reach.
func shortfalls(_ results: Results) -> [String] {
  var lines: [String] = []
  for one in results.micro where ["blocking", "one-sided", "in memory"].contains(one.mode) {
    let most: Double? =
      switch one.form {
      case "span", "call": 1.02
      case "array in place": 1.05
      case "array": one.bytes >= 65_536 ? 1.05 : nil
      default: nil
      }
    if let most, one.ratio.median > most + 0.005 {
      lines.append(
        "\(one.operation), \(size(one.bytes)), \(one.form): \(fixed(one.ratio.median, 2)) times C's time, not \(most)"
          + " (least \(fixed(one.ratio.min, 2)))")
    }
  }
  for cost in results.counts {
    let (instructions, allocations): (Double?, Double?) =
      switch cost.form {
      case "span", "call": (12, 0)
      case "array": (nil, 1)
      default: (nil, nil)
      }
    if let instructions, cost.instructions > instructions {
      lines.append(
        "\(cost.operation), \(cost.mode), \(cost.form): \(fixed(cost.instructions, 0)) instructions more than C, not "
          + fixed(instructions, 0))
    }
    if let allocations, cost.allocations > allocations {
      lines.append(
        "\(cost.operation), \(cost.mode), \(cost.form): \(fixed(cost.allocations, 0)) allocations more than C, not "
          + fixed(allocations, 0))
    }
  }
  for swift in results.objects where swift.form == "Swift" {
    func seconds(_ form: String) -> Double? {
      results.objects.first { $0.value == swift.value && $0.form == form }?.seconds
    }
    if let python = seconds("mpi4py"), python < 5 * swift.seconds {
      lines.append("\(swift.value) as an object: \(fixed(python / swift.seconds, 1)) times mpi4py's rate, not 5")
    }
    if let raw = seconds("Swift, raw array"), swift.seconds > 2 * raw {
      lines.append("\(swift.value) as an object: \(fixed(swift.seconds / raw, 1)) times the raw array's time, not 2")
    }
  }
  for one in results.programs where one.ratio.median > 1.02 + 0.005 {
    lines.append("\(one.program): \(fixed(one.ratio.median, 3)) times C's time, not 1.02")
  }
  return lines
}

private func shortfallSection(_ results: Results) -> String {
  let lines = shortfalls(results)
  return """
    ## What falls short

    What is above the aim: spans 1.02 of C's time, arrays in place 1.05, new arrays 1.05 from 64 KiB on, programs 1.02;
    12 instructions and no allocation more than C for spans, one allocation for new arrays; objects 5 times
    mpi4py's rate. Where the time goes is said in [the package](../README.md).


    """ + (lines.isEmpty ? "Nothing.\n" : lines.map { "- \($0)\n" }.joined())
}

/// How many lines of code are within a function of a source in C or Swift: between the line with its name, or the end of
/// its arguments, and the brace at the margin that ends it. Nil if there is none.
public func codeLines(ofFunction name: String, in source: String) -> Int? {
  let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
  func begins(_ line: Substring) -> Bool {
    guard let place = line.firstRange(of: "\(name)("), line.first != " ", line.first != "/" else { return false }
    return line[..<place.lowerBound].last.map { " *".contains($0) } ?? true
  }
  guard let first = lines.firstIndex(where: begins),
    let open = lines[first...].firstIndex(where: { $0.hasSuffix("{") }),
    let end = lines[open...].firstIndex(of: "}")
  else { return nil }
  return codeLines(lines[(open + 1)..<end].joined(separator: "\n"))
}

/// How many lines of a source are neither empty nor comments alone.
public func codeLines(_ source: String) -> Int {
  source.split(separator: "\n").count { line in
    let text = line.drop { $0 == " " || $0 == "\t" }
    return !text.isEmpty && !text.hasPrefix("//")
  }
}
