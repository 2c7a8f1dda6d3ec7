// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension StoredCoder {
  /// The value of bytes.
  ///
  /// - Throws: what the `init(from:)` of a type throws, and `DecodingError` if the bytes are not those of such a value.
  package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    let reader = StoredReader(bytes: bytes)
    return try StoredDecoder(reader: reader, start: 0, path: []).value(type)
  }

  /// Calls `body` with the memory of a value that is not `Codable`.
  ///
  /// - Throws: `DecodingError` if the bytes are not those of a value of the fingerprint and the size.
  package static func withMemory<Result>(
    of bytes: [UInt8], fingerprint: UInt64, size: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) throws -> Result {
    var place = StoredReader.Place(bytes, 0)
    guard try place.tag() == .memory, try place.fixed(UInt64.self) == fingerprint,
      try place.length() == size, bytes.count - place.at == size
    else { throw StoredReader.damaged("another type's value") }
    return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[place.at...])) }
  }
}

/// The bytes of a value, to be read in any order.
final class StoredReader {
  let bytes: [UInt8]
  init(bytes: [UInt8]) { self.bytes = bytes }

  static func damaged(_ what: String, at path: [any CodingKey] = []) -> DecodingError {
    .dataCorrupted(.init(codingPath: path, debugDescription: "the bytes of the store are \(what)"))
  }

  /// A place in bytes, from which on is read.
  struct Place {
    let bytes: [UInt8]
    var at: Int

    init(_ bytes: [UInt8], _ at: Int) {
      self.bytes = bytes
      self.at = at
    }

    mutating func byte() throws -> UInt8 {
      guard at < bytes.count else { throw StoredReader.damaged("too few") }
      defer { at += 1 }
      return bytes[at]
    }

    mutating func tag() throws -> StoredFormat.Tag {
      guard let tag = StoredFormat.Tag(rawValue: try byte()) else { throw StoredReader.damaged("of no known form") }
      return tag
    }

    mutating func number() throws -> UInt64 {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while shift < 64 {
        let next = try byte()
        value |= UInt64(next & 0x7F) << shift
        if next < 0x80 { return value }
        shift += 7
      }
      throw StoredReader.damaged("no number")
    }

    mutating func signed() throws -> Int64 {
      let bits = try number()
      return Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1)
    }

    /// A length of bytes that follow.
    mutating func length() throws -> Int {
      let length = try number()
      guard length <= UInt64(bytes.count - at) else { throw StoredReader.damaged("too few") }
      return Int(length)
    }

    mutating func fixed<Value: BitwiseCopyable>(_: Value.Type) throws -> Value {
      guard bytes.count - at >= MemoryLayout<Value>.size else { throw StoredReader.damaged("too few") }
      defer { at += MemoryLayout<Value>.size }
      return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: Value.self) }
    }

    mutating func text() throws -> String {
      let length = try length()
      defer { at += length }
      return String(decoding: bytes[at..<at + length], as: UTF8.self)
    }

    /// Passes a value.
    mutating func skip() throws {
      switch try tag() {
      case .none, .no, .yes: break
      case .int, .uint: _ = try number()
      case .float: _ = try fixed(UInt32.self)
      case .double: _ = try fixed(UInt64.self)
      case .wide:
        _ = try fixed(UInt64.self)
        _ = try fixed(UInt64.self)
      case .string, .keyed, .unkeyed:
        let length = try length()
        at += length
      case .array: at = try array().range.upperBound
      case .memory:
        _ = try fixed(UInt64.self)
        let length = try length()
        at += length
      }
    }

    /// What an array of numbers has, and where; behind its tag.
    mutating func array() throws -> (element: StoredFormat.Element, count: Int, range: Range<Int>) {
      guard let element = StoredFormat.Element(rawValue: try byte()) else {
        throw StoredReader.damaged("of no known form")
      }
      let count = try number()
      guard count <= UInt64((bytes.count - at) / element.size) else { throw StoredReader.damaged("too few") }
      return (element, Int(count), at..<at + Int(count) * element.size)
    }
  }
}

/// The decoder of one value.
private struct StoredDecoder: Decoder {
  let reader: StoredReader
  let start: Int
  let path: [any CodingKey]

