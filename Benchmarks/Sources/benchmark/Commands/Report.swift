// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Foundation

/// `report --into FOLDER [--sources FOLDER] [--readme FILE] FILE…`: makes one report of the parts of a run, with tables
/// and charts. The README gets the short table.
func makeReport(_ words: [String]) throws {
  let options = try Options(words, values: ["--into", "--sources", "--readme"])
  let folder = try options.required("--into")
  var results = Results()
  for file in options.files { results.merge(try Results(file: file)) }
  if let sources = options.value("--sources"), results.lengths.isEmpty {
    results.lengths = try lengths(of: sources)
  }
  try writeReport(report(results), named: "README.md", into: folder)
  try results.write(to: "\(folder)/results.json")
  for (name, chart) in charts(results) {
    try chart.svg().write(toFile: "\(folder)/\(name).svg", atomically: true, encoding: .utf8)
  }
  if let readme = options.value("--readme") {
    let text = try String(contentsOfFile: readme, encoding: .utf8)
    guard let new = replacingMeasured(in: text, with: shortTable(results)) else {
      throw Options.Mistake(text: "\(readme) has no place for what was measured")
    }
    try new.write(toFile: readme, atomically: true, encoding: .utf8)
  }
}

/// Writes a page into a folder, which is made if need be, and says where it is.
func writeReport(_ text: String, named name: String, into folder: String) throws {
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  print("\(folder)/\(name)")
}

/// How long the programs are, by their files in the folder `Sources`.
private func lengths(of sources: String) throws -> [ProgramLength] {
  func lines(_ file: String) throws -> Int {
    codeLines(try String(contentsOfFile: "\(sources)/\(file)", encoding: .utf8))
  }
  func body(_ function: String, _ file: String) throws -> Int {
    let text = try String(contentsOfFile: "\(sources)/\(file)", encoding: .utf8)
    guard let lines = codeLines(ofFunction: function, in: text) else {
      throw Options.Mistake(text: "\(file) has no function \(function)")
    }
    return lines
  }
  let (c, swift) = ("CKernels/kamping.c", "benchmark/Programs/Vectors.swift")
  return [
    ProgramLength(
      program: "EP", linesInC: try lines("CKernels/ep.c"), lines: try lines("benchmark/Programs/EP.swift")),
    ProgramLength(
      program: "IS", linesInC: try lines("CKernels/is.c"), lines: try lines("benchmark/Programs/IntegerSort.swift")),
    ProgramLength(
      program: "CG", linesInC: try lines("CKernels/cg.c"),
      lines: try lines("benchmark/Programs/ConjugateGradient.swift")),
    ProgramLength(
      program: "sample sort", linesInC: try lines("CKernels/sample-sort.c"),
      lines: try lines("benchmark/Programs/SampleSort.swift")),
    ProgramLength(
      program: "vector all-gather, within the function", linesInC: try body("c_gather_vectors", c),
      lines: try body("gatherVectors", swift)),
    ProgramLength(
      program: "bucket sort, within the functions", linesInC: try body("c_bucket_sort", c) + body("exchange", c),
      lines: try body("bucketSort", swift)),
    ProgramLength(
      program: "breadth-first search, within the functions", linesInC: try body("c_bfs", c) + body("exchange", c),
      lines: try body("breadthFirstSearch", swift)),
  ]
}
