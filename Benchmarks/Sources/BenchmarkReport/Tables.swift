// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A table in Markdown.
public func table(_ head: [String], rightFrom: Int = 1, _ rows: [[String]]) -> String {
  func line(_ cells: [String]) -> String {
    "| \(cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |\n"
  }
  let rule = head.indices.map { $0 < rightFrom ? "---" : "--:" }
  return line(head) + "|\(rule.joined(separator: "|"))|\n" + rows.map(line).joined()
}

/// What calls cost beyond C's.
public func countsTable(_ costs: [CallCost]) -> String {
  table(
    ["operation", "mode", "form", "instructions in C", "more in Swift", "allocations more"], rightFrom: 3,
    costs.map {
      [
        $0.operation, $0.mode, $0.form, fixed($0.instructionsInC, 0), fixed($0.instructions, 1),
        fixed($0.allocations, $0.allocations == $0.allocations.rounded() ? 0 : 2),
      ]
    })
}

/// A page whose part between the comments `<!-- measured…` and `<!-- end -->` is another one.
///
/// - Returns: nil if the page has no such part.
public func replacingMeasured(in page: String, with part: String) -> String? {
  guard let start = page.firstRange(of: "<!-- measured"), let open = page[start.upperBound...].firstRange(of: "-->\n"),
    let end = page[open.upperBound...].firstRange(of: "<!-- end -->")
  else { return nil }
  return page[..<open.upperBound] + "\n" + part + "\n" + page[end.lowerBound...]
}