  var codingPath: [any CodingKey] { path }
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  var place: StoredReader.Place { StoredReader.Place(reader.bytes, start) }

  func mismatch<Value>(_ type: Value.Type, _ tag: StoredFormat.Tag) -> DecodingError {
    .typeMismatch(type, .init(codingPath: path, debugDescription: "what is stored is \(tag), and not \(type)"))
  }

  var isNil: Bool { reader.bytes.indices.contains(start) && reader.bytes[start] == StoredFormat.Tag.none.rawValue }

  func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if Value.self == Int.self { return try integer(Int.self) as! Value }
    if Value.self == Double.self { return try double() as! Value }
    if Value.self == String.self { return try string() as! Value }
    guard let element = StoredFormat.Element.of(type) else {
      guard path.count < StoredFormat.maximumDepth else { throw StoredReader.damaged("nested too deep", at: path) }
      return try Value(from: self)
    }
    var place = place
    let tag = try place.tag()
    guard tag == .array else { throw mismatch(type, tag) }
    let array = try place.array()
    guard array.element == element else { throw mismatch(type, tag) }
    func take<E: BitwiseCopyable>(_: E.Type) -> [E] {
      [E](unsafeUninitializedCapacity: array.count) { memory, count in
        reader.bytes.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(memory).copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[array.range]))
        }
        count = array.count
      }
    }
    if Value.self == [Int].self { return take(Int.self) as! Value }
    if Value.self == [UInt].self { return take(UInt.self) as! Value }
    return switch element {
    case .int8: take(Int8.self) as! Value
    case .uint8: take(UInt8.self) as! Value
    case .int16: take(Int16.self) as! Value
    case .uint16: take(UInt16.self) as! Value
    case .int32: take(Int32.self) as! Value
    case .uint32: take(UInt32.self) as! Value
    case .int64: take(Int64.self) as! Value
    case .uint64: take(UInt64.self) as! Value
    case .float: take(Float.self) as! Value
    case .double: take(Double.self) as! Value
    }
  }

  func bool() throws -> Bool {
    var place = place
    switch try place.tag() {
    case .yes: return true
    case .no: return false
    case let tag: throw mismatch(Bool.self, tag)
    }
  }

  func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
    var place = place
    let value: Value?
    switch try place.tag() {
    case .int: value = Value(exactly: try place.signed())
    case .uint: value = Value(exactly: try place.number())
    case .wide:
      let low = try place.fixed(UInt64.self)
      let bits = UInt128(try place.fixed(UInt64.self)) << 64 | UInt128(low)
      value = Value(truncatingIfNeeded: bits)
    case let tag: throw mismatch(type, tag)
    }
    guard let value else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: path, debugDescription: "what is stored does not fit into \(type)"))
    }
    return value
  }

  func double() throws -> Double {
    var place = place
    switch try place.tag() {
    case .double: return Double(bitPattern: try place.fixed(UInt64.self))
    case let tag: throw mismatch(Double.self, tag)
    }
  }

  func float() throws -> Float {
    var place = place
    switch try place.tag() {
    case .float: return Float(bitPattern: try place.fixed(UInt32.self))
    case let tag: throw mismatch(Float.self, tag)
    }
  }

  func string() throws -> String {
    var place = place
    switch try place.tag() {
    case .string: return try place.text()
    case let tag: throw mismatch(String.self, tag)
    }
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    var place = place
    let tag = try place.tag()
    guard tag == .keyed else { throw mismatch([String: Any].self, tag) }
    _ = try place.length()
    let count = try place.number()
    var fields: [String: Int] = [:]
    for _ in 0..<count {
      let name = try place.text()
      fields[name] = place.at
      try place.skip()
    }
    return KeyedDecodingContainer(KeyedReader<Key>(decoder: self, fields: fields))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    var place = place
    let tag = try place.tag()
    guard tag == .unkeyed else { throw mismatch([Any].self, tag) }
    _ = try place.length()
    let count = try place.number()
    guard count <= UInt64(reader.bytes.count) else { throw StoredReader.damaged("too few", at: path) }
    return UnkeyedReader(decoder: self, number: Int(count), place: place)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { SingleReader(decoder: self) }
}

private struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: StoredDecoder
  let fields: [String: Int]

  var codingPath: [any CodingKey] { decoder.path }
  var allKeys: [Key] { fields.keys.sorted().compactMap { Key(stringValue: $0) } }
  func contains(_ key: Key) -> Bool { fields[key.stringValue] != nil }

  private func field(_ key: any CodingKey) throws -> StoredDecoder {
    guard let start = fields[key.stringValue] else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: decoder.path, debugDescription: "what is stored has no '\(key.stringValue)'"))
    }
    return StoredDecoder(reader: decoder.reader, start: start, path: decoder.path + [key])
  }

  func decodeNil(forKey key: Key) throws -> Bool { try field(key).isNil }
  func decode(_: Bool.Type, forKey key: Key) throws -> Bool { try field(key).bool() }
  func decode(_: String.Type, forKey key: Key) throws -> String { try field(key).string() }
  func decode(_: Double.Type, forKey key: Key) throws -> Double { try field(key).double() }
  func decode(_: Float.Type, forKey key: Key) throws -> Float { try field(key).float() }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try field(key).integer(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try field(key).integer(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try field(key).integer(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try field(key).integer(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try field(key).integer(type) }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try field(key).integer(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try field(key).integer(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try field(key).integer(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try field(key).integer(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try field(key).integer(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try field(key).integer(type) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try field(key).integer(type) }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try field(key).value(type) }

  func nestedContainer<Other: CodingKey>(
    keyedBy type: Other.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Other> {
    try field(key).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try field(key).unkeyedContainer()
  }
  func superDecoder() throws -> any Decoder { try field(PathKey.super) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try field(key) }
}

private struct UnkeyedReader: UnkeyedDecodingContainer {
  let decoder: StoredDecoder
  let number: Int
  var place: StoredReader.Place
  var currentIndex = 0

  var codingPath: [any CodingKey] { decoder.path }
  var count: Int? { number }
  var isAtEnd: Bool { currentIndex >= number }

  private var element: StoredDecoder {
    get throws {
      let path = decoder.path + [PathKey(index: currentIndex)]
      guard !isAtEnd else {
        throw DecodingError.valueNotFound(Any.self, .init(codingPath: path, debugDescription: "there are no more"))
      }
      return StoredDecoder(reader: decoder.reader, start: place.at, path: path)
    }
  }

  private mutating func next<Value>(_ body: (StoredDecoder) throws -> Value) throws -> Value {
    let value = try body(try element)
    try place.skip()
    currentIndex += 1
    return value
  }

  mutating func decodeNil() throws -> Bool {
    guard try element.isNil else { return false }
    _ = try next { _ in }
    return true
  }
  mutating func decode(_: Bool.Type) throws -> Bool { try next { try $0.bool() } }
  mutating func decode(_: String.Type) throws -> String { try next { try $0.string() } }
  mutating func decode(_: Double.Type) throws -> Double { try next { try $0.double() } }
  mutating func decode(_: Float.Type) throws -> Float { try next { try $0.float() } }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next { try $0.value(type) } }
  mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    try next { try $0.container(keyedBy: type) }
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next { try $0.unkeyedContainer() }
  }
  mutating func superDecoder() throws -> any Decoder { try next { $0 } }
}

private struct SingleReader: SingleValueDecodingContainer {
  let decoder: StoredDecoder
  var codingPath: [any CodingKey] { decoder.path }

  func decodeNil() -> Bool { decoder.isNil }
  func decode(_: Bool.Type) throws -> Bool { try decoder.bool() }
  func decode(_: String.Type) throws -> String { try decoder.string() }
  func decode(_: Double.Type) throws -> Double { try decoder.double() }
  func decode(_: Float.Type) throws -> Float { try decoder.float() }
  func decode(_ type: Int.Type) throws -> Int { try decoder.integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(type) }
  func decode(_ type: Int128.Type) throws -> Int128 { try decoder.integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(type) }
  func decode(_ type: UInt128.Type) throws -> UInt128 { try decoder.integer(type) }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }
}
