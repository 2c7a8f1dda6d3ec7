// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A type of the standard library that is written otherwise than by its `encode(to:)`.
protocol ObjectStructuralEncodable: Encodable {
  /// Writes the slot of the value.
  func encodeStructure(to parent: ObjectEncoder, at step: ObjectPathStep) throws
}

/// An optional.
protocol ObjectOptional {
  /// The type of the value that may be there.
  static var wrapped: Any.Type { get }
}

extension Optional: ObjectOptional {
  /// The type of the value that may be there.
  static var wrapped: Any.Type { Wrapped.self }
}

extension Optional: ObjectStructuralEncodable where Wrapped: Encodable {
  /// Writes the slot of the value that is there, or that there is none.
  func encodeStructure(to parent: ObjectEncoder, at step: ObjectPathStep) throws {
    guard let value = self else { return parent.writer.appendSlot(.null) }
    let mark = parent.writer.mark
    try parent.encode(value, at: step)
    parent.writer.wrapNull(at: mark, in: .optional)
  }
}

extension Array: ObjectStructuralEncodable where Element: Encodable {
  /// Writes the slot of the elements.
  func encodeStructure(to parent: ObjectEncoder, at step: ObjectPathStep) throws {
    if Element.self == String.self { return parent.encodeStrings(unsafeBitCast(self, to: [String].self)) }
    try withUnsafeBufferPointer { try parent.encodeElements($0, of: self, at: step) }
  }
}

extension ContiguousArray: ObjectStructuralEncodable where Element: Encodable {
  /// Writes the slot of the elements.
  func encodeStructure(to parent: ObjectEncoder, at step: ObjectPathStep) throws {
    try withUnsafeBufferPointer { try parent.encodeElements($0, of: Array(self), at: step) }
  }
}

extension Set: ObjectStructuralEncodable where Element: Encodable {
  /// Writes the slot of the elements.
  func encodeStructure(to parent: ObjectEncoder, at step: ObjectPathStep) throws {
    try Array(self).encodeStructure(to: parent, at: step)
  }
}

extension Dictionary: ObjectStructuralEncodable where Key: Encodable, Value: Encodable {
  /// Writes the slot of the value.
  func encodeStructure(to parent: ObjectEncoder, at step: ObjectPathStep) throws {
    let writer = parent.writer
    let mark = writer.beginSlot()
    if !appendSimple(to: writer) {
      let keys = Array(keys)
      let values = Array(values)
      try keys.encodeStructure(to: parent, at: step)
      if Key.self == String.self, case .other = parent.session.plan(for: Value.self).shape {
        let labels = unsafeBitCast(keys, to: [String].self)
        try values.withUnsafeBufferPointer { try parent.encodeElements($0, of: values, labels: labels, at: step) }
      } else {
        try values.encodeStructure(to: parent, at: step)
      }
    }
    writer.endSlot(mark, .dictionary)
  }

  /// Writes the keys and the values, if all are of types that the most dictionaries have, without an array of either.
  @_specialize(where Key == String, Value == Int)
  @_specialize(where Key == String, Value == Double)
  @_specialize(where Key == String, Value == String)
  @_specialize(where Key == Int, Value == Int)
  @_specialize(where Key == Int, Value == Double)
  @_specialize(where Key == Int, Value == String)
  private func appendSimple(to writer: ObjectWriter) -> Bool {
    guard let keyTag = ObjectTag.ofSimpleElement(Key.self), let valueTag = ObjectTag.ofSimpleElement(Value.self) else {
      return false
    }
    var mark = writer.beginSequence(count, keyTag)
    for key in keys { writer.appendSimpleElement(key) }
    writer.endSlot(mark, .sequence)
    mark = writer.beginSequence(count, valueTag)
    for value in values { writer.appendSimpleElement(value) }
    writer.endSlot(mark, .sequence)
    return true
  }
}

extension ObjectTag {
  /// What a sequence of elements has as their tag, if they are strings, or numbers of the types that are most usual.
  @inline(__always)
  static func ofSimpleElement<Element>(_ type: Element.Type) -> ObjectTag? {
    if type == String.self { return .slots }
    if type == Int.self { return .int }
    if type == Double.self { return .double }
    return nil
  }
}

