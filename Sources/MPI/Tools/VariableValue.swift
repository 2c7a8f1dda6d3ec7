// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The value of a variable of the MPI library: see ``ControlVariable`` and ``PerformanceVariable``.
///
/// ```swift
/// try variable.set(4096)
/// let limit = try variable.read().integer  // Int? : nil if it is no number
/// ```
public enum VariableValue: Sendable, Hashable {
  /// A number that may be negative.
  case integer(Int)
  /// A number that is never negative.
  case unsigned(UInt)
  /// A floating-point number.
  case double(Double)
  /// Yes or no.
  case boolean(Bool)
  /// A text.
  case string(String)
  /// One of a few values with names: its name, and the number that it stands for. See ``VariableEnumeration``.
  case item(String, Int)
  /// Several values, such as one for each rank.
  case list([VariableValue])

  /// The number, if it is one: of an item, the one it stands for.
  public var integer: Int? {
    switch self {
    case .integer(let number), .item(_, let number): number
    case .unsigned(let number): Int(exactly: number)
    default: nil
    }
  }

  /// All the numbers, one or several; nil if they are none.
  public var integers: [Int]? {
    let numbers = elements.compactMap(\.integer)
    return numbers.count == elements.count ? numbers : nil
  }

  /// The number, whole or not, if it is one.
  public var double: Double? {
    if case .double(let number) = self { return number }
    if case .unsigned(let number) = self { return Double(number) }
    return integer.map { Double($0) }
  }

  /// Yes or no, if it is that.
  public var boolean: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }

  /// The text, if it is one, or the name of an item.
  public var string: String? {
    switch self {
    case .string(let text), .item(let text, _): text
    default: nil
    }
  }

  /// The values of a list; of anything else, itself.
  public var elements: [VariableValue] {
    if case .list(let values) = self { values } else { [self] }
  }

  /// As Open MPI reads it in the environment.
  var environmentText: String {
    switch self {
    case .item(_, let number): "\(number)"
    case .boolean(let value): value ? "1" : "0"
    case .list(let values): values.map(\.environmentText).joined(separator: ",")
    default: description
    }
  }
}

extension VariableValue: CustomStringConvertible {
  /// The number, the text, or the item's name; of several, each, with commas between them.
  public var description: String {
    switch self {
    case .integer(let number): "\(number)"
    case .unsigned(let number): "\(number)"
    case .double(let number): "\(number)"
    case .boolean(let value): "\(value)"
    case .string(let text): text
    case .item(let name, _): name
    case .list(let values): values.map(\.description).joined(separator: ", ")
    }
  }
}

extension VariableValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  /// A number, as written in a program.
  ///
  /// - Parameter value: the number.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A floating-point number, as written in a program.
  ///
  /// - Parameter value: the number.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// Yes or no, as written in a program.
  ///
  /// - Parameter value: true or false.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  /// A text, or the name of an item, as written in a program.
  ///
  /// - Parameter value: the text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Several values, as written in a program.
  ///
  /// - Parameter elements: the values.
  public init(arrayLiteral elements: VariableValue...) { self = .list(elements) }
}

/// The names that a variable's numbers have.
///
/// C: `MPI_T_enum_get_info`, `MPI_T_enum_get_item`. MPI-3.1, section 14.3.5.
public struct VariableEnumeration: Sendable, Hashable {
  /// The name of the enumeration.
  public let name: String
  /// The names and their numbers, in MPI's order.
  public let items: [Item]

  /// A name and its number.
  public struct Item: Sendable, Hashable {
    /// The name.
    public let name: String
    /// The number of the value.
    public let value: Int
  }

  /// MPI's description of an enumeration, or nil if there is none.
  init?(_ handle: MPI_T_enum?) {
    guard let handle, handle != CMPI_T_ENUM_NULL else { return nil }
    var count: CInt = 0
    guard let name = toolsString({ MPI_T_enum_get_info(handle, &count, $0, $1) }) else { return nil }
    var items: [Item] = []
    for index in 0..<count {
      var value: CInt = 0
      guard let name = toolsString({ MPI_T_enum_get_item(handle, index, &value, $0, $1) }) else { continue }
      items.append(Item(name: name, value: Int(value)))
    }
    self.name = name
    self.items = items
  }
}

/// A string of the tools interface, whose length is asked first; nil if it fails.
func toolsString(_ fetch: (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CInt>) -> CInt) -> String? {
  var length: CInt = 0
  guard fetch(nil, &length) == 0 else { return nil }
  return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(length) + 1) { buffer in
    buffer.initialize(repeating: 0)
    return fetch(buffer.baseAddress, &length) == 0 ? String(cString: buffer.baseAddress!) : nil
  }
}

/// Two such strings of one call: a name and what it is for.
func toolsStrings(
  _ fetch: (
    UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CInt>, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CInt>
  ) -> CInt
) -> (String, String)? {
  var purposeLength: CInt = 0
  guard let name = toolsString({ fetch($0, $1, nil, &purposeLength) }) else { return nil }
  var nameLength: CInt = 0
  guard let purpose = toolsString({ fetch(nil, &nameLength, $0, $1) }) else { return nil }
  return (name, purpose)
}
