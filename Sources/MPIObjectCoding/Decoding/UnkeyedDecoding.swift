// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Reads the elements of an unkeyed container, or of an array or set.
struct ObjectUnkeyedDecodingContainer: UnkeyedDecodingContainer {
  /// The decoder of the container.
  private let decoder: ObjectDecoder

  /// The place of the elements.
  private let elements: ObjectSequence

  /// The offset of the next element.
  private var offset: Int

  /// The number of elements read.
  private(set) var currentIndex = 0

  /// The keys and indices that lead to the container.
  var codingPath: [any CodingKey] { decoder.codingPath }

  /// The number of elements.
  var count: Int? { elements.count }

  /// Whether all elements have been read.
  var isAtEnd: Bool { currentIndex >= elements.count }

  /// Reads from the first element on.
  init(decoder: ObjectDecoder, elements: ObjectSequence) {
    self.decoder = decoder
    self.elements = elements
    offset = elements.start
  }

  /// Reads that the next element is missing, if it is.
  mutating func decodeNil() throws -> Bool {
    let slot = try peek(Any?.self)
    guard slot.tag == .null else { return false }
    pass(slot)
    return true
  }

  /// Reads any value.
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let slot = try peek(type)
    try check(type, slot)
    let value = try decoder.decode(type, slot, at: .index(currentIndex))
    pass(slot)
    return value
  }

  /// Reads any value, if there is one.
  mutating func decodeIfPresent<T: Decodable>(_ type: T.Type) throws -> T? {
    guard !isAtEnd else { return nil }
    let slot = try peek(type)
    try check(type, slot)
    let value = try decoder.decodeIfPresent(type, slot, at: .index(currentIndex))
    pass(slot)
    return value
  }

  /// Reads a string.
  mutating func decode(_ type: String.Type) throws -> String {
    let slot = try peek(type)
    let value = try decoder.decodeString(slot, at: .index(currentIndex))
    pass(slot)
    return value
  }

  /// Reads a keyed container.
  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    let slot = try peek([String: Any].self)
    let container = try decoder.nest(slot, at: .index(currentIndex)).container(keyedBy: type)
    pass(slot)
    return container
  }

  /// Reads an unkeyed container.
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let slot = try peek([Any].self)
    let container = try decoder.nest(slot, at: .index(currentIndex)).unkeyedContainer()
    pass(slot)
    return container
  }

  /// A decoder for the superclass.
  mutating func superDecoder() throws -> any Decoder {
    let slot = try peek((any Decoder).self)
    defer { pass(slot) }
    return decoder.nest(slot, at: .index(currentIndex))
  }

  /// The slot of the next element.
  @inline(__always)
  private func peek(_ type: Any.Type) throws -> ObjectSlot {
    guard currentIndex < elements.count else {
      let text = "All \(elements.count) elements of the container have been read."
      let path = decoder.path(to: .index(currentIndex))
      throw DecodingError.valueNotFound(type, .init(codingPath: path, debugDescription: text))
    }
    return try decoder.reading(at: .index(currentIndex)) { () throws(ObjectCorruption) in
      try decoder.session.reader.element(of: elements, at: offset)
    }
  }

  /// Checks that packed elements, which have their type only once, are of a type.
  @inline(__always)
  private func check<T>(_ type: T.Type, _ slot: ObjectSlot) throws {
    guard slot.tag != .verified || decoder.session.copies(type, from: elements) else {
      throw decoder.mismatch(type, slot, at: .index(currentIndex))
    }
  }

  /// Takes note that the element with this slot has been read.
  @inline(__always)
  private mutating func pass(_ slot: ObjectSlot) {
    offset = slot.end
    currentIndex &+= 1
  }

  /// Reads a number or truth value.
  @inline(__always)
  private mutating func take<S: ObjectScalar>(_ type: S.Type) throws -> S {
    let slot = try peek(type)
    try check(type, slot)
    let value = try decoder.decodeScalar(type, slot, at: .index(currentIndex))
    pass(slot)
    return value
  }

  /// Reads a `Bool`.
  mutating func decode(_ type: Bool.Type) throws -> Bool { try take(type) }

  /// Reads an `Int`.
  mutating func decode(_ type: Int.Type) throws -> Int { try take(type) }

  /// Reads an `Int8`.
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try take(type) }

  /// Reads an `Int16`.
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try take(type) }

  /// Reads an `Int32`.
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try take(type) }

  /// Reads an `Int64`.
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try take(type) }

  /// Reads an `Int128`.
  mutating func decode(_ type: Int128.Type) throws -> Int128 { try take(type) }

  /// Reads a `UInt`.
  mutating func decode(_ type: UInt.Type) throws -> UInt { try take(type) }

  /// Reads a `UInt8`.
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try take(type) }

  /// Reads a `UInt16`.
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take(type) }

  /// Reads a `UInt32`.
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take(type) }

  /// Reads a `UInt64`.
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take(type) }

  /// Reads a `UInt128`.
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try take(type) }

  /// Reads a `Float`.
  mutating func decode(_ type: Float.Type) throws -> Float { try take(type) }

  /// Reads a `Double`.
  mutating func decode(_ type: Double.Type) throws -> Double { try take(type) }
}
