// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension ObjectEncoder {
  /// Writes the slot of a value.
  func encode<T: Encodable>(_ value: T, at step: ObjectPathStep) throws {
    let plan = session.plan(for: T.self)
    if let type = plan.structural { return try encodeStructure(value, as: type, at: step) }
    switch plan.shape {
    case .string:
      writer.appendString(unsafeBitCast(value, to: String.self))
    case .scalar(let tag):
      let size = MemoryLayout<T>.size
      writer.reserve(ObjectFormat.slotSize + size)
      writer.putSlot(tag, size)
      withUnsafeBytes(of: value) { bytes in
        if let start = bytes.baseAddress { writer.putBytes(start, size) }
      }
    case .packed(let fingerprint):
      encodePacked(value, fingerprint)
    case .other:
      try encodeContainer(value, at: step)
    }
  }

  /// Writes the slot of a trivially copyable value.
  private func encodePacked<T>(_ value: T, _ fingerprint: UInt64) {
    let size = MemoryLayout<T>.size
    let length = size + ObjectFormat.trailerSize
    writer.reserve(ObjectFormat.slotSize + length)
    writer.putSlot(.packed, length)
    withUnsafeBytes(of: value) { bytes in
      if let start = bytes.baseAddress { writer.putBytes(start, size) }
    }
    writer.put(ObjectChecksum.of(writer.base + (writer.count - size), count: size))
    writer.put(fingerprint)
  }

  /// Writes the slot of a value whose type knows how to.
  private func encodeStructure<T>(
    _ value: T, as type: any ObjectStructuralEncodable.Type, at step: ObjectPathStep
  ) throws {
    func open<S: ObjectStructuralEncodable>(_ type: S.Type) throws {
      try unsafeBitCast(value, to: type).encodeStructure(to: self, at: step)
    }
    try open(type)
  }

  /// Writes the slot of a value by means of its `encode(to:)`.
  private func encodeContainer<T: Encodable>(_ value: T, at step: ObjectPathStep) throws {
    let (mark, attachments) = (writer.mark, session.attachments.count)
    if try encodeOnce(value, at: step) { return }
    session.separatesNested = true
    writer.rollBack(to: mark)
    session.attachments.removeSubrange(attachments...)
    _ = try encodeOnce(value, at: step)
  }

  /// Writes the slot of a value by means of its `encode(to:)`, and returns whether that has used its containers in
  /// order.
  private func encodeOnce<T: Encodable>(_ value: T, at step: ObjectPathStep) throws -> Bool {
    var encoder = try takeChild(T.self, at: step)
    defer { giveBack(&encoder) }
    try value.encode(to: encoder)
    encoder.close()
    return !encoder.isOutOfOrder
  }

  /// Writes a number or truth value and its key.
  func put<S: ObjectScalar>(_ value: S, forKey key: String) {
    guard claim() else { return }
    let number = session.keys.number(of: key)
    writer.reserve(ObjectFormat.keySize &+ ObjectFormat.slotSize &+ MemoryLayout<S>.size)
    writer.put(UInt32(truncatingIfNeeded: number))
    writer.putScalar(value)
  }

  /// Writes a string and its key.
  func put(_ value: String, forKey key: String) {
    guard claim() else { return }
    putKey(session.keys.number(of: key))
    writer.appendString(value)
  }

  /// Writes any value and its key.
  func put<T: Encodable>(_ value: T, forKey key: String) throws {
    guard claim() else { return }
    let number = session.keys.number(of: key)
    let mark = writer.mark
    putKey(number)
    do {
      try encode(value, at: .key(number))
    } catch {
      writer.rollBack(to: mark)
      throw error
    }
  }

  /// Writes the number of a key, and makes room for the word of the slot.
  @inline(__always)
  func putKey(_ number: Int) {
    writer.reserve(ObjectFormat.keySize &+ ObjectFormat.slotSize)
    writer.put(UInt32(truncatingIfNeeded: number))
  }
}
