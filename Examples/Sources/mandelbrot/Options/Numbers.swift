// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What is wrong with an option's value. The parser puts the value and the option's name before it.
struct OptionError: Error, CustomStringConvertible {
  /// The explanation: a clause that ends a sentence.
  let description: String

  /// Creates an error of its explanation.
  init(_ description: String) {
    self.description = description
  }
}

/// The finite number that a text is.
///
/// - Throws: ``OptionError``, if it is none.
func parseNumber(_ text: some StringProtocol) throws(OptionError) -> Double {
  guard let number = Double(text) else { throw OptionError("'\(text)' is not a number.") }
  guard number.isFinite else { throw OptionError("'\(text)' is not a finite number.") }
  return number
}

/// The whole number that a text is. One too large for `Int` becomes the largest of its sign.
///
/// - Throws: ``OptionError``, if it is none.
func parseWholeNumber(_ text: some StringProtocol) throws(OptionError) -> Int {
  if let number = Int(text) { return number }
  let digits = text.drop { $0 == "-" || $0 == "+" }
  guard !digits.isEmpty, text.count - digits.count <= 1, digits.allSatisfy({ "0"..."9" ~= $0 }) else {
    throw OptionError("'\(text)' is not a whole number.")
  }
  return text.hasPrefix("-") ? .min : .max
}

/// The width of the plane that a text asks for.
///
/// - Throws: ``OptionError``, if it's not positive and finite.
func parseWidth(_ text: String) throws(OptionError) -> Double {
  let width = try parseNumber(text)
  guard width > 0 else { throw OptionError("the width must be more than 0.") }
  return width
}

/// The number of iterations that a text asks for.
///
/// - Throws: ``OptionError``, if it's not in the range that makes sense.
func parseIterations(_ text: String) throws(OptionError) -> Int {
  let most = 1_000_000_000
  let iterations = try parseWholeNumber(text)
  guard iterations >= 1 else { throw OptionError("1 iteration or more is needed.") }
  guard iterations <= most else { throw OptionError("\(most) iterations are the limit.") }
  return iterations
}

/// A positive number with two digits that count, not less than it is, such as `4.3e-13`.
func scientific(roundingUp number: Double) -> String {
  var (value, exponent) = (number, 0)
  while value < 1 { (value, exponent) = (value * 10, exponent - 1) }
  while value >= 10 { (value, exponent) = (value / 10, exponent + 1) }
  let tenths = Int((value * 10).rounded(.up))
  return tenths == 100 ? "1.0e\(exponent + 1)" : "\(tenths / 10).\(tenths % 10)e\(exponent)"
}
