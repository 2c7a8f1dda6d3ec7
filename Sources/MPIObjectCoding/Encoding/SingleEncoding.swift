// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Writes the one value of a single-value container.
///
/// The value's slot takes the place of the container's. Only what would read as `nil` is put into a slot of its own, so
/// that a value that writes `nil` can be distinguished from one that is missing.
struct ObjectSingleEncodingContainer: SingleValueEncodingContainer {
  /// The encoder of the container.
  let encoder: ObjectEncoder

  /// The keys and indices that lead to the container.
  var codingPath: [any CodingKey] { encoder.codingPath }

  /// Writes that there is no value.
  func encodeNil() throws {
    try put(Any?.none as Any) { encoder.writer.appendSlot(.null) }
  }

  /// Writes any value.
  func encode<T: Encodable>(_ value: T) throws {
    try put(value) { try encoder.encode(value, at: .none) }
  }

  /// Writes a string.
  func encode(_ value: String) throws {
    try put(value) { encoder.writer.appendString(value) }
  }

  /// Writes a value, the first.
  @inline(__always)
  private func put(_ value: @autoclosure () -> Any, _ write: () throws -> Void) throws {
    guard encoder.claim() else { return }
    guard encoder.count == 0 else {
      let text = "A single-value container already has a value."
      throw EncodingError.invalidValue(value(), .init(codingPath: codingPath, debugDescription: text))
    }
    let mark = encoder.writer.mark
    do {
      try write()
    } catch {
      encoder.writer.rollBack(to: mark)
      throw error
    }
    encoder.writer.wrapNull(at: mark, in: .single)
    encoder.countElement()
  }

  /// Writes a number or truth value.
  @inline(__always)
  private func put<S: ObjectScalar>(_ value: S) throws {
    try put(value) {
      encoder.writer.reserve(ObjectFormat.slotSize &+ MemoryLayout<S>.size)
      encoder.writer.putScalar(value)
    }
  }

  /// Writes a `Bool`.
  func encode(_ value: Bool) throws { try put(value) }

  /// Writes an `Int`.
  func encode(_ value: Int) throws { try put(value) }

  /// Writes an `Int8`.
  func encode(_ value: Int8) throws { try put(value) }

  /// Writes an `Int16`.
  func encode(_ value: Int16) throws { try put(value) }

  /// Writes an `Int32`.
  func encode(_ value: Int32) throws { try put(value) }

  /// Writes an `Int64`.
  func encode(_ value: Int64) throws { try put(value) }

  /// Writes an `Int128`.
  func encode(_ value: Int128) throws { try put(value) }

  /// Writes a `UInt`.
  func encode(_ value: UInt) throws { try put(value) }

  /// Writes a `UInt8`.
  func encode(_ value: UInt8) throws { try put(value) }

  /// Writes a `UInt16`.
  func encode(_ value: UInt16) throws { try put(value) }

  /// Writes a `UInt32`.
  func encode(_ value: UInt32) throws { try put(value) }

  /// Writes a `UInt64`.
  func encode(_ value: UInt64) throws { try put(value) }

  /// Writes a `UInt128`.
  func encode(_ value: UInt128) throws { try put(value) }

  /// Writes a `Float`.
  func encode(_ value: Float) throws { try put(value) }

  /// Writes a `Double`.
  func encode(_ value: Double) throws { try put(value) }
}
