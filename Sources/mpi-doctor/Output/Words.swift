// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A number in three digits with a prefix of its unit: 7.50 µs.
func amount(_ value: Double, _ unit: String) -> String {
  let prefixes = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n")]
  guard value != 0, value.isFinite else { return "\(value == 0 ? "0" : "\(value)") \(unit)" }
  // 999.6 would be four digits.
  let (factor, prefix) = prefixes.first { abs(value) >= 0.9995 * $0.0 } ?? prefixes[prefixes.count - 1]
  let number = value / factor
  let digits = abs(number) >= 99.95 ? 0 : abs(number) >= 9.995 ? 1 : 2
  return String(format: "%.\(digits)f ", number) + prefix + unit
}

/// Bytes in a second.
func rate(_ bandwidth: Double) -> String { amount(bandwidth, "B/s") }

/// A text of so many characters at least, with blanks before it.
func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

/// A text in lines of at most so many characters, broken at blanks; all but the first begin with an indent.
func wrapped(_ text: String, indent: Int, width: Int = 120) -> [String] {
  var lines: [String] = []
  var line = ""
  // Blanks at the beginning are an indent too.
  let lead = text.prefix { $0 == " " }
  for word in text.dropFirst(lead.count).split(separator: " ", omittingEmptySubsequences: false) {
    if line.isEmpty {
      line = (lines.isEmpty ? String(lead) : String(repeating: " ", count: indent)) + word
    } else if line.count + 1 + word.count <= width {
      line += " " + word
    } else {
      lines.append(line)
      line = String(repeating: " ", count: indent) + word
    }
  }
  return lines + [line]
}
