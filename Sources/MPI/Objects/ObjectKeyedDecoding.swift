/// Reads the entries of a keyed container.
struct ObjectKeyedDecodingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  /// The decoder of the container.
  let decoder: ObjectDecoder

  /// The keys and indices that lead to the container.
  var codingPath: [any CodingKey] { decoder.codingPath }

  /// The keys of all entries that are keys of this type.
  var allKeys: [Key] {
    let session = decoder.session
    var numbers: [Int] = []
    // A corrupted container has the keys that can be found. What is wrong shows when their values are read.
    try? decoder.entries.forEachNumber(in: session.reader) { number in
      if number < session.keyCount { numbers.append(number) }
    }
    if numbers.count > 1 {
      var seen: Set<Int> = []
      numbers.removeAll { !seen.insert($0).inserted }
    }
    return numbers.compactMap { Key(stringValue: session.keys.names[$0]) }
  }

  /// Whether there is an entry with a key.
  func contains(_ key: Key) -> Bool {
    do throws(ObjectCorruption) {
      return try find(decoder.session.keys.number(of: key.stringValue)) != nil
    } catch {
      // Reading the value will report the error.
      return true
    }
  }

  /// Whether the entry with a key has no value.
  func decodeNil(forKey key: Key) throws -> Bool {
    let slot = try entry(key.stringValue).slot
    guard slot.tag == .null else { return false }
    decoder.entries.pass(slot)
    return true
  }

  /// Reads any value.
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    let (slot, number) = try entry(key.stringValue)
    decoder.entries.pass(slot)
    return try decoder.decode(type, slot, at: .key(number))
  }

  /// Reads any value, if there is one.
  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    let number = decoder.session.keys.number(of: key.stringValue)
    let slot = try decoder.reading(at: .key(number)) { () throws(ObjectCorruption) in try find(number) }
    guard let slot else { return nil }
    decoder.entries.pass(slot)
    return try decoder.decodeIfPresent(type, slot, at: .key(number))
  }

  /// Reads a string.
  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    let (slot, number) = try entry(key.stringValue)
    decoder.entries.pass(slot)
    return try decoder.decodeString(slot, at: .key(number))
  }

  /// Reads a keyed container.
  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try nest(key.stringValue).container(keyedBy: type)
  }

  /// Reads an unkeyed container.
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try nest(key.stringValue).unkeyedContainer()
  }

  /// A decoder for the superclass, which has the key `super`.
  func superDecoder() throws -> any Decoder {
    try nest(ObjectPathKey.superclass)
  }

  /// A decoder for the superclass.
  func superDecoder(forKey key: Key) throws -> any Decoder {
    try nest(key.stringValue)
  }

  /// The decoder of the entry with a key.
  private func nest(_ key: String) throws -> ObjectDecoder {
    let (slot, number) = try entry(key)
    decoder.entries.pass(slot)
    return decoder.nest(slot, at: .key(number))
  }

  /// The slot of the entry with a key that has this number, if there is one.
  @inline(__always)
  private func find(_ number: Int) throws(ObjectCorruption) -> ObjectSlot? {
    guard number < decoder.session.keyCount else { return nil }
    return try decoder.entries.find(number, in: decoder.session.reader)
  }

  /// The slot of the entry with a key, and the number of the key.
  @inline(__always)
  private func entry(_ key: String) throws -> (slot: ObjectSlot, number: Int) {
    let number = decoder.session.keys.number(of: key)
    let slot = try decoder.reading(at: .key(number)) { () throws(ObjectCorruption) in try find(number) }
    guard let slot else { throw missing(key) }
    return (slot, number)
  }

  /// The error for a key without an entry.
  @inline(never)
  private func missing(_ key: String) -> DecodingError {
    let text = "The message has no value for the key \"\(key)\"."
    return .keyNotFound(ObjectPathKey(stringValue: key), .init(codingPath: codingPath, debugDescription: text))
  }

  /// Reads a number or truth value.
  @inline(__always)
  private func take<S: ObjectScalar>(_ type: S.Type, _ key: Key) throws -> S {
    let (slot, number) = try entry(key.stringValue)
    decoder.entries.pass(slot)
    return try decoder.decodeScalar(type, slot, at: .key(number))
  }

  /// Reads a `Bool`.
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try take(type, key) }

  /// Reads an `Int`.
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try take(type, key) }

  /// Reads an `Int8`.
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try take(type, key) }

  /// Reads an `Int16`.
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try take(type, key) }

  /// Reads an `Int32`.
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try take(type, key) }

  /// Reads an `Int64`.
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try take(type, key) }

  /// Reads an `Int128`.
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try take(type, key) }

  /// Reads a `UInt`.
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try take(type, key) }

  /// Reads a `UInt8`.
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try take(type, key) }

  /// Reads a `UInt16`.
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try take(type, key) }

  /// Reads a `UInt32`.
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try take(type, key) }

  /// Reads a `UInt64`.
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try take(type, key) }

  /// Reads a `UInt128`.
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try take(type, key) }

  /// Reads a `Float`.
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try take(type, key) }

  /// Reads a `Double`.
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try take(type, key) }
}
