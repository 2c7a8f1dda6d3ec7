// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The binary logarithm of a positive, finite, normal number.
///
/// It is made of IEEE arithmetic only. The C library's function chooses its code by the processor it runs on, and
/// the last bits differ; here every machine of a mixed cluster gets the same bits, and so the same picture.
/// The relative error is a few units in the last place, except near 1, where it is that of the absolute value 1e-16.
@inline(__always)
func binaryLogarithm(_ value: Double) -> Double {
  var exponent = Double(value.exponent)
  var significand = value.significand
  if significand > 1.4142135623730951 {
    significand /= 2
    exponent += 1
  }
  // log₂ s = (2 ÷ ln 2) artanh t with t = (s − 1) ÷ (s + 1), within ±0.172: ten terms of the series are enough.
  let t = (significand - 1) / (significand + 1)
  let square = t * t
  var sum = 2.8853900817779268 / 19
  sum = sum * square + 2.8853900817779268 / 17
  sum = sum * square + 2.8853900817779268 / 15
  sum = sum * square + 2.8853900817779268 / 13
  sum = sum * square + 2.8853900817779268 / 11
  sum = sum * square + 2.8853900817779268 / 9
  sum = sum * square + 2.8853900817779268 / 7
  sum = sum * square + 2.8853900817779268 / 5
  sum = sum * square + 2.8853900817779268 / 3
  sum = sum * square + 2.8853900817779268
  return exponent + sum * t
}
