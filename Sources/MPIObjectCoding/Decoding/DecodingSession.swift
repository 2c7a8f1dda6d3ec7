// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What the decoders of one message share. It is used for many messages of the same type, one after another.
final class ObjectDecodingSession {
  /// How the values of a type are read.
  struct Plan {
    /// The shape of the type.
    let shape: ObjectShape
    /// The type itself, if it reads its own slots.
    let structural: (any ObjectStructuralDecodable.Type)?
  }

  /// The bytes, of which there are none before and after the decoding.
  @exclusivity(unchecked) private(set) var reader = ObjectReader(base: UnsafeRawPointer(bitPattern: 1)!, count: 0)

  /// What is attached to the message.
  @exclusivity(unchecked) private var attachments: [ObjectAttachment] = []

  /// What is known about the messages.
  let root: ObjectRoot

  /// The keys of the message, and those that were looked for.
  let keys: ObjectKeyTable

  /// The number of keys in the message: greater numbers are not in it.
  var keyCount: Int { root.keyCount }

  /// The plans made so far.
  @exclusivity(unchecked) private var plans = ObjectTypeCache<Plan>()

  /// Whether someone has kept a decoder or a container, so that there can't be another message.
  @exclusivity(unchecked) var isKept = false

  /// Prepares for messages of a type.
  init(root: ObjectRoot) {
    self.root = root
    keys = root.keys
  }

  /// The plan for `type`.
  @inline(__always)
  func plan<T>(for type: T.Type) -> Plan {
    plans.plan(for: type) {
      Plan(shape: ObjectShape.of(type), structural: type as? any ObjectStructuralDecodable.Type)
    }
  }

  /// Reads all but the body of a message, which it returns.
  func open(
    _ bytes: UnsafeRawBufferPointer, _ attachments: [ObjectAttachment]
  ) throws(ObjectCorruption) -> ObjectSlot {
    guard let base = bytes.baseAddress, bytes.count >= ObjectFormat.headerSize else {
      throw ObjectCorruption(text: "\(bytes.count) bytes are too few for an encoded object.")
    }
    let reader = ObjectReader(base: base, count: bytes.count)
    guard reader.load(0, as: UInt64.self) == ObjectFormat.magic else {
      throw ObjectCorruption(text: "The bytes are not those of an encoded object.")
    }
    let length = try reader.loadCount(16)
    guard length <= bytes.count else {
      throw ObjectCorruption(text: "The object is incomplete: \(bytes.count) of its \(length) bytes are there.")
    }
    guard length == bytes.count else {
      throw ObjectCorruption(text: "\(bytes.count - length) bytes follow the \(length) bytes of the object.")
    }
    let table = try reader.loadCount(8)
    guard (ObjectFormat.headerSize...length).contains(table) else {
      throw ObjectCorruption(text: "The offset of the table of keys, \(table), is out of bounds.")
    }
    guard reader.load(24, as: UInt64.self) == root.name.fingerprint else {
      throw try unexpectedType(reader.slot(at: table, before: length), reader, root.name)
    }
    let body = try reader.slot(at: ObjectFormat.headerSize, before: table)
    guard body.end == table else {
      throw ObjectCorruption(text: "\(table - body.end) bytes follow the object in the message.")
    }
    try root.takeTable(at: table, of: reader)
    self.reader = reader
    self.attachments = attachments
    return body
  }

  /// The error for a message that holds another type than the expected one.
  private func unexpectedType(
    _ slot: ObjectSlot, _ reader: ObjectReader, _ expected: ObjectTypeName
  ) throws(ObjectCorruption) -> ObjectCorruption {
    guard slot.tag == .string else { throw ObjectCorruption(text: "The message does not name the type of its object.") }
    let found = try reader.string(slot.start, slot.length)
    let other = found == expected.text ? "another type of the name \(found)" : "a \(found)"
    return ObjectCorruption(text: "The message holds \(other), not a \(expected.text).")
  }

  /// The elements of a sequence, wherever they are.
  func sequence(_ slot: ObjectSlot) throws(ObjectCorruption) -> ObjectSequence {
    try reader.sequence(slot, attachments)
  }

  /// The array that is attached as the elements of a sequence, if it is there as one.
  func attachedArray<Element>(_ elements: ObjectSequence, of type: Element.Type) -> [Element]? {
    elements.attachment.flatMap { attachments[$0].elements(of: type) }
  }

  /// Forgets the bytes, which may be gone when someone uses a decoder that has been kept.
  func close() {
    reader = ObjectReader(base: reader.base, count: 0)
    if !attachments.isEmpty { attachments = [] }
  }
}
