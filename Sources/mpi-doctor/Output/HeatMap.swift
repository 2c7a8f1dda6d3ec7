// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The links of all pairs of ranks as a picture, in SVG: latency on the left, bandwidth on the right. The darker, the
/// worse; a line stands between hosts, and a pointer that rests on a cell shows its numbers.
struct HeatMap {
  let ranks: [RankFacts]
  let links: LinkMatrix

  /// The width of a cell.
  private var cell: Double { max(4, min(36, (480 / Double(max(1, links.size))).rounded(.down))) }

  /// The width of a map, and where it begins.
  private var side: Double { cell * Double(links.size) }
  private let top = 56.0
  private let left = 96.0

  /// The whole file.
  var svg: String {
    let gap = 130.0
    let width = Int(left + side + gap + side + 40)
    let height = Int(top + side + 76)
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
      font-family="sans-serif" font-size="11">
      <rect width="\(width)" height="\(height)" fill="white"/>
      \(map(at: left, "latency of 8 bytes, one way", links.latency, isBetterLow: true) { amount($0, "s") })
      \(map(at: left + side + gap, "bandwidth of large messages", links.bandwidth, isBetterLow: false, rate))
      </svg>

      """
  }

  /// One map with its title, names and scale.
  private func map(
    at x: Double, _ title: String, _ values: [Double?], isBetterLow: Bool, _ words: (Double) -> String
  ) -> String {
    var lines = [#"<text x="\#(x)" y="24" font-size="14" font-weight="bold">\#(title)</text>"#]
    let known = values.compactMap { $0 }.filter { $0 > 0 }
    let (low, high) = (known.min() ?? 1, known.max() ?? 1)
    for row in 0..<links.size {
      for column in 0..<links.size {
        let value = values[row * links.size + column]
        let shade = value.map { Self.badness($0, low, high, isBetterLow: isBetterLow) }
        let fill = row == column ? "#ffffff" : shade.map(Self.color) ?? "#dddddd"
        let label = value.map(words) ?? (row == column ? "itself" : "not measured")
        lines.append(
          #"<rect x="\#(x + cell * Double(column))" y="\#(top + cell * Double(row))" width="\#(cell)" "#
            + #"height="\#(cell)" fill="\#(fill)"><title>\#(name(row)) and \#(name(column)): \#(label)</title></rect>"#)
      }
    }
    lines += names(at: x) + scale(at: x, low, high, isBetterLow: isBetterLow, words)
    return lines.joined(separator: "\n")
  }

  /// The hosts' names, and lines between them.
  private func names(at x: Double) -> [String] {
    ranks.hosts.flatMap { host -> [String] in
      // A host's ranks need not follow one another; the name goes to the first ones.
      guard let first = ranks.firstIndex(where: { $0.host == host }) else { return [] }
      let count = ranks[first...].prefix { $0.host == host }.count
      let begin = cell * Double(first)
      let middle = begin + cell * Double(count) / 2
      return [
        #"<text x="\#(x - 6)" y="\#(top + middle + 4)" text-anchor="end">\#(Self.escaped(host))</text>"#,
        #"<text x="\#(x + middle)" y="\#(top - 8)" text-anchor="middle">\#(Self.escaped(host))</text>"#,
        #"<path d="M\#(x) \#(top + begin)h\#(side)M\#(x + begin) \#(top)v\#(side)" stroke="black" fill="none"/>"#,
      ]
    } + [#"<rect x="\#(x)" y="\#(top)" width="\#(side)" height="\#(side)" fill="none" stroke="black"/>"#]
  }

  /// The colors with the values at both ends.
  private func scale(
    at x: Double, _ low: Double, _ high: Double, isBetterLow: Bool, _ words: (Double) -> String
  ) -> [String] {
    let y = top + side + 20
    let width = max(side, 120)
    let bars = (0..<32).map { step in
      #"<rect x="\#(x + width * Double(step) / 32)" y="\#(y)" width="\#(width / 32 + 0.5)" height="12" "#
        + #"fill="\#(Self.color(Double(step) / 31))"/>"#
    }
    let (good, bad) = isBetterLow ? (low, high) : (high, low)
    return bars + [
      #"<text x="\#(x)" y="\#(y + 26)">\#(words(good))</text>"#,
      #"<text x="\#(x + width)" y="\#(y + 26)" text-anchor="end">\#(words(bad))</text>"#,
    ]
  }

  /// A rank with its host.
  private func name(_ rank: Int) -> String {
    Self.escaped(ranks.indices.contains(rank) ? "rank \(rank) on \(ranks[rank].host)" : "rank \(rank)")
  }

  /// Where a value lies between the best, 0, and the worst, 1, by its logarithm.
  static func badness(_ value: Double, _ low: Double, _ high: Double, isBetterLow: Bool) -> Double {
    // Values within a factor of two are alike: noise shall not look like a fault.
    let span = max(log(high / low), log(2))
    let place = min(1, max(0, log(value / low) / span))
    return isBetterLow ? place : (log(high / value) / span).clamped
  }

  /// The color of 0, the best, to 1, the worst: pale yellow by red to black.
  static func color(_ badness: Double) -> String {
    let stops: [(Double, Double, Double)] = [
      (255, 250, 215), (253, 190, 90), (220, 70, 50), (110, 10, 60), (20, 5, 30),
    ]
    let place = badness.clamped * Double(stops.count - 1)
    let index = min(stops.count - 2, Int(place))
    let part = place - Double(index)
    let (from, to) = (stops[index], stops[index + 1])
    let parts = [(from.0, to.0), (from.1, to.1), (from.2, to.2)].map { Int(($0 + ($1 - $0) * part).rounded()) }
    return "#" + parts.map { String(format: "%02x", $0) }.joined()
  }

  /// A text within XML.
  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: "\"", with: "&quot;")
  }
}

extension Double {
  /// This number, or the nearer of 0 and 1.
  fileprivate var clamped: Double { Swift.min(1, Swift.max(0, self)) }
}
