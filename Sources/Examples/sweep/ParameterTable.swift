/// A CSV file of parameter sets: the names of the columns in its first line, a set in each other line.
struct ParameterTable: Equatable {
  /// The columns that must be there, in any order, among any others.
  static let required = ["beta", "gamma", "population", "infected"]

  /// The names of all columns.
  var header: [String]
  /// The cells of each set, as they were written.
  var cells: [[String]]
  /// What each set means.
  var sets: [Epidemic]

  /// What is wrong with a file, line by line.
  struct Problems: Error, Equatable {
    var lines: [String]
  }

  /// Reads the text of a file.
  ///
  /// - Parameters:
  ///   - name: the file's name, for what is said about it.
  ///   - days: when runs are to stop.
  /// - Throws: ``Problems`` with all that is wrong, and not only the first of it.
  init(parsing text: String, name: String, days: Double) throws(Problems) {
    var problems: [String] = []
    // CRLF is one character in Swift, and a newline.
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .filter { !$0.element.allSatisfy(\.isWhitespace) }
    guard let first = lines.first else { throw Problems(lines: ["\(name): the file is empty"]) }
    header = Self.cells(of: first.element)
    for column in Self.required where !header.contains(column) {
      problems.append("\(name):\(first.offset + 1): there is no column '\(column)'")
    }
    for (place, column) in header.enumerated() where header[..<place].contains(column) {
      problems.append("\(name):\(first.offset + 1): the column '\(column)' is there twice")
    }
    guard problems.isEmpty else { throw Problems(lines: problems) }
    if lines.count == 1 { problems.append("\(name): there are no parameter sets below the header") }

    cells = []
    sets = []
    for (offset, line) in lines.dropFirst() {
      let row = Self.cells(of: line)
      var faults: [String] = []
      if row.count == header.count {
        let set = Self.set(header, row, days, &faults)
        cells.append(row)
        sets.append(set)
      } else {
        faults.append("\(row.count) cells, and the header has \(header.count)")
      }
      problems += faults.map { "\(name):\(offset + 1): \($0)" }
    }
    guard problems.isEmpty else { throw Problems(lines: problems) }
  }

  /// The meaning of a line.
  private static func set(_ header: [String], _ row: [String], _ days: Double, _ faults: inout [String]) -> Epidemic {
    func text(_ column: String) -> String { header.firstIndex(of: column).map { row[$0] } ?? "" }
    func rate(_ column: String) -> Double {
      guard let value = Double(text(column)), value.isFinite else {
        faults.append("\(column) is '\(text(column))', and must be a number")
        return 0
      }
      if value < 0 { faults.append("\(column) is \(text(column)), and a rate can't be negative") }
      return value
    }
    func count(_ column: String) -> Int? {
      guard let value = Int(text(column)), value > 0 else {
        faults.append("\(column) is '\(text(column))', and must be a whole number above 0")
        return nil
      }
      return value
    }
    let (beta, gamma) = (rate("beta"), rate("gamma"))
    let (population, infected) = (count("population"), count("infected"))
    if let population, let infected, infected > population {
      faults.append("infected is \(infected), more than the population, \(population)")
    }
    return Epidemic(
      beta: beta, gamma: gamma, population: population ?? 1, infected: infected ?? 1, days: days)
  }

  /// The cells of a line. One that begins with a quotation mark goes to the next one, and two within stand for one.
  static func cells(of line: Substring) -> [String] {
    var cells: [String] = []
    var cell = ""
    var isQuoted = false
    var rest = line[...]
    while let character = rest.popFirst() {
      switch character {
      case "\"" where isQuoted && rest.first == "\"":
        cell.append("\"")
        rest.removeFirst()
      case "\"" where isQuoted: isQuoted = false
      case "\"" where cell.allSatisfy(\.isWhitespace):
        isQuoted = true
        cell = ""
      case "," where !isQuoted:
        cells.append(trimmed(cell))
        cell = ""
      default: cell.append(character)
      }
    }
    cells.append(trimmed(cell))
    return cells
  }

  private static func trimmed(_ text: String) -> String {
    let head = text.drop(while: \.isWhitespace)
    return String(head.reversed().drop(while: \.isWhitespace).reversed())
  }

  /// A cell as it is written.
  static func written(_ cell: String) -> String {
    guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
    return "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
