// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Writes the elements of an unkeyed container.
struct ObjectUnkeyedEncodingContainer: UnkeyedEncodingContainer {
  /// The encoder of the container.
  let encoder: ObjectEncoder

  /// The keys and indices that lead to the container.
  var codingPath: [any CodingKey] { encoder.codingPath }

  /// The number of elements written.
  var count: Int { encoder.count }

  /// Writes an element without value.
  func encodeNil() throws {
    guard encoder.claim() else { return }
    encoder.writer.appendSlot(.null)
    encoder.countElement()
  }

  /// Writes any value.
  func encode<T: Encodable>(_ value: T) throws {
    guard encoder.claim() else { return }
    let mark = encoder.writer.mark
    do {
      try encoder.encode(value, at: .index(encoder.count))
    } catch {
      encoder.writer.rollBack(to: mark)
      throw error
    }
    encoder.countElement()
  }

  /// Writes a string.
  func encode(_ value: String) throws {
    guard encoder.claim() else { return }
    encoder.writer.appendString(value)
    encoder.countElement()
  }

  /// Starts an element that is a keyed container.
  func nestedContainer<NestedKey: CodingKey>(keyedBy keyType: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
    nest().container(keyedBy: keyType)
  }

  /// Starts an element that is an unkeyed container.
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    nest().unkeyedContainer()
  }

  /// Starts an element for the superclass.
  func superEncoder() -> any Encoder {
    nest()
  }

  /// Starts an element that comes in pieces.
  private func nest() -> ObjectEncoder {
    let isWritable = encoder.claim()
    let nested = encoder.nest(at: .index(encoder.count))
    if isWritable { encoder.countElement() }
    return nested
  }

  /// Writes a number or truth value.
  @inline(__always)
  private func put<S: ObjectScalar>(_ value: S) {
    guard encoder.claim() else { return }
    encoder.writer.reserve(ObjectFormat.slotSize &+ MemoryLayout<S>.size)
    encoder.writer.putScalar(value)
    encoder.countElement()
  }

  /// Writes a `Bool`.
  func encode(_ value: Bool) throws { put(value) }

  /// Writes an `Int`.
  func encode(_ value: Int) throws { put(value) }

  /// Writes an `Int8`.
  func encode(_ value: Int8) throws { put(value) }

  /// Writes an `Int16`.
  func encode(_ value: Int16) throws { put(value) }

  /// Writes an `Int32`.
  func encode(_ value: Int32) throws { put(value) }

  /// Writes an `Int64`.
  func encode(_ value: Int64) throws { put(value) }

  /// Writes an `Int128`.
  func encode(_ value: Int128) throws { put(value) }

  /// Writes a `UInt`.
  func encode(_ value: UInt) throws { put(value) }

  /// Writes a `UInt8`.
  func encode(_ value: UInt8) throws { put(value) }

  /// Writes a `UInt16`.
  func encode(_ value: UInt16) throws { put(value) }

  /// Writes a `UInt32`.
  func encode(_ value: UInt32) throws { put(value) }

  /// Writes a `UInt64`.
  func encode(_ value: UInt64) throws { put(value) }

  /// Writes a `UInt128`.
  func encode(_ value: UInt128) throws { put(value) }

  /// Writes a `Float`.
  func encode(_ value: Float) throws { put(value) }

  /// Writes a `Double`.
  func encode(_ value: Double) throws { put(value) }
}
