// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Writes the entries of a keyed container.
struct ObjectKeyedEncodingContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  /// The encoder of the container.
  private let unowned: Unmanaged<ObjectEncoder>

  /// The same, if the container can outlive it.
  private let owner: ObjectEncoder?

  /// A container, which keeps its encoder alive if it is the owner.
  init(encoder: ObjectEncoder, isOwner: Bool) {
    unowned = .passUnretained(encoder)
    owner = isOwner ? encoder : nil
  }

  /// The encoder that this container belongs to.
  private var encoder: ObjectEncoder { unowned.takeUnretainedValue() }

  /// The keys and indices that lead to the container.
  var codingPath: [any CodingKey] { encoder.codingPath }

  /// Writes an entry without value.
  func encodeNil(forKey key: Key) throws {
    guard encoder.claim() else { return }
    let number = encoder.session.keys.number(of: key.stringValue)
    encoder.putKey(number)
    encoder.writer.putSlot(.null, 0)
  }

  /// Writes any value.
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    try unowned._withUnsafeGuaranteedRef { try $0.put(value, forKey: key.stringValue) }
  }

  /// Writes a value that is there.
  ///
  /// If the value is itself an optional without value, it is written so that it differs from a value that is not there.
  func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
    guard let value, encoder.claim() else { return }
    let mark = encoder.writer.mark
    try encoder.put(value, forKey: key.stringValue)
    encoder.writer.wrapNull(at: mark, skipping: ObjectFormat.keySize, in: .optional)
  }

  /// Writes a string.
  func encode(_ value: String, forKey key: Key) throws {
    unowned._withUnsafeGuaranteedRef { $0.put(value, forKey: key.stringValue) }
  }

  /// Starts an entry that holds a keyed container.
  func nestedContainer<NestedKey: CodingKey>(
    keyedBy keyType: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    nest(key.stringValue).container(keyedBy: keyType)
  }

  /// Starts an entry that holds an unkeyed container.
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    nest(key.stringValue).unkeyedContainer()
  }

  /// Starts an entry for the superclass, with the key `super`.
  func superEncoder() -> any Encoder {
    nest(ObjectPathKey.superclass)
  }

  /// Starts an entry for the superclass.
  func superEncoder(forKey key: Key) -> any Encoder {
    nest(key.stringValue)
  }

  /// Starts an entry whose value comes in pieces.
  private func nest(_ key: String) -> ObjectEncoder {
    let number = encoder.session.keys.number(of: key)
    if encoder.claim() { encoder.putKey(number) }
    return encoder.nest(at: .key(number))
  }

  /// Writes a `Bool`.
  func encode(_ value: Bool, forKey key: Key) throws { put(value, key) }

  /// Writes an `Int`.
  func encode(_ value: Int, forKey key: Key) throws { put(value, key) }

  /// Writes an `Int8`.
  func encode(_ value: Int8, forKey key: Key) throws { put(value, key) }

  /// Writes an `Int16`.
  func encode(_ value: Int16, forKey key: Key) throws { put(value, key) }

  /// Writes an `Int32`.
  func encode(_ value: Int32, forKey key: Key) throws { put(value, key) }

  /// Writes an `Int64`.
  func encode(_ value: Int64, forKey key: Key) throws { put(value, key) }

  /// Writes an `Int128`.
  func encode(_ value: Int128, forKey key: Key) throws { put(value, key) }

  /// Writes a `UInt`.
  func encode(_ value: UInt, forKey key: Key) throws { put(value, key) }

  /// Writes a `UInt8`.
  func encode(_ value: UInt8, forKey key: Key) throws { put(value, key) }

  /// Writes a `UInt16`.
  func encode(_ value: UInt16, forKey key: Key) throws { put(value, key) }

  /// Writes a `UInt32`.
  func encode(_ value: UInt32, forKey key: Key) throws { put(value, key) }

  /// Writes a `UInt64`.
  func encode(_ value: UInt64, forKey key: Key) throws { put(value, key) }

  /// Writes a `UInt128`.
  func encode(_ value: UInt128, forKey key: Key) throws { put(value, key) }

  /// Writes a `Float`.
  func encode(_ value: Float, forKey key: Key) throws { put(value, key) }

  /// Writes a `Double`.
  func encode(_ value: Double, forKey key: Key) throws { put(value, key) }

  /// Writes a number or truth value and its key.
  @inline(__always)
  private func put<S: ObjectScalar>(_ value: S, _ key: Key) {
    unowned._withUnsafeGuaranteedRef { $0.put(value, forKey: key.stringValue) }
  }
}
