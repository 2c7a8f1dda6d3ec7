// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FileOutput
import MPIBase
import MPIStoreFile

/// Shows what a store has, and keeps it in order. It needs no MPI.
@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mpi-store",
    abstract: "Shows what a store of results has, exports it, forgets parts of it, checks it and compacts it.",
    subcommands: [List.self, Failures.self, Export.self, Forget.self, Check.self, Compact.self],
    defaultSubcommand: List.self)
}

extension Command {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists runs, types of tasks, loops, and the time of each host.")
    @Argument(help: "The store.") var store: String

    func run() throws {
      let file = try StoreFile(reading: store)
      try show(file, "types", "SELECT type, version, state, tasks, round(seconds, 3) AS seconds FROM tasks")
      try show(
        file, "loops",
        """
        SELECT loop, version, result, seed, CAST(indices AS INTEGER) AS indices, first, "end",
          round(seconds, 3) AS seconds FROM loops WHERE indices > 0
        """)
      try show(
        file, "hosts",
        """
        SELECT host, tasks, CAST(indices AS INTEGER) AS indices, round(seconds, 3) AS seconds FROM time_by_host
        ORDER BY host
        """)
      try show(
        file, "runs",
        """
        SELECT run, started, ended, host, pid, program, ranks, results, failures,
          CAST(indices AS INTEGER) AS indices FROM runs ORDER BY run
        """)
    }

