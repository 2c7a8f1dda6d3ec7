// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A file of comma-separated values, by the rules of RFC 4180, in UTF-8.
///
/// Lines end in LF, CRLF or CR. A cell in quotation marks may hold commas, line ends and, doubled, quotation marks; all
/// blanks in it count. Blanks around other cells do not count, and empty lines are skipped.
struct CSV: Equatable {
  /// A line of cells, which may reach over several lines of the file.
  struct Record: Equatable {
    /// The number of the line in which it begins, from 1.
    var line: Int
    var cells: [String]
  }

  /// What can't be read, and in which line.
  struct Problem: Error, Equatable {
    var line: Int
    var text: String
  }

  private(set) var records: [Record] = []

  // What follows is the place in the bytes while they are read.
  private let bytes: [UInt8]
  private var place = 0
  private var line = 1

  /// Reads the bytes of a file.
  ///
  /// - Throws: ``Problem``, of the first thing that is wrong.
  init(parsing bytes: [UInt8]) throws(Problem) {
    self.bytes = bytes
    try refuseOtherEncodings()
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    while place < bytes.count {
      let start = line
      var cells: [String] = []
      repeat { cells.append(try cell(number: cells.count + 1)) } while skip(.comma)
      let isBlank = cells == [""] && bytes[max(0, place - 1)] != .quote
      if !isBlank { records.append(Record(line: start, cells: cells)) }
      skipLineEnd()
    }
  }

  /// Reads a cell up to the comma or the line end behind it.
  private mutating func cell(number: Int) throws(Problem) -> String {
    skipBlanks()
    guard skip(.quote) else {
      let first = place
      while place < bytes.count, ![.comma, .lineFeed, .carriageReturn].contains(bytes[place]) {
        guard bytes[place] != .quote else {
          throw Problem(
            line: line,
            text: "cell \(number) has a quotation mark in it and does not begin with one: "
              + "put the cell in quotation marks, and double those inside")
        }
        place += 1
      }
      var end = place
      while end > first, isBlank(bytes[end - 1]) { end -= 1 }
      return String(decoding: bytes[first..<end], as: UTF8.self)
    }
    let start = line
    var content: [UInt8] = []
    while true {
      guard place < bytes.count else {
        throw Problem(
          line: start, text: "the quotation mark that begins cell \(number) has no other one that ends the cell")
      }
      if skip(.quote) {
        guard skip(.quote) else { break }
        content.append(.quote)
        continue
      }
      let first = place
      if !skipLineEnd() { place += 1 }
      content += bytes[first..<place]
    }
    skipBlanks()
    guard place == bytes.count || [.comma, .lineFeed, .carriageReturn].contains(bytes[place]) else {
      throw Problem(
        line: line, text: "cell \(number) goes on behind the quotation mark that ends it: double those inside")
    }
    return String(decoding: content, as: UTF8.self)
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard place < bytes.count, bytes[place] == byte else { return false }
    place += 1
    return true
  }

  private mutating func skipBlanks() {
    while place < bytes.count, isBlank(bytes[place]) { place += 1 }
  }

  @discardableResult
  private mutating func skipLineEnd() -> Bool {
    let isFound = skip(.carriageReturn) ? skip(.lineFeed) || true : skip(.lineFeed)
    if isFound { line += 1 }
    return isFound
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  /// Refuses what is not text in UTF-8, with a guess at what it is.
  private func refuseOtherEncodings() throws(Problem) {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw Problem(line: 1, text: "the file is UTF-16, and must be UTF-8: iconv -f UTF-16 -t UTF-8 makes it so")
    }
    if bytes.starts(with: [0x50, 0x4B, 3, 4]) {
      throw Problem(line: 1, text: "the file is an archive or a spreadsheet, and must be CSV: export it as such")
    }
    var line = 1
    for (place, byte) in bytes.enumerated() {
      if byte == .lineFeed { line += 1 }
      if byte == 0 {
        let isWide = bytes.count { $0 == 0 } * 3 > bytes.count
        throw Problem(
          line: line,
          text: isWide
            ? "the file seems to be UTF-16, and must be UTF-8: iconv -f UTF-16LE -t UTF-8 makes it so"
            : "there is a NUL character at byte \(place + 1) of the file, which no text has")
      }
    }
    var rest = bytes[...]
    line = 1
    while !rest.isEmpty {
      // A line at a time: no character of several bytes has a line feed in it.
      let end = rest.firstIndex(of: .lineFeed).map { $0 + 1 } ?? rest.endIndex
      if String(validating: rest[..<end], as: UTF8.self) == nil {
        throw Problem(
          line: line,
          text: "this line is not UTF-8; if the file is Latin-1 (ISO 8859-1), iconv -f LATIN1 -t UTF-8 makes it so")
      }
      rest = rest[end...]
      line += 1
    }
  }

  /// A cell as it is written.
  static func written(_ cell: String) -> String {
    let bytes = cell.utf8
    let isPlain =
      !bytes.contains { [.comma, .quote, .lineFeed, .carriageReturn].contains($0) }
      && bytes.first.map { $0 > 32 } ?? true && bytes.last.map { $0 > 32 } ?? true
    guard !isPlain else { return cell }
    return "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }

  /// A line of cells as it is written.
  static func written(_ cells: [String]) -> String { cells.map { written($0) }.joined(separator: ",") + "\n" }
}

extension UInt8 {
  fileprivate static let comma = UInt8(ascii: ",")
  fileprivate static let quote = UInt8(ascii: "\"")
  fileprivate static let lineFeed = UInt8(ascii: "\n")
  fileprivate static let carriageReturn = UInt8(ascii: "\r")
}
