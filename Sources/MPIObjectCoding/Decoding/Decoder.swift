// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The decoder of one value, nested container, or superclass.
final class ObjectDecoder: Decoder {
  /// What the decoders of the message share.
  let session: ObjectDecodingSession

  /// The decoder of what contains this value.
  @exclusivity(unchecked) private var parent: ObjectDecoder?

  /// Whether this is the decoder of a value, and not of a nested container or of a superclass.
  private let isValue: Bool

  /// The number of values around this one.
  private let depth: Int

  /// The way from the parent to this value.
  @exclusivity(unchecked) private var step = ObjectPathStep.none

  /// For a dictionary, the text of the key whose value is being decoded.
  @exclusivity(unchecked) var label: String?

  /// The slot of the value.
  @exclusivity(unchecked) private(set) var slot = ObjectSlot(tag: .empty, start: 0, length: 0)

  /// The entries of a keyed container.
  @exclusivity(unchecked) var entries = ObjectEntries()

  /// A decoder for values in this one, to be used again.
  @exclusivity(unchecked) private var spareChild: ObjectDecoder?

  /// The decoder of the last nested container, to be used again.
  @exclusivity(unchecked) private var spareNested: ObjectDecoder?

  /// The keyed container of the last value.
  @exclusivity(unchecked) private var container = ObjectContainerCache()

  /// Nothing: the coder has no options.
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// The keys and indices that lead to this value.
  var codingPath: [any CodingKey] { path(to: .none) }

  /// Creates the decoder of a message.
  init(session: ObjectDecodingSession) {
    self.session = session
    parent = nil
    isValue = true
    depth = 0
  }

  /// Creates a decoder for a value, a nested container, or a superclass.
  private init(parent: ObjectDecoder, isValue: Bool) {
    session = parent.session
    self.parent = parent
    self.isValue = isValue
    depth = isValue ? parent.depth + 1 : parent.depth
  }

  /// Prepares for a value.
  @inline(__always)
  private func open(_ slot: ObjectSlot, at step: ObjectPathStep) {
    self.step = step
    self.slot = slot
    entries.open(slot)
    if label != nil { label = nil }
  }

  /// A decoder for a value in this one, to be given back with ``giveBack(_:)``.
  @inline(__always)
  func takeChild(_ slot: ObjectSlot, at step: ObjectPathStep) throws -> ObjectDecoder {
    guard let child = spareChild.take() else { return try makeChild(slot, at: step) }
    child.parent = self
    child.open(slot, at: step)
    return child
  }

  /// Keeps a decoder to be used again, unless someone else has kept it.
  @inline(__always)
  func giveBack(_ child: inout ObjectDecoder) {
    if child.spareNested != nil { child.giveBackNested() }
    guard isKnownUniquelyReferenced(&child), !child.container.isShared else { return child.keep() }
    child.parent = nil
    spareChild = child
  }

  /// Gives up the decoder to code that has kept it, or its container.
  @inline(never)
  private func keep() {
    session.isKept = true
    if container.isShared { _ = Unmanaged.passRetained(self) }
  }

  /// Keeps the nested decoder to be used again, unless someone else has kept it.
  private func giveBackNested() {
    spareNested?.giveBackNested()
    if isKnownUniquelyReferenced(&spareNested) {
      spareNested?.parent = nil
    } else if spareNested != nil {
      spareNested = nil
      session.isKept = true
    }
  }

  /// A new decoder of a value in this one.
  @inline(never)
  private func makeChild(_ slot: ObjectSlot, at step: ObjectPathStep) throws -> ObjectDecoder {
    guard depth < ObjectFormat.maximumDepth else {
      throw corrupted("Values are nested more than \(ObjectFormat.maximumDepth) deep.", at: step)
    }
    let child = ObjectDecoder(parent: self, isValue: true)
    child.open(slot, at: step)
    return child
  }