extension ObjectWriter {
  /// Appends the beginning of a sequence, to be closed by ``endSlot(_:_:)``.
  @inline(__always)
  fileprivate func beginSequence(_ count: Int, _ tag: ObjectTag) -> Mark {
    let mark = beginSlot()
    reserve(ObjectFormat.sequenceSize)
    put(UInt64(count))
    put(tag.rawValue)
    return mark
  }

  /// Appends an element of a type that has a tag by ``ObjectTag/ofSimpleElement(_:)``.
  @inline(__always)
  fileprivate func appendSimpleElement<Element>(_ element: Element) {
    if Element.self == String.self {
      appendString(unsafeBitCast(element, to: String.self))
    } else if Element.self == Int.self {
      reserve(MemoryLayout<Int>.size)
      put(unsafeBitCast(element, to: Int.self))
    } else {
      reserve(MemoryLayout<Double>.size)
      put(unsafeBitCast(element, to: Double.self))
    }
  }
}

extension ObjectEncoder {
  /// Writes the slot of an array of strings.
  fileprivate func encodeStrings(_ strings: [String]) {
    let writer = writer
    let mark = writer.beginSequence(strings.count, .slots)
    for string in strings { writer.appendString(string) }
    writer.endSlot(mark, .sequence)
  }

  /// Writes the slot of an array.
  ///
  /// - Parameters:
  ///   - elements: The elements of the array.
  ///   - owner: The array, which is kept until its bytes have been copied.
  ///   - labels: For the values of a dictionary, their keys.
  ///   - step: The way to the array.
  fileprivate func encodeElements<Element: Encodable>(
    _ elements: UnsafeBufferPointer<Element>, of owner: [Element], labels: [String]? = nil, at step: ObjectPathStep
  ) throws {
    let writer = writer
    let mark = writer.beginSlot()
    writer.reserve(ObjectFormat.sequenceSize)
    writer.put(UInt64(elements.count))
    switch session.plan(for: Element.self).shape {
    case .scalar(let tag) where tag != .bool:
      appendBytes(of: elements, owner, tag)
    case .scalar:
      appendPacked(elements, owner, ObjectFormat.boolFingerprint)
    case .packed(let fingerprint):
      appendPacked(elements, owner, fingerprint)
    case .string, .other:
      writer.put(ObjectTag.slots.rawValue)
      var encoder = try takeChild([Element].self, at: step)
      defer { giveBack(&encoder) }
      for index in elements.indices {
        if let labels { encoder.label = labels[index] }
        try encoder.encode(elements[index], at: labels == nil ? .index(index) : .entry(index))
      }
    }
    writer.endSlot(mark, .sequence)
  }

  /// Writes the tag, the bytes, their checksum, and the fingerprint of the type of trivially copyable elements.
  private func appendPacked<Element>(
    _ elements: UnsafeBufferPointer<Element>, _ owner: [Element], _ fingerprint: UInt64
  ) {
    appendBytes(of: elements, owner, .packed)
    let bytes = UnsafeRawBufferPointer(elements)
    writer.reserve(ObjectFormat.trailerSize)
    writer.put(bytes.baseAddress.map { ObjectChecksum.of($0, count: bytes.count) } ?? ObjectChecksum.ofNothing)
    writer.put(fingerprint)
  }

  /// Writes the tag and the bytes of trivially copyable elements, or attaches them to the message.
  private func appendBytes<Element>(of elements: UnsafeBufferPointer<Element>, _ owner: [Element], _ tag: ObjectTag) {
    let bytes = UnsafeRawBufferPointer(elements)
    if bytes.count >= session.leastAttachment {
      writer.put(ObjectTag.attached.rawValue)
      writer.reserve(ObjectFormat.attachmentSize)
      writer.put(tag.rawValue)
      writer.put(UInt64(session.attachments.count))
      session.attachments.append(ObjectAttachment(owner))
      return
    }
    writer.put(tag.rawValue)
    guard let start = bytes.baseAddress else { return }
    if bytes.count < ObjectWriter.blockThreshold {
      writer.reserve(bytes.count)
      writer.putBytes(start, bytes.count)
    } else {
      writer.appendBlock(bytes.count) { destination in
        owner.withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(start: destination, count: source.count).copyMemory(from: source)
        }
      }
    }
  }
}
