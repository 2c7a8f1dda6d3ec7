// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A CSV file of parameter sets: the names of the columns in its first line, a set in each other line.
struct ParameterTable: Equatable {
  /// The columns that must be there, in any order, among any others.
  static let required = ["beta", "gamma", "population", "infected"]
  /// The largest rate, a day. It keeps all sums of rates finite.
  static let largestRate = 1e9
  /// The largest population: each infection is an event, and a billion take a minute.
  static let largestPopulation = 1_000_000_000
  /// How many problems are listed.
  static let mostProblems = 20

  /// The names of the columns that are kept.
  private(set) var header: [String] = []
  /// The cells of each set in those columns, as they were written.
  private(set) var cells: [[String]] = []
  /// What each set means.
  private(set) var sets: [Epidemic] = []
  /// The columns that were left out: results of an earlier sweep, which new ones take the place of.
  private(set) var replaced: [String] = []

  /// What is wrong with a file, line by line.
  struct Problems: Error, Equatable {
    var lines: [String]
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - name: the file's name, for what is said about it.
  ///   - days: when runs are to stop.
  ///   - results: the columns that the results will have.
  /// - Throws: ``Problems`` with all that is wrong, and not only the first of it.
  init(parsing bytes: [UInt8], name: String, days: Double, results: [String] = []) throws(Problems) {
    let csv: CSV
    do {
      csv = try CSV(parsing: bytes)
    } catch {
      throw Problems(lines: ["\(name):\(error.line): \(error.text)"])
    }
    guard let first = csv.records.first else { throw Problems(lines: ["\(name): the file is empty"]) }
    let columns = try Self.columns(of: first, name)
    let results = Set(results)
    let kept = first.cells.indices.filter { !results.contains(first.cells[$0]) }
    header = kept.map { first.cells[$0] }
    replaced = first.cells.filter(results.contains)

    var problems: [String] = []
    if csv.records.count == 1 { problems.append("\(name): there are no parameter sets below the header") }
    for record in csv.records.dropFirst() {
      var faults: [String] = []
      if record.cells.count == first.cells.count {
        sets.append(Self.set(columns.map { record.cells[$0] }, days, &faults))
        cells.append(kept.count == record.cells.count ? record.cells : kept.map { record.cells[$0] })
      } else {
        faults.append("\(record.cells.count) cells, and the header has \(first.cells.count)")
      }
      problems += faults.map { "\(name):\(record.line): \($0)" }
    }
    guard problems.isEmpty else {
      let more = problems.count - Self.mostProblems
      throw Problems(
        lines: problems.prefix(Self.mostProblems) + (more > 0 ? ["\(name): and \(more) more problems"] : []))
    }
  }

  /// The places of the required columns in a header.
  private static func columns(of header: CSV.Record, _ name: String) throws(Problems) -> [Int] {
    var problems: [String] = []
    var places: [String: Int] = [:]
    for (place, column) in header.cells.enumerated() {
      if let other = places[column] {
        problems.append(
          "\(name):\(header.line): the columns \(other + 1) and \(place + 1) have the same name, '\(column)'")
      }
      places[column] = places[column] ?? place
    }
    let missing = required.filter { places[$0] == nil }
    // Spreadsheets of some countries, and databases, separate cells by other characters.
    let text = header.cells.joined(separator: ",")
    for (separator, what) in [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")] where !missing.isEmpty {
      guard text.contains(separator) else { continue }
      problems.append(
        "\(name):\(header.line): the cells seem to be separated by \(what), and must be by commas: "
          + "export the file so, with points in decimal numbers")
      throw Problems(lines: problems)
    }
    problems += missing.map { "\(name):\(header.line): there is no column '\($0)'" }
    guard problems.isEmpty else { throw Problems(lines: Array(problems.prefix(mostProblems))) }
    return required.compactMap { places[$0] }
  }

  /// The meaning of the required cells of a line.
  private static func set(_ cells: [String], _ days: Double, _ faults: inout [String]) -> Epidemic {
    func rate(_ column: Int) -> Double {
      let (name, text) = (required[column], cells[column])
      guard let value = Double(text), value.isFinite else {
        faults.append("\(name) is '\(text)', and must be a number")
        return 0
      }
      if value < 0 { faults.append("\(name) is \(text), and a rate can't be negative") }
      if value > largestRate { faults.append("\(name) is \(text), and \(Int(largestRate)) a day is the limit") }
      return value
    }
    func count(_ column: Int) -> Int? {
      let (name, text) = (required[column], cells[column])
      guard let value = Int(text), value > 0 else {
        let isLarge = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) } && text.contains { $0 != "0" }
        faults.append(
          "\(name) is '\(text)', and "
            + (isLarge ? "\(largestPopulation) is the limit" : "must be a whole number above 0"))
        return nil
      }
      guard value <= largestPopulation else {
        faults.append("\(name) is \(text), and \(largestPopulation) is the limit")
        return nil
      }
      return value
    }
    let (beta, gamma) = (rate(0), rate(1))
    let (population, infected) = (count(2), count(3))
    if let population, let infected, infected > population {
      faults.append("infected is \(infected), more than the population, \(population)")
    }
    return Epidemic(
      beta: beta, gamma: gamma, population: population ?? 1, infected: infected ?? 1, days: days)
  }
}