  /// A decoder for a nested container or a superclass.
  func nest(_ slot: ObjectSlot, at step: ObjectPathStep) -> ObjectDecoder {
    giveBackNested()
    let nested = spareNested ?? ObjectDecoder(parent: self, isValue: false)
    nested.parent = self
    nested.open(slot, at: step)
    spareNested = nested
    return nested
  }

  /// Reads a keyed container.
  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard slot.tag == .keyed else { throw mismatch([String: Any].self, slot, at: .none, "a keyed container") }
    guard isValue else { return KeyedDecodingContainer(ObjectKeyedDecodingContainer(decoder: self, isOwner: true)) }
    return container.container(type) { isOwner in
      KeyedDecodingContainer(ObjectKeyedDecodingContainer(decoder: self, isOwner: isOwner))
    }
  }

  /// Reads an unkeyed container.
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard slot.end <= session.reader.count else { throw corrupted(ObjectCorruption.ended.text, at: .none) }
    switch slot.tag {
    case .unkeyed:
      guard slot.length >= 8 else { throw corrupted("A container lacks the number of its elements.", at: .none) }
      return try reading(at: .none) { () throws(ObjectCorruption) in
        let count = try session.reader.loadCount(slot.start)
        guard count <= (slot.length - 8) / ObjectFormat.slotSize else {
          throw ObjectCorruption(text: "A count of \(count) elements does not fit the bytes that are there.")
        }
        let elements = ObjectSequence(tag: .slots, count: count, start: slot.start + 8, end: slot.end)
        return ObjectUnkeyedDecodingContainer(decoder: self, elements: elements)
      }
    case .sequence:
      let elements = try reading(at: .none) { () throws(ObjectCorruption) in try session.sequence(slot) }
      return ObjectUnkeyedDecodingContainer(decoder: self, elements: elements)
    default:
      throw mismatch([Any].self, slot, at: .none, "an unkeyed container")
    }
  }

  /// Reads a container for one value.
  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    guard slot.tag != .verified else { throw mismatch(Any.self, slot, at: .none, "a value of its own") }
    guard slot.tag == .single else { return ObjectSingleDecodingContainer(decoder: self, slot: slot) }
    return ObjectSingleDecodingContainer(decoder: self, slot: try inner(slot, at: .none))
  }

  /// The slot in a slot.
  func inner(_ slot: ObjectSlot, at step: ObjectPathStep) throws -> ObjectSlot {
    try reading(at: step) { () throws(ObjectCorruption) in
      try session.reader.slot(at: slot.start, before: slot.end)
    }
  }

  /// Reads a number or truth value.
  @inline(__always)
  func decodeScalar<S: ObjectScalar>(_ type: S.Type, _ slot: ObjectSlot, at step: ObjectPathStep) throws -> S {
    let isVerified = S.self == Bool.self && slot.tag == .verified
    guard slot.tag == S.tag || isVerified, slot.length == MemoryLayout<S>.size else {
      throw mismatch(type, slot, at: step)
    }
    if S.self == Bool.self, session.reader.load(slot.start, as: UInt8.self) > 1 {
      throw corrupted("A truth value in the message is neither true nor false.", at: step)
    }
    return session.reader.load(slot.start, as: type)
  }

  /// Reads a string.
  @inline(__always)
  func decodeString(_ slot: ObjectSlot, at step: ObjectPathStep) throws -> String {
    guard slot.tag == .string else { throw mismatch(String.self, slot, at: step) }
    do throws(ObjectCorruption) {
      return try session.reader.string(slot.start, slot.length)
    } catch {
      throw corrupted(error.text, at: step)
    }
  }

  /// Reads any value.
  func decode<T: Decodable>(_ type: T.Type, _ slot: ObjectSlot, at step: ObjectPathStep) throws -> T {
    let plan = session.plan(for: type)
    if let structural = plan.structural, structural.reads(slot.tag) {
      return try decodeStructure(type, as: structural, slot, at: step)
    }
    switch plan.shape {
    case .string:
      return unsafeBitCast(try decodeString(slot, at: step), to: type)
    case .scalar(let tag):
      if tag == .bool { return unsafeBitCast(try decodeScalar(Bool.self, slot, at: step), to: type) }
      guard slot.tag == tag, slot.length == MemoryLayout<T>.size else { throw mismatch(type, slot, at: step) }
      return session.reader.copy(slot.start, as: type)
    case .packed(let fingerprint) where slot.tag == .packed || slot.tag == .verified:
      return try decodePacked(type, fingerprint, slot, at: step)
    default:
      return try decodeContainer(type, slot, at: step)
    }
  }

  /// Reads a value by means of its `init(from:)`.
  private func decodeContainer<T: Decodable>(_ type: T.Type, _ slot: ObjectSlot, at step: ObjectPathStep) throws -> T {
    var decoder = try takeChild(slot, at: step)
    defer { giveBack(&decoder) }
    return try type.init(from: decoder)
  }

  /// Reads any value that may be missing.
  func decodeIfPresent<T: Decodable>(_ type: T.Type, _ slot: ObjectSlot, at step: ObjectPathStep) throws -> T? {
    switch slot.tag {
    case .null: nil
    case .optional: try decode(type, inner(slot, at: step), at: step)
    default: try decode(type, slot, at: step)
    }
  }

  /// Reads a trivially copyable value.
  private func decodePacked<T>(
    _ type: T.Type, _ fingerprint: UInt64, _ slot: ObjectSlot, at step: ObjectPathStep
  ) throws -> T {
    let size = MemoryLayout<T>.size
    if slot.tag == .verified {
      guard slot.length == MemoryLayout<T>.stride else { throw mismatch(type, slot, at: step) }
    } else {
      guard slot.length == size + ObjectFormat.trailerSize,
        session.reader.load(slot.start + size + 8, as: UInt64.self) == fingerprint
      else { throw mismatch(type, slot, at: step) }
      try reading(at: step) { () throws(ObjectCorruption) in
        try session.reader.verify(slot.start, size, checksumAt: slot.start + size)
      }
    }
    return session.reader.copy(slot.start, as: type)
  }

  /// Reads a value whose type knows how to.
  private func decodeStructure<T>(
    _ type: T.Type, as structural: any ObjectStructuralDecodable.Type, _ slot: ObjectSlot, at step: ObjectPathStep
  ) throws -> T {
    func open<S: ObjectStructuralDecodable>(_ structural: S.Type) throws -> T {
      unsafeBitCast(try S.decodeStructure(slot, from: self, at: step), to: type)
    }
    return try open(structural)
  }

  /// Calls `body`, and gives its error the coding path.
  @inline(__always)
  func reading<R>(at step: ObjectPathStep, _ body: () throws(ObjectCorruption) -> R) throws -> R {
    do throws(ObjectCorruption) {
      return try body()
    } catch {
      throw corrupted(error.text, at: step)
    }
  }

  /// The keys and indices that lead to something at `last` in this value.
  func path(to last: ObjectPathStep) -> [any CodingKey] {
    var path: [any CodingKey] = []
    var step = last
    var decoder: ObjectDecoder? = self
    while let current = decoder {
      if let key = step.key(in: session.keys.names, label: current.label) { path.append(key) }
      step = current.step
      decoder = current.parent
    }
    return path.reversed()
  }

  /// The error for bytes that no encoder has written.
  @inline(never)
  func corrupted(_ text: String, at step: ObjectPathStep) -> DecodingError {
    .dataCorrupted(.init(codingPath: path(to: step), debugDescription: text))
  }

  /// The error for a value of another type than the one asked for.
  @inline(never)
  func mismatch(
    _ type: Any.Type, _ slot: ObjectSlot, at step: ObjectPathStep, _ expected: String? = nil
  ) -> DecodingError {
    let expected = expected ?? "\(type)"
    let isSame = expected == slot.tag.text
    let text =
      isSame ? "Expected \(expected), found one of another size." : "Expected \(expected), found \(slot.tag.text)."
    let context = DecodingError.Context(codingPath: path(to: step), debugDescription: text)
    return slot.tag == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }
}
