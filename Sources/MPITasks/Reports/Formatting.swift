// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Numbers as people read them. Foundation could do it, at the price of its size in the binary.
package enum Formatting {
  /// A number with a fixed number of decimals; `-` for one that is not finite or has more than 12 digits.
  package static func fixed(_ number: Double, decimals: Int) -> String {
    guard number.magnitude < 1e12 else { return "-" }
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let units = Int((number.magnitude * Double(scale)).rounded())
    let sign = number < 0 && units > 0 ? "-" : ""
    guard decimals > 0 else { return sign + "\(units)" }
    let fraction = "\(units % scale)"
    return sign + "\(units / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  /// A share of the whole in percent, with one decimal.
  package static func percent(_ share: Double) -> String { fixed(100 * share, decimals: 1) + " %" }

  /// A time in words: `3 µs`, `12.4 ms`, `0.43 s`, `3:07` (minutes), `2:03:07` (hours).
  package static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<1e-3: fixed(seconds * 1e6, decimals: seconds < 10e-6 ? 1 : 0) + " µs"
    case ..<0.1: fixed(seconds * 1e3, decimals: 1) + " ms"
    case ..<60: fixed(seconds, decimals: seconds < 10 ? 2 : 1) + " s"
    default: clock(seconds)
    }
  }

  /// A time that was set by a program, as short as can be: `0.3 s`, `50 ms`, `90 s`.
  package static func limit(_ seconds: Double) -> String {
    func short(_ number: Double, _ unit: String) -> String {
      var text = fixed(number, decimals: 3)
      while text.hasSuffix("0"), text.contains(".") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
      return "\(text) \(unit)"
    }
    return switch seconds {
    case ..<1e-3: short(seconds * 1e6, "µs")
    case ..<0.1: short(seconds * 1e3, "ms")
    default: short(seconds, "s")
    }
  }

  /// A time as a clock counts it: minutes and seconds, after hours if there are any.
  package static func clock(_ seconds: Double) -> String {
    guard seconds < 1e9 else { return "-" }
    let whole = Int(seconds.rounded())
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    let tail = ":" + padded("\(whole % 60)", to: 2, with: "0")
    return hours == 0 ? "\(minutes)" + tail : "\(hours):" + padded("\(minutes)", to: 2, with: "0") + tail
  }

  /// A number of bytes in the unit that suits it.
  package static func bytes(_ count: Int) -> String {
    switch count {
    case ..<1000: "\(count) B"
    case ..<1_000_000: fixed(Double(count) / 1e3, decimals: 1) + " kB"
    case ..<1_000_000_000: fixed(Double(count) / 1e6, decimals: 1) + " MB"
    default: fixed(Double(count) / 1e9, decimals: 1) + " GB"
    }
  }

  /// How many things a second, or a minute if they are few.
  package static func rate(_ perSecond: Double) -> String {
    perSecond < 1
      ? fixed(60 * perSecond, decimals: 1) + "/min" : fixed(perSecond, decimals: perSecond < 10 ? 1 : 0) + "/s"
  }

  /// A number of things: `1 task`, `2 tasks`.
  package static func counted(_ count: Int, _ thing: String) -> String { "\(count) \(thing)" + (count == 1 ? "" : "s") }

  /// A text moved to the right in a column.
  package static func padded(_ text: String, to width: Int, with filler: Character = " ") -> String {
    String(repeating: filler, count: max(0, width - text.count)) + text
  }

  /// Lines of cells in columns, those of some columns at the left and the others at the right.
  package static func table(_ lines: [[String]], left: Set<Int>) -> String {
    let widths = (0..<(lines.first?.count ?? 0)).map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let cells = line.indices.map { column in
        left.contains(column)
          ? line[column] + String(repeating: " ", count: widths[column] - line[column].count)
          : padded(line[column], to: widths[column])
      }
      return cells.joined(separator: "  ") + "\n"
    }.joined()
  }
}
