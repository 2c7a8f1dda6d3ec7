// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The point of the plane in the middle of the picture, written as `-0.5,0`.
struct Center: BitwiseCopyable, Equatable, Sendable {
  /// The real part.
  var real: Double

  /// The imaginary part.
  var imaginary: Double

  /// Creates a center of its parts.
  init(real: Double, imaginary: Double) {
    self.real = real
    self.imaginary = imaginary
  }

  /// Creates a center from what the user wrote.
  ///
  /// - Throws: ``OptionError``, saying what is wrong with it.
  init(parsing text: String) throws(OptionError) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw OptionError("two numbers with a comma between them are needed, such as -0.5,0.")
    }
    real = try parseNumber(parts[0])
    imaginary = try parseNumber(parts[1])
  }
}
