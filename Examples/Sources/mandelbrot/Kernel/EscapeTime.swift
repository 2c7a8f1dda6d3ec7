// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The rules by which a point's escape time is defined. Whatever computes it follows them to the last bit.
///
/// The orbit of a point *c* is z₁ = c, zₙ₊₁ = zₙ² + c. The point has escaped at the first *n* for which |zₙ|² is past
/// ``limit``; one that has not after the planned number of iterations counts as one of the set.
enum EscapeTime {
  /// The value of a point that doesn't escape.
  static let never = Double.infinity

  /// The square of the bailout radius, 256. An orbit is lost from 2 on, but the farther it is followed,
  /// the closer ``smooth(count:magnitude:)`` comes to a smooth function of the point.
  static let limit = 65536.0

  /// One step of an orbit.
  ///
  /// - Parameters:
  ///   - x: The real part of zₙ, replaced by that of zₙ₊₁.
  ///   - y: The imaginary part.
  ///   - a: The real part of the point.
  ///   - b: The imaginary part of the point.
  @inline(__always)
  static func step(_ x: inout Double, _ y: inout Double, _ a: Double, _ b: Double) {
    let product = x * y
    x = x * x - y * y + a
    y = product + product + b
  }

  /// The escape time as a real number, which has no jumps where the count of iterations has.
  ///
  /// - Parameters:
  ///   - count: The number of iterations after which the orbit was past ``limit``.
  ///   - magnitude: |z|² at that time.
  /// - Returns: A number in `count ... count + 1` for points near the set, less for points that start past the limit;
  ///   never less than 0.
  static func smooth(count: Int, magnitude: Double) -> Double {
    let finite = magnitude < .greatestFiniteMagnitude ? magnitude : .greatestFiniteMagnitude
    // log₂ of the limit is 16; each iteration doubles the logarithm.
    let value = Double(count) + 1 - binaryLogarithm(binaryLogarithm(finite) / 16)
    return max(value, 0)
  }

  /// Whether a point lies in one of the set's two largest parts, of which no iteration is needed to know that it
  /// doesn't escape: the main cardioid, and the disk around −1.
  @inline(__always)
  static func isInLargeBulb(_ a: Double, _ b: Double) -> Bool {
    let square = b * b
    guard square < 1 else { return false }
    let fromCusp = a - 0.25
    let q = fromCusp * fromCusp + square
    return q * (q + fromCusp) <= square / 4 || (a + 1) * (a + 1) + square <= 0.0625
  }
}
