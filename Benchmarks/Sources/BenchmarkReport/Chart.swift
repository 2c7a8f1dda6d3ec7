// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Lines over a logarithmic axis, as SVG that stands by itself.
public struct Chart: Sendable {
  public struct Line: Sendable {
    public var name: String
    /// In the order of x, which is more than 0.
    public var points: [(x: Double, y: Double)]

    public init(_ name: String, _ points: [(x: Double, y: Double)]) {
      self.name = name
      self.points = points
    }
  }

  public var title: String
  public var xTitle: String
  public var yTitle: String
  public var lines: [Line]
  /// Where the x axis has numbers, and what they are.
  public var xTicks: [(Double, String)]
  public var isLogarithmic: Bool
  /// The least and the most that the y axis shows, where they aren't the lines'.
  public var yRange: ClosedRange<Double>?

  public init(
    title: String, xTitle: String, yTitle: String, lines: [Line], xTicks: [(Double, String)],
    isLogarithmic: Bool = true, yRange: ClosedRange<Double>? = nil
  ) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.lines = lines
    self.xTicks = xTicks
    self.isLogarithmic = isLogarithmic
    self.yRange = yRange
  }

  private static let (width, height) = (720.0, 400.0)
  private static let (left, right, top, bottom) = (70.0, 190.0, 40.0, 50.0)
  // Apart for those who see few colors (Okabe and Ito).
  private static let colors = ["#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]

  /// The chart. Nothing of it is anything but numbers and escaped text.
  public func svg() -> String {
    let (xs, ys) = (lines.flatMap { $0.points.map(\.x) } + xTicks.map(\.0), lines.flatMap { $0.points.map(\.y) })
    let (xLow, xHigh) = (xs.min() ?? 1, max(xs.max() ?? 2, (xs.min() ?? 1) * 2))
    var (yLow, yHigh) = (yRange?.lowerBound ?? ys.min() ?? 0.1, yRange?.upperBound ?? ys.max() ?? 1)
    if isLogarithmic && yRange == nil {
      (yLow, yHigh) = (pow(10, floor(log10(yLow))), pow(10, ceil(log10(yHigh) + 1e-9)))
    }
    if yHigh <= yLow { yHigh = yLow + 1 }
    func x(_ value: Double) -> Double {
      Self.left + log(value / xLow) / log(xHigh / xLow) * (Self.width - Self.left - Self.right)
    }
    func y(_ value: Double) -> Double {
      let value = min(max(value, yLow), yHigh)
      let part = isLogarithmic ? log(value / yLow) / log(yHigh / yLow) : (value - yLow) / (yHigh - yLow)
      return Self.height - Self.bottom - part * (Self.height - Self.top - Self.bottom)
    }
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="#ffffff"/>
      <text x="\(Int(Self.left))" y="24" font-size="15" font-weight="bold">\(escaped(title))</text>

      """
    for (value, text) in yTicks(yLow, yHigh) {
      let place = fixed(y(value), 1)
      svg += """
        <line x1="\(Int(Self.left))" x2="\(Int(Self.width - Self.right))" y1="\(place)" y2="\(place)" stroke="#dddddd"/>
        <text x="\(Int(Self.left) - 8)" y="\(fixed(y(value) + 4, 1))" text-anchor="end">\(escaped(text))</text>

        """
    }
    for (value, text) in xTicks {
      svg += """
        <text x="\(fixed(x(value), 1))" y="\(Int(Self.height - Self.bottom) + 18)" \
        text-anchor="middle">\(escaped(text))</text>

        """
    }
    let middle = (Self.left + Self.width - Self.right) / 2
    svg += """
      <text x="\(Int(middle))" y="\(Int(Self.height) - 10)" text-anchor="middle">\(escaped(xTitle))</text>
      <text transform="translate(16 \(Int(Self.height / 2))) rotate(-90)" text-anchor="middle">\(escaped(yTitle))</text>

      """
    for (number, line) in lines.enumerated() {
      let color = Self.colors[number % Self.colors.count]
      let points = line.points.map { "\(fixed(x($0.x), 1)),\(fixed(y($0.y), 1))" }.joined(separator: " ")
      let place = Self.top + 14 + Double(number) * 20
      let edge = Int(Self.width - Self.right) + 14
      svg += """
        <polyline points="\(points)" fill="none" stroke="\(color)" stroke-width="2"/>
        <line x1="\(edge)" x2="\(edge + 22)" y1="\(Int(place))" y2="\(Int(place))" stroke="\(color)" stroke-width="2"/>
        <text x="\(edge + 28)" y="\(Int(place) + 4)">\(escaped(line.name))</text>

        """
    }
    return svg + "</svg>\n"
  }

  private func yTicks(_ low: Double, _ high: Double) -> [(Double, String)] {
    if isLogarithmic {
      let decades = Int(floor(log10(low) + 1e-9))...max(Int(floor(log10(high) + 1e-9)), Int(floor(log10(low))))
      return decades.map { pow(10, Double($0)) }.filter { $0 >= low * 0.999 && $0 <= high * 1.001 }.map {
        ($0, $0 < 1 ? fixed($0, Int((-log10($0)).rounded())) : fixed($0, 0))
      }
    }
    return (0...6).map { low + (high - low) * Double($0) / 6 }.map { ($0, fixed($0, 2)) }
  }
}

/// Text as XML has it.
func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    .replacing("\"", with: "&quot;")
}
