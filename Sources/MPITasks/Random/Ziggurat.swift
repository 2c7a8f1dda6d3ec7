// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Deviates by the ziggurat method (G. Marsaglia, W. W. Tsang, "The Ziggurat Method for Generating Random Variables",
// 2000), with 256 layers, 53 bits for the place in a layer, and a layer that is chosen by other bits (J. A. Doornik,
// 2005).
//
// The same bits on every machine: only operations that IEEE 754 rounds correctly are used (+ - * / and the square
// root), each by itself. The logarithm and the exponential of a C library differ in their last bits from one version to
// the next, so they have substitutes here. Swift does not fuse a product with a sum unless asked to.

/// The area under a density, cut into layers of equal area. A layer is as wide as its lower edge.
struct Ziggurat {
  /// One layer, with all that a draw reads side by side.
  struct Layer {
    /// Below this, a place of 53 bits lies under the layer above, and so under the curve.
    var inside: UInt64 = 0
    /// The width of the layer for one step of the place.
    var step = 0.0
    /// The density at the layer's width.
    var low = 0.0
    /// How much the density rises from there to the width of the layer above.
    var rise = 0.0
  }

  /// The lowest layer first, which has the tail in it.
  let layers: [Layer]
  /// The start of the tail.
  let tail: Double

  static let layerCount = 256

  /// - Parameters:
  ///   - tail: where the tail begins, for this number of layers.
  ///   - area: that of each layer.
  ///   - density: the density, 1 at 0.
  ///   - inverse: if the density has a value.
  private init(tail: Double, area: Double, density: (Double) -> Double, inverse: (Double) -> Double) {
    self.tail = tail
    // The lowest layer is the rectangle below the tail's beginning and the tail, as one rectangle of the same area.
    var widths = [area / density(tail), tail]
    while widths.count < Self.layerCount {
      let last = widths[widths.count - 1]
      widths.append(inverse(density(last) + area / last))
    }
    widths.append(0)
    layers = (0..<Self.layerCount).map { index in
      let (width, above) = (widths[index], widths[index + 1])
      let low = density(width)
      return Layer(
        inside: UInt64(above / width * 0x1p53), step: width * 0x1p-53, low: low,
        rise: (above == 0 ? 1 : density(above)) - low)
    }
  }

  static let normal = Ziggurat(
    tail: 0x1.d3bb48209ad33p+1, area: 0x1.43016a5a43732p-8, density: { exponential(-0.5 * ($0 * $0)) },
    inverse: { (-2 * logarithm($0)).squareRoot() })

  static let exponential = Ziggurat(
    tail: 0x1.ec9d9297ebb83p+2, area: 0x1.02d84bc4b0285p-8, density: { exponential(-$0) }, inverse: { -logarithm($0) })

  // MARK: Functions

  /// e to a power from -700 to 0, within about one unit of the last place.
  static func exponential(_ power: Double) -> Double {
    // 2ᵏ times e to a power of at most half of log 2, of which the series converges fast.
    let k = (power * 0x1.71547652b82fep+0).rounded()
    let rest = (power - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33
    var sum = 1.0
    var divisor = 14.0
    while divisor > 0 {
      sum = 1 + rest * sum / divisor
      divisor -= 1
    }
    return sum * Double(bitPattern: UInt64(1023 + Int64(k)) << 52)
  }

  /// The logarithm of a number from 2⁻¹⁰⁰⁰ to 1, within about two units of the last place.
  static func logarithm(_ number: Double) -> Double {
    var (exponent, part) = (Double(number.exponent), number.significand)
    if part > 0x1.6a09e667f3bcdp+0 { (exponent, part) = (exponent + 1, part / 2) }
    // Twice the inverse hyperbolic tangent of (part - 1) / (part + 1).
    let ratio = (part - 1) / (part + 1)
    let square = ratio * ratio
    var sum = 0.0
    var divisor = 27.0
    while divisor > 1 {
      sum = square * (1 / divisor + sum)
      divisor -= 2
    }
    return exponent * 0x1.62e42feep-1 + (2 * ratio + 2 * ratio * sum + exponent * 0x1.a39ef35793c76p-33)
  }
}
