// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A color of the picture: the shares of red, green and blue as a PNG file has them.
struct Color: BitwiseCopyable, Equatable, Sendable {
  /// The share of red.
  var red: UInt8

  /// The share of green.
  var green: UInt8

  /// The share of blue.
  var blue: UInt8

  /// The color of the set itself.
  static let black = Color(red: 0, green: 0, blue: 0)
}

/// The colors of escape times: a closed ring of them, from night blue by white and amber back to night.
///
/// The ring is gone round once for every ``turn`` by which the logarithm of the escape time grows. So the rings get
/// wider the closer the set is, where neighboring points differ more, and views of any depth look alike. A point's
/// color depends on nothing but its escape time.
struct Palette: Sendable {
  /// How many steps the ring is divided into. Between them, colors are interpolated.
  private static let steps = 2048

  /// What the binary logarithm grows by from one time round the ring to the next.
  private static let turn = 2.6

  /// The ring's colors as numbers from 0 to 255, with the first one repeated at the end.
  private let ring: [SIMD4<Double>]

  /// The colors that the ring passes through, and where on it they are.
  private static let stops: [(position: Double, color: SIMD4<Double>)] = [
    (0.00, [6, 9, 48, 0]),
    (0.16, [16, 66, 148, 0]),
    (0.30, [74, 156, 214, 0]),
    (0.43, [236, 250, 248, 0]),
    (0.55, [255, 214, 110, 0]),
    (0.68, [240, 138, 24, 0]),
    (0.82, [130, 34, 26, 0]),
    (0.93, [46, 9, 52, 0]),
  ]

  /// The palette. There is one: it takes as long to make as a few thousand pixels.
  static let shared = Palette()

  /// Creates the palette.
  private init() {
    ring = (0...Self.steps).map { Self.color(at: Double($0 % Self.steps) / Double(Self.steps)) }
  }

  /// The color of a point.
  ///
  /// - Parameter escapeTime: The point's value by ``EscapeTime``.
  func color(of escapeTime: Double) -> Color {
    guard escapeTime.isFinite else { return .black }
    let turns = binaryLogarithm(escapeTime + 2) / Self.turn
    let position = (turns - turns.rounded(.down)) * Double(Self.steps)
    let index = Int(position)
    let color = ring[index] + (ring[index + 1] - ring[index]) * (position - Double(index)) + 0.5
    return Color(red: UInt8(color.x), green: UInt8(color.y), blue: UInt8(color.z))
  }

  /// The color at a place of the ring between 0 and 1, by monotone cubic interpolation between ``stops``.
  private static func color(at position: Double) -> SIMD4<Double> {
    let index = stops.lastIndex { $0.position <= position } ?? 0
    let span = stop(index + 1).position - stop(index).position
    let t = (position - stop(index).position) / span
    let (from, to) = (stop(index).color, stop(index + 1).color)
    let (leaving, arriving) = (slope(at: index) * span, slope(at: index + 1) * span)
    // Hermite's polynomials, by powers of t.
    let cubic = (from - to) * 2 + leaving + arriving
    let quadratic = (to - from) * 3 - leaving * 2 - arriving
    return ((cubic * t + quadratic) * t + leaving) * t + from
  }

  /// How fast the color changes at a stop: the harmonic mean of the changes on both sides, or not at all if they have
  /// unlike signs. So the curve never leaves the range of the colors that it joins.
  private static func slope(at index: Int) -> SIMD4<Double> {
    let before = (stop(index).color - stop(index - 1).color) / (stop(index).position - stop(index - 1).position)
    let after = (stop(index + 1).color - stop(index).color) / (stop(index + 1).position - stop(index).position)
    let product = before * after
    let mean = product * 2 / (before + after)
    return mean.replacing(with: 0, where: product .<= 0)
  }

  /// A stop by an index that may be past either end, where the ring goes on.
  private static func stop(_ index: Int) -> (position: Double, color: SIMD4<Double>) {
    let inside = (index + stops.count) % stops.count
    let rounds = (index - inside) / stops.count
    return (stops[inside].position + Double(rounds), stops[inside].color)
  }
}
