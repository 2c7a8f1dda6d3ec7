// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Reads the value of a single-value container.
struct ObjectSingleDecodingContainer: SingleValueDecodingContainer {
  /// The decoder of the container.
  let decoder: ObjectDecoder

  /// The slot of the value.
  let slot: ObjectSlot

  /// The keys and indices that lead to the container.
  var codingPath: [any CodingKey] { decoder.codingPath }

  /// Whether there is no value.
  func decodeNil() -> Bool {
    slot.tag == .null
  }

  /// Reads any value.
  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try check()
    return try decoder.decode(type, slot, at: .none)
  }

  /// Reads a string.
  func decode(_ type: String.Type) throws -> String {
    try check()
    return try decoder.decodeString(slot, at: .none)
  }

  /// Checks that the bytes are still there.
  @inline(__always)
  private func check() throws {
    guard slot.end <= decoder.session.reader.count else {
      throw decoder.corrupted(ObjectCorruption.ended.text, at: .none)
    }
  }

  /// Reads a number or truth value.
  @inline(__always)
  private func take<S: ObjectScalar>(_ type: S.Type) throws -> S {
    try check()
    return try decoder.decodeScalar(type, slot, at: .none)
  }

  /// Reads a `Bool`.
  func decode(_ type: Bool.Type) throws -> Bool { try take(type) }

  /// Reads an `Int`.
  func decode(_ type: Int.Type) throws -> Int { try take(type) }

  /// Reads an `Int8`.
  func decode(_ type: Int8.Type) throws -> Int8 { try take(type) }

  /// Reads an `Int16`.
  func decode(_ type: Int16.Type) throws -> Int16 { try take(type) }

  /// Reads an `Int32`.
  func decode(_ type: Int32.Type) throws -> Int32 { try take(type) }

  /// Reads an `Int64`.
  func decode(_ type: Int64.Type) throws -> Int64 { try take(type) }

  /// Reads an `Int128`.
  func decode(_ type: Int128.Type) throws -> Int128 { try take(type) }

  /// Reads a `UInt`.
  func decode(_ type: UInt.Type) throws -> UInt { try take(type) }

  /// Reads a `UInt8`.
  func decode(_ type: UInt8.Type) throws -> UInt8 { try take(type) }

  /// Reads a `UInt16`.
  func decode(_ type: UInt16.Type) throws -> UInt16 { try take(type) }

  /// Reads a `UInt32`.
  func decode(_ type: UInt32.Type) throws -> UInt32 { try take(type) }

  /// Reads a `UInt64`.
  func decode(_ type: UInt64.Type) throws -> UInt64 { try take(type) }

  /// Reads a `UInt128`.
  func decode(_ type: UInt128.Type) throws -> UInt128 { try take(type) }

  /// Reads a `Float`.
  func decode(_ type: Float.Type) throws -> Float { try take(type) }

  /// Reads a `Double`.
  func decode(_ type: Double.Type) throws -> Double { try take(type) }
}
