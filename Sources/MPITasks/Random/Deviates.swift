// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension RandomStream {
  /// A number between 0 and 1, without 1: a multiple of 2⁻⁵³.
  private mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A normal deviate: a number drawn from the normal distribution.
  ///
  /// ```swift
  /// let height = random.normal(mean: 1.78, deviation: 0.07)
  /// let step = random.normal()                       // mean 0, standard deviation 1
  /// ```
  ///
  /// The same bits on every machine and in every build, from the same place of the same stream: nothing of a C library
  /// is used, whose logarithm may differ in the last bit. The method is the ziggurat's (Marsaglia and Tsang, 2000) with
  /// 256 layers. It takes one number of the stream, and in 1 of 85 cases more, so ``position`` does not count deviates.
  ///
  /// - Parameters:
  ///   - mean: the mean.
  ///   - deviation: the standard deviation.
  public mutating func normal(mean: Double = 0, deviation: Double = 1) -> Double {
    mean + deviation * standardNormal()
  }

  /// An exponential deviate: a number drawn from the exponential distribution, such as the time to the next event of a
  /// Poisson process.
  ///
  /// ```swift
  /// arrival += random.exponential(mean: 2.5)
  /// ```
  ///
  /// The same bits on every machine, as of ``normal(mean:deviation:)``, by the same method.
  ///
  /// - Parameter mean: the mean, which is one over the rate.
  public mutating func exponential(mean: Double = 1) -> Double { mean * standardExponential() }

  private mutating func standardNormal() -> Double {
    while true {
      let bits = next()
      // 8 bits for the layer, one for the sign, 53 for the place.
      let index = Int(truncatingIfNeeded: bits & 0xFF)
      let sign = (bits & 0x100) << 55
      let place = bits >> 11
      let layer = Ziggurat.normal.layers[index]
      let distance = Double(place) * layer.step
      if place < layer.inside { return Double(bitPattern: distance.bitPattern | sign) }
      if index == 0 { return Double(bitPattern: normalTail(Ziggurat.normal.tail).bitPattern | sign) }
      if layer.low + unit() * layer.rise < Ziggurat.exponential(-0.5 * (distance * distance)) {
        return Double(bitPattern: distance.bitPattern | sign)
      }
    }
  }

  /// A normal deviate beyond a place (G. Marsaglia, "Generating a Variable from the Tail of the Normal Distribution",
  /// 1964).
  private mutating func normalTail(_ start: Double) -> Double {
    while true {
      let beyond = standardExponential() / start
      let height = standardExponential()
      if 2 * height > beyond * beyond { return start + beyond }
    }
  }

  private mutating func standardExponential() -> Double {
    // What is beyond the tail's beginning is distributed as the whole is.
    var start = 0.0
    while true {
      let bits = next()
      let index = Int(truncatingIfNeeded: bits & 0xFF)
      let place = bits >> 11
      let layer = Ziggurat.exponential.layers[index]
      let distance = Double(place) * layer.step
      if place < layer.inside { return start + distance }
      if index == 0 {
        start += Ziggurat.exponential.tail
      } else if layer.low + unit() * layer.rise < Ziggurat.exponential(-distance) {
        return start + distance
      }
    }
  }
}
