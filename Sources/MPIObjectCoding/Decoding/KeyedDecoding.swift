// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Reads the entries of a keyed container.
struct ObjectKeyedDecodingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  /// The decoder of the container.
  private let unowned: Unmanaged<ObjectDecoder>

  /// The same, if the container can outlive it.
  private let owner: ObjectDecoder?

  /// A container, which keeps its decoder alive if it is the owner.
  init(decoder: ObjectDecoder, isOwner: Bool) {
    unowned = .passUnretained(decoder)
    owner = isOwner ? decoder : nil
  }

  /// The decoder that this container belongs to.
  private var decoder: ObjectDecoder { unowned.takeUnretainedValue() }

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
      return try decoder.find(decoder.session.keys.number(of: key.stringValue)) != nil
    } catch {
      // Reading the value will report the error.
      return true
    }
  }

  /// Whether the entry with a key has no value.
  func decodeNil(forKey key: Key) throws -> Bool {
    let slot = try decoder.entry(key.stringValue).slot
    guard slot.tag == .null else { return false }
    decoder.entries.pass(slot)
    return true
  }

  /// Reads any value.
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try unowned._withUnsafeGuaranteedRef { decoder in
      let (slot, number) = try decoder.passEntry(key.stringValue)
      return try decoder.decode(type, slot, at: .key(number))
    }
  }

  /// Reads any value, if there is one.
  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    let number = decoder.session.keys.number(of: key.stringValue)
    let slot = try decoder.reading(at: .key(number)) { () throws(ObjectCorruption) in try decoder.find(number) }
    guard let slot else { return nil }
    decoder.entries.pass(slot)
    return try decoder.decodeIfPresent(type, slot, at: .key(number))
  }

  /// Reads a string.
  func decode(_ type: String.Type, forKey key: Key) throws -> String {
    try unowned._withUnsafeGuaranteedRef { try $0.takeString(forKey: key.stringValue) }
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
    let (slot, number) = try decoder.passEntry(key)
    return decoder.nest(slot, at: .key(number))
  }

  /// Reads a number or truth value.
  @inline(__always)
  private func take<S: ObjectScalar>(_ type: S.Type, _ key: Key) throws -> S {
    try unowned._withUnsafeGuaranteedRef { try $0.takeScalar(type, forKey: key.stringValue) }
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

extension ObjectDecoder {
  /// Reads a number or truth value in a keyed container.
  fileprivate func takeScalar<S: ObjectScalar>(_ type: S.Type, forKey key: String) throws -> S {
    let (slot, number) = try passEntry(key)
    return try decodeScalar(type, slot, at: .key(number))
  }

  /// Reads a string in a keyed container.
  fileprivate func takeString(forKey key: String) throws -> String {
    let (slot, number) = try passEntry(key)
    return try decodeString(slot, at: .key(number))
  }

  /// The slot of the key with a number, or `nil` if the container does not have it.
  @inline(__always)
  fileprivate func find(_ number: Int) throws(ObjectCorruption) -> ObjectSlot? {
    guard number < session.keyCount else { return nil }
    return try entries.find(number, in: session.reader)
  }

  /// The slot of a key, and the number of the key.
  @inline(__always)
  fileprivate func entry(_ key: String) throws -> (slot: ObjectSlot, number: Int) {
    let number = session.keys.number(of: key)
    let slot: ObjectSlot?
    do throws(ObjectCorruption) {
      slot = try find(number)
    } catch {
      throw corrupted(error.text, at: .key(number))
    }
    guard let slot else { throw missing(key) }
    return (slot, number)
  }

  /// The same, and goes on to the next entry.
  @inline(__always)
  fileprivate func passEntry(_ key: String) throws -> (slot: ObjectSlot, number: Int) {
    let found = try entry(key)
    entries.pass(found.slot)
    return found
  }

  /// The error for a key that the container does not have.
  @inline(never)
  private func missing(_ key: String) -> DecodingError {
    let text = "The message has no value for the key \"\(key)\"."
    return .keyNotFound(ObjectPathKey(stringValue: key), .init(codingPath: codingPath, debugDescription: text))
  }
}
