// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A chart of efficiencies over numbers of ranks, as SVG.
struct Chart {
  var title: String
  /// The numbers of ranks, in ascending order.
  var ranks: [Int]
  /// For each line its name and its values from 0 to 1, nil if there is none.
  var lines: [(name: String, values: [Double?])]

  private static let colors = ["#0b6e99", "#c4452d", "#4a7c1f", "#7a4aa3", "#b07d12", "#444444"]

  /// The text of the file.
  var svg: String {
    let (left, top, width, height) = (60.0, 40.0, 560.0, 300.0)
    func x(_ index: Int) -> Double { left + width * Double(index) / Double(max(1, ranks.count - 1)) }
    func y(_ value: Double) -> Double { top + height * (1 - min(1, max(0, value))) }
    var parts = [
      #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 390" font-family="sans-serif" font-size="12">"#,
      #"<rect width="820" height="390" fill="white"/>"#,
      #"<text x="\#(left)" y="22" font-size="14">\#(title)</text>"#,
    ]
    for percent in stride(from: 0, through: 100, by: 20) {
      let at = y(Double(percent) / 100)
      parts.append(#"<line x1="\#(left)" y1="\#(at)" x2="\#(left + width)" y2="\#(at)" stroke="lightgray"/>"#)
      parts.append(#"<text x="\#(left - 8)" y="\#(at + 4)" text-anchor="end">\#(percent) %</text>"#)
    }
    for (index, count) in ranks.enumerated() {
      parts.append(#"<text x="\#(x(index))" y="\#(top + height + 18)" text-anchor="middle">\#(count)</text>"#)
    }
    parts.append(#"<text x="\#(left + width / 2)" y="\#(top + height + 38)" text-anchor="middle">ranks</text>"#)
    for (number, line) in lines.enumerated() {
      let color = Self.colors[number % Self.colors.count]
      let points = line.values.enumerated().compactMap { index, value in value.map { "\(x(index)),\(y($0))" } }
      parts.append(
        #"<polyline points="\#(points.joined(separator: " "))" fill="none" stroke="\#(color)" stroke-width="2"/>"#)
      let at = top + 14 + 20 * Double(number)
      parts.append(#"<rect x="\#(left + width + 20)" y="\#(at - 9)" width="14" height="4" fill="\#(color)"/>"#)
      parts.append(#"<text x="\#(left + width + 40)" y="\#(at - 2)">\#(line.name)</text>"#)
    }
    return (parts + ["</svg>", ""]).joined(separator: "\n")
  }
}