    private func show(_ file: StoreFile, _ title: String, _ sql: String) throws {
      var table = Table()
      try file.rows(sql) { row in
        if table.rows.isEmpty { table.rows.append((0..<row.columnCount).map { row.name($0) }) }
        table.rows.append((0..<row.columnCount).map { row.text($0) ?? "" })
      }
      guard table.rows.count > 1 else { return }
      print("\(title):\n\(table.text)")
    }
  }

  struct Failures: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the tasks that have failed, with their messages.")
    @Argument(help: "The store.") var store: String

    func run() throws {
      var count = 0
      try StoreFile(reading: store).rows(
        "SELECT type, version, position, attempts, rank, host, at, reason, message FROM failures ORDER BY type, position"
      ) { row in
        count += 1
        let tries = row.int(3) > 1 ? " \(row.int(3)) times" : ""
        print(
          """
          task \(row.int(2)) (\(row.text(0) ?? ""), version \(row.int(1))) failed\(tries) on rank \(row.int(4)) \
          (\(row.text(5) ?? "")) at \(row.text(6) ?? ""): \(row.text(8) ?? "") [\(row.text(7) ?? "")]
          """)
      }
      if count == 0 { print("no task has failed") }
    }
  }

  struct Export: ParsableCommand {
    enum Format: String, ExpressibleByArgument { case csv, json }

    static let configuration = CommandConfiguration(
      abstract: "Writes results as CSV or JSON.",
      discussion: """
        The fields of a task and of its result are columns, 'task.NAME' and 'result.NAME', or 'result' if it is one value. \
        What has no columns of its own, such as an array, is JSON in one. CSV has the columns of the first result: give a \
        type if the store has several.
        """)
    @Argument(help: "The store.") var store: String
    @Option(help: "The form.") var format = Format.csv
    @Option(help: "A type of tasks, by its name or what is behind its last point. All, unless given.") var type: String?
    @Option(help: "The file to write: whole or not at all. Standard output, unless given.") var output: String?

    func run() throws {
      let file = try StoreFile(reading: store)
      let sink = try Sink(output)
      if format == .json { try sink.write("[") }
      var columns: [String]?
      var isFirst = true
      let name = type?.map { "%_\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
      try file.rows(
        """
        SELECT type.name, type.version, result.position, result.run, host.name, result.seconds, result.task, result.value
        FROM result JOIN type ON type.id = result.type LEFT JOIN host ON host.id = result.host
        WHERE ?1 IS NULL OR type.name = ?1 OR type.name LIKE '%.' || ?2 ESCAPE '\\' ORDER BY type.id, result.id
        """, type.map { [$0, name!] } ?? []
      ) { row in
        var fields: [(String, String)] = [
          ("type", StoredCoder.json(text: row.text(0) ?? "")), ("version", "\(row.int(1))"),
          ("index", "\(row.int(2))"), ("run", "\(row.int(3))"),
          ("host", row.text(4).map { StoredCoder.json(text: $0) } ?? "null"),
          ("seconds", row.isNull(5) ? "null" : StoredCoder.json(number: row.double(5))),
        ]
        fields += try Self.fields("task", row.bytes(6)) + Self.fields("result", row.bytes(7))
        switch format {
        case .json:
          let members = fields.map { "\(StoredCoder.json(text: $0.0)): \($0.1)" }
          try sink.write("\(isFirst ? "\n" : ",\n"){\(members.joined(separator: ", "))}")
        case .csv:
          if columns == nil {
            columns = fields.map(\.0)
            try sink.write(columns!.map { Self.cell($0) }.joined(separator: ",") + "\n")
          }
          let values = Dictionary(fields) { first, _ in first }
          try sink.write(columns!.map { Self.cell(json: values[$0] ?? "null") }.joined(separator: ",") + "\n")
        }
        isFirst = false
      }
      if format == .json { try sink.write("\n]\n") }
      try sink.finish()
    }

    /// The fields of a stored value as JSON.
    private static func fields(_ name: String, _ bytes: [UInt8]) throws -> [(String, String)] {
      guard !bytes.isEmpty else { return [] }
      do {
        guard let fields = try StoredCoder.fields(of: bytes) else { return [(name, try StoredCoder.json(of: bytes))] }
        return fields.map { ("\(name).\($0.name)", $0.json) }
      } catch {
        // What can't be read is run again by the next run.
        return [(name, "null")]
      }
    }

    /// JSON as a cell of CSV: texts without their quotes.
    private static func cell(json: String) -> String {
      if json == "null" { return "" }
      guard json.hasPrefix("\"") else { return cell(json) }
      return cell(unquoted(json))
    }

    private static func cell(_ text: String) -> String {
      guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
      return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// The text of a JSON string, as ``StoredCoder`` writes it.
    private static func unquoted(_ json: String) -> String {
      var (text, characters) = ("", json.dropFirst().dropLast().unicodeScalars[...])
      while let next = characters.popFirst() {
        guard next == "\\", let escaped = characters.popFirst() else {
          text.unicodeScalars.append(next)
          continue
        }
        switch escaped {
        case "n": text += "\n"
        case "r": text += "\r"
        case "t": text += "\t"
        case "u":
          let digits = String(String.UnicodeScalarView(characters.prefix(4)))
          characters = characters.dropFirst(4)
          if let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) {
            text.unicodeScalars.append(scalar)
          }
        default: text.unicodeScalars.append(escaped)
        }
      }
      return text
    }
  }

  struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forgets results: those of a type, a run or a loop, or all failures.")
    @Argument(help: "The store.") var store: String
    @Option(help: "A type of tasks, by its name or what is behind its last point.") var type: String?
    @Option(help: "Of that type, one version. All, unless given.") var version: Int?
    @Option(name: .customLong("run"), help: "A run, by its number.") var runNumber: Int?
    @Option(help: "A loop, by its name.") var loop: String?
    @Flag(help: "All failures.") var failures = false

    func validate() throws {
      let count = (type == nil ? 0 : 1) + (runNumber == nil ? 0 : 1) + (loop == nil ? 0 : 1) + (failures ? 1 : 0)
      guard count == 1 else { throw ValidationError("give one of --type, --run, --loop and --failures") }
      if version != nil && type == nil { throw ValidationError("--version is about a --type") }
    }

    func run() throws {
      let file = try opened(store)
      let count =
        if let type { try file.forget(type: type, version: version) } else if let run = runNumber {
          try file.forget(run: run)
        } else if let loop { try file.forget(loop: loop) } else { try file.forgetFailures() }
      print("forgot \(count)")
      file.end()
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reads the whole store and looks for damage.", discussion: "Status: 0 all is well; 1 something is not.")
    @Argument(help: "The store.") var store: String

    func run() throws {
      let file = try StoreFile(reading: store)
      let found = try file.check()
      for line in found { print(line) }
      guard found.isEmpty else { throw ExitCode(1) }
      print("all is well; \(file.fileSystem.name), \(file.journal.rawValue); SQLite \(Database.version)")
    }
  }

  struct Compact: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes the file as small as what is in it.")
    @Argument(help: "The store.") var store: String

    func run() throws {
      let before = sizeOfFile(store)
      let file = try opened(store)
      try file.compact()
      file.end()
      print("\(before) bytes before, \(sizeOfFile(store)) now")
    }
  }
}

/// Opens a store that exists, to change it.
private func opened(_ path: String) throws(StoreFailure) -> StoreFile {
  guard isFile(path) else { throw StoreFailure(.missing, "there is no store \(path)") }
  return try StoreFile(path, run: .init(ranks: 1, build: "mpi-store"), say: { writeToStandardError("note: \($0)") })
}

/// Where an export goes.
private final class Sink {
  private let file: OutputFile?
  private var buffer = ""

  init(_ path: String?) throws { file = try path.map { try OutputFile($0) } }

  func write(_ text: String) throws {
    buffer += text
    if buffer.utf8.count > 1 << 16 { try flush() }
  }

  func finish() throws {
    try flush()
    try file?.finish()
  }

  private func flush() throws {
    if let file { try file.write(buffer) } else { print(buffer, terminator: "") }
    buffer = ""
  }
}

/// Lines with columns.
private struct Table {
  var rows: [[String]] = []

  var text: String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
      var line = "  " + cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
