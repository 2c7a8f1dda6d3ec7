// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import sweep

/// Files as others make them.
@Suite struct CSVTests {
  private func cells(_ text: String) throws -> [[String]] { try CSV(parsing: Array(text.utf8)).records.map(\.cells) }

  private func problem(_ bytes: [UInt8]) -> String {
    do throws(CSV.Problem) {
      return "\(try CSV(parsing: bytes).records.map(\.cells))"
    } catch {
      return "\(error.line): \(error.text)"
    }
  }

  private func problem(_ text: String) -> String { problem(Array(text.utf8)) }

  @Test("Line ends, quotation marks, blanks") func rules() throws {
    #expect(try cells("") == [])
    #expect(try cells("a,b\nc,d") == [["a", "b"], ["c", "d"]])
    #expect(try cells("a,b\r\nc,d\r\n") == [["a", "b"], ["c", "d"]])
    #expect(try cells("a\rb\r\r\n\n c \n") == [["a"], ["b"], ["c"]])
    #expect(try cells("a,,\n,\n") == [["a", "", ""], ["", ""]])
    #expect(try cells("\"\"\n\n\"\",") == [[""], ["", ""]])
    #expect(try cells(" a b ,\" a b \" ,\t\"x\"\n") == [["a b", " a b ", "x"]])
    #expect(try cells("\"a,b\",\"c \"\"d\"\"\"") == [["a,b", "c \"d\""]])
    #expect(try cells("\u{FEFF}\"a\",b") == [["a", "b"]])
    #expect(try cells("Zürich,\u{1F30D},e\u{301}") == [["Zürich", "\u{1F30D}", "e\u{301}"]])
  }

  @Test("A cell reaches over lines, and lines are counted") func linesInCells() throws {
    let csv = try CSV(parsing: Array("name,x\n\"north\nside\",1\r\n\n\"a\r\nb\r\n\",2\nlast,3\n".utf8))
    #expect(csv.records.map(\.cells) == [["name", "x"], ["north\nside", "1"], ["a\r\nb\r\n", "2"], ["last", "3"]])
    #expect(csv.records.map(\.line) == [1, 2, 5, 8])
  }

  @Test("What is written is read as it was") func roundTrip() throws {
    let cells = [
      "plain", "", " blank ", "a,b", "\"", "\"\"", "north\nside", "a\r\nb", "\t", "Zürich", "e\u{301}", "\r\n",
    ]
    #expect(try CSV(parsing: Array(CSV.written(cells).utf8)).records.map(\.cells) == [cells])
    #expect(CSV.written(["a b", "c"]) == "a b,c\n")
  }

  @Test("What can't be read is named with its line") func problems() {
    #expect(problem("a,b\n1,\"2\n3,4\n").hasPrefix("2: the quotation mark that begins cell 2 has no other one"))
    #expect(
      problem("a\n\"\n\n\"x\n") == "4: cell 1 goes on behind the quotation mark that ends it: double those inside")
    #expect(problem("a\n5\" pipe\n").hasPrefix("2: cell 1 has a quotation mark in it"))
    #expect(problem("a\nb\n\u{0}\n") == "3: there is a NUL character at byte 5 of the file, which no text has")
    #expect(problem("a,b\n".utf16.flatMap { [UInt8($0), 0] }).contains("seems to be UTF-16"))
    #expect(problem([0xFF, 0xFE] + "a,b\n".utf16.flatMap { [UInt8($0), 0] }).hasPrefix("1: the file is UTF-16"))
    #expect(problem([0xFE, 0xFF, 0, 0x61]).hasPrefix("1: the file is UTF-16"))
    #expect(problem(Array("a\nb\nZ".utf8) + [0xFC] + Array("rich\n".utf8)).hasPrefix("3: this line is not UTF-8"))
    #expect(problem([0x50, 0x4B, 3, 4, 0, 0]).contains("spreadsheet"))
  }
}

/// Parameter tables that no one should have to wait for.
@Suite struct ParameterTableTests {
  private static let header = "beta,gamma,population,infected\n"

  private func problems(_ text: String, results: [String] = []) -> [String] {
    do throws(ParameterTable.Problems) {
      _ = try ParameterTable(parsing: Array(text.utf8), name: "f", days: 1, results: results)
      return []
    } catch {
      return error.lines
    }
  }

  @Test("Other separators are named", arguments: [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
  func separators(separator: String, name: String) {
    let text = "beta,gamma,population,infected\n0.1,0.2,3,1\n"
    let found = problems(text.split(separator: ",").joined(separator: separator))
    #expect(
      found.count == 1 && found[0].hasPrefix("f:1: the cells seem to be separated by \(name), and must be by commas"))
  }

  @Test("Numbers that a run could not end with are refused, with file, line and column") func limits() {
    let text =
      Self.header + "1e308,0.1,100,1\n0.1,1e308,100,1\n0.1,0.2,9223372036854775807,1\n0.1,0.2,10,99999999999999999999\n"
    #expect(
      problems(text) == [
        "f:2: beta is 1e308, and 1000000000 a day is the limit",
        "f:3: gamma is 1e308, and 1000000000 a day is the limit",
        "f:4: population is 9223372036854775807, and 1000000000 is the limit",
        "f:5: infected is '99999999999999999999', and 1000000000 is the limit",
      ])
    #expect(problems(Self.header + "1e9,1e9,1000000000,1000000000\n") == [])
  }

  @Test("Many problems are not all listed") func manyProblems() {
    let found = problems(Self.header + String(repeating: "x,0,1,1\n", count: 1000))
    #expect(found.count == ParameterTable.mostProblems + 1)
    #expect(found.last == "f: and \(1000 - ParameterTable.mostProblems) more problems")
  }

  @Test("Hundreds of thousands of columns are no harm", .timeLimit(.minutes(2))) func manyColumns() throws {
    let more = 200_000
    let header = (0..<more).map { "column \($0)" }.joined(separator: ",")
    let row = String(repeating: ",", count: more - 1)
    let text = "beta,\(header),gamma,population,infected\n0.1,\(row),0.2,10,1\n0.3,\(row),0.2,10,1\n"
    let table = try ParameterTable(parsing: Array(text.utf8), name: "f", days: 1)
    #expect(table.header.count == more + 4 && table.sets.map(\.beta) == [0.1, 0.3])
  }

  @Test("Results of an earlier sweep are left out") func earlierResults() throws {
    let text = "x_mean,beta,y_mean,gamma,population,infected\n1,0.1,2,0.2,10,1\n"
    let table = try ParameterTable(
      parsing: Array(text.utf8), name: "f", days: 1, results: ["y_mean", "z_mean", "x_mean"])
    #expect(table.header == ParameterTable.required && table.cells == [["0.1", "0.2", "10", "1"]])
    #expect(table.replaced == ["x_mean", "y_mean"])
  }

  @Test("The largest rates and populations have finite sums") func largestNumbers() {
    var random = SystemRandomNumberGenerator()
    let least = Double.leastNonzeroMagnitude
    let limit = ParameterTable.largestPopulation
    for (beta, gamma) in [(1e9, 1e9), (1e9, 0), (least, least), (0, least)] {
      let model = Epidemic(beta: beta, gamma: gamma, population: limit, infected: limit / 2, days: 1e-15)
      #expect(model.run(using: &random).end <= 1e-15)
    }
  }
}
