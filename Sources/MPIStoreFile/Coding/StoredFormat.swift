// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The bytes of tasks and results in a store.
///
/// Two equal values have the same bytes, in every process and every build: fields are sorted by their names,
/// dictionaries and sets by their bytes, and no padding is in them. So the bytes of a task make its key. And they
/// describe themselves, so that a program that does not know the types can print them, and a type that has got one more
/// optional field still reads what was stored before.
///
/// A value is a tag and what follows from it. Lengths and integers are of as few bytes as they take, seven bits in each,
/// the lowest first; floating-point numbers are in little-endian order.
enum StoredFormat {
  enum Tag: UInt8 {
    case none = 0
    case no = 1
    case yes = 2
    /// A signed integer of up to 64 bits, by zigzag.
    case int = 3
    /// An unsigned one.
    case uint = 4
    case float = 5
    case double = 6
    /// Length and UTF-8.
    case string = 7
    /// Length of all that follows, number of fields, and each field: length and UTF-8 of its name, and its value.
    case keyed = 8
    /// Length of all that follows, number of elements, and the elements.
    case unkeyed = 9
    /// Type of the elements, their number, and their bytes.
    case array = 10
    /// The memory of a value that is not `Codable`: fingerprint of its type, length, and the bytes.
    case memory = 11
    /// An integer of 128 bits.
    case wide = 12
  }

  /// The types of elements of which an array is stored as it lies in memory.
  enum Element: UInt8 {
    case int8 = 0
    case uint8 = 1
    case int16 = 2
    case uint16 = 3
    case int32 = 4
    case uint32 = 5
    case int64 = 6
    case uint64 = 7
    case float = 8
    case double = 9

    var size: Int {
      switch self {
      case .int8, .uint8: 1
      case .int16, .uint16: 2
      case .int32, .uint32, .float: 4
      case .int64, .uint64, .double: 8
      }
    }

    /// The one of the elements of a type of array; nil if it has none.
    static func of(_ type: Any.Type) -> Element? { types[ObjectIdentifier(type)] }

    private static let types: [ObjectIdentifier: Element] = [
      ObjectIdentifier([Int8].self): .int8, ObjectIdentifier([UInt8].self): .uint8,
      ObjectIdentifier([Int16].self): .int16, ObjectIdentifier([UInt16].self): .uint16,
      ObjectIdentifier([Int32].self): .int32, ObjectIdentifier([UInt32].self): .uint32,
      ObjectIdentifier([Int64].self): .int64, ObjectIdentifier([UInt64].self): .uint64,
      ObjectIdentifier([Int].self): .int64, ObjectIdentifier([UInt].self): .uint64,
      ObjectIdentifier([Float].self): .float, ObjectIdentifier([Double].self): .double,
    ]
  }

  /// How many values may be nested in one another.
  static let maximumDepth = 500
}

/// What is written there.
extension [UInt8] {
  mutating func put(_ tag: StoredFormat.Tag) { append(tag.rawValue) }

  /// A length, or an integer.
  mutating func put(length: UInt64) {
    var rest = length
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func put(length: Int) { put(length: UInt64(length)) }

  mutating func put(_ text: String) {
    var text = text
    text.withUTF8 {
      put(length: $0.count)
      append(contentsOf: $0)
    }
  }

  mutating func put(signed value: Int64) {
    put(.int)
    put(length: UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  mutating func put(memoryOf value: some BitwiseCopyable) {
    Swift.withUnsafeBytes(of: value) { append(contentsOf: $0) }
  }
}

/// A collection without an order of its own, whose elements are sorted by their bytes, so many at a time.
protocol Unordered {
  static var elementsTogether: Int { get }
}
extension Set: Unordered { static var elementsTogether: Int { 1 } }
extension Dictionary: Unordered { static var elementsTogether: Int { 2 } }

/// A value that stands for other ones, which it names: its bytes are those of what it stands for.
package protocol StandsForContent {
  /// The bytes of the key of what it stands for.
  ///
  /// - Throws: if that is gone.
  func contentForKey() throws -> [UInt8]
}
