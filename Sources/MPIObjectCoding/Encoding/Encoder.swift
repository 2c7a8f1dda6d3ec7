// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The encoder of one value, nested container, or superclass.
final class ObjectEncoder: Encoder {
  /// Whether an encoder may write.
  enum State {
    /// It may.
    case open
    /// It may, after the nested container that is being written has been closed.
    case lending
    /// It may not: its parent has gone on.
    case closed
  }

  /// What the encoders of the message share.
  let session: ObjectEncodingSession

  /// Where the bytes go.
  let writer: ObjectWriter

  /// The encoder of what contains this value.
  @exclusivity(unchecked) private var parent: ObjectEncoder?

  /// Whether this is the encoder of a value, and not of a nested container or of a superclass.
  private let isValue: Bool

  /// The number of values around this one.
  private let depth: Int

  /// The way from the parent to this value.
  @exclusivity(unchecked) private var step = ObjectPathStep.none

  /// For a dictionary, the text of the key whose value is being encoded.
  @exclusivity(unchecked) var label: String?

  /// Whether this encoder may write.
  @exclusivity(unchecked) private var state = State.open

  /// The kind of container asked for.
  @exclusivity(unchecked) private var kind = ObjectTag.empty

  /// The number of elements written.
  @exclusivity(unchecked) private(set) var count = 0

  /// Where the slot or its payload starts.
  @exclusivity(unchecked) private var start: ObjectWriter.Mark

  /// The nested encoder that writes to the same place.
  @exclusivity(unchecked) private var nested: ObjectEncoder?

  /// The nested encoders that have writers of their own.
  @exclusivity(unchecked) private var separate: [ObjectEncoder] = []

  /// Whether a nested container of this value was written to after its parent had gone on.
  @exclusivity(unchecked) private(set) var isOutOfOrder = false

  /// An encoder for values in this one, to be used again.
  @exclusivity(unchecked) private var spareChild: ObjectEncoder?

  /// The encoder of the last nested container, to be used again.
  @exclusivity(unchecked) private var spareNested: ObjectEncoder?

  /// The keyed container of the last value.
  @exclusivity(unchecked) private var container = ObjectContainerCache()

  /// Nothing: the coder has no options.
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// The keys and indices that lead to this value.
  var codingPath: [any CodingKey] { path(to: .none) }

  /// Creates the encoder of a message.
  init(session: ObjectEncodingSession, writer: ObjectWriter) {
    self.session = session
    self.writer = writer
    parent = nil
    isValue = true
    depth = 0
    start = writer.mark
  }

  /// Creates an encoder for a value, a nested container, or a superclass.
  private init(parent: ObjectEncoder, isValue: Bool, writer: ObjectWriter) {
    session = parent.session
    self.writer = writer
    self.parent = parent
    self.isValue = isValue
    depth = isValue ? parent.depth + 1 : parent.depth
    start = writer.mark
  }

  /// Prepares for a value.
  @inline(__always)
  private func open(at step: ObjectPathStep) {
    self.step = step
    state = .open
    kind = .empty
    count = 0
    start = writer.mark
    isOutOfOrder = false
    if nested != nil { nested = nil }
    if label != nil { label = nil }
    if !separate.isEmpty { separate = [] }
  }

  /// An encoder for a value in this one, to be given back with ``giveBack(_:)``.
  @inline(__always)
  func takeChild(_ type: Any.Type, at step: ObjectPathStep) throws -> ObjectEncoder {
    guard let child = spareChild.take() else { return try makeChild(type, at: step) }
    child.parent = self
    child.open(at: step)
    return child
  }

  /// Keeps an encoder to be used again, unless someone else has kept it.
  @inline(__always)
  func giveBack(_ child: inout ObjectEncoder) {
    if child.spareNested != nil || !child.separate.isEmpty { child.giveBackNested() }
    guard isKnownUniquelyReferenced(&child), !child.container.isShared else { return child.keep() }
    child.parent = nil
    spareChild = child
  }

  /// Gives up the encoder to code that has kept it, or its container.
  @inline(never)
  private func keep() {
    session.isKept = true
    if container.isShared { _ = Unmanaged.passRetained(self) }
  }

  /// Keeps the nested encoder to be used again, unless someone else has kept it, and lets go of separate ones.
  private func giveBackNested() {
    nested = nil
    for encoder in separate { encoder.giveBackNested() }
    separate = []
    spareNested?.giveBackNested()
    if isKnownUniquelyReferenced(&spareNested) {
      spareNested?.parent = nil
    } else if spareNested != nil {
      spareNested = nil
      session.isKept = true
    }
  }

  /// A new encoder of a value in this one.
  @inline(never)
  private func makeChild(_ type: Any.Type, at step: ObjectPathStep) throws -> ObjectEncoder {
    guard depth < ObjectFormat.maximumDepth else {
      let text = "Values are nested more than \(ObjectFormat.maximumDepth) deep, or refer to one another in a circle."
      throw EncodingError.invalidValue(type, .init(codingPath: path(to: step), debugDescription: text))
    }
    let child = ObjectEncoder(parent: self, isValue: true, writer: writer)
    child.step = step
    return child
  }

  /// Completes the slot.
  func close() {
    guard state != .closed else { return }
    closeNested()
    for encoder in separate {
      encoder.close()
      writer.resolve(encoder.writer)
    }
    switch kind {
    case .keyed:
      writer.endSlot(start, .keyed)
    case .unkeyed:
      writer.endSlot(start, .unkeyed)
      writer.patch(UInt64(count), at: start.count)
    case .single where count > 0:
      break
    default:
      writer.appendSlot(.empty)
    }
    state = .closed
  }

  /// Completes the nested container that writes to the same place.
  private func closeNested() {
    guard let encoder = nested else { return }
    encoder.close()
    nested = nil
    state = .open
  }

  /// Gets ready to write, or returns `false` if what would be written has to be dropped.
  @inline(__always)
  func claim() -> Bool {
    state == .open ? true : claimLent()
  }

  /// Gets ready to write if the encoder is not simply open.
  @inline(never)
  private func claimLent() -> Bool {
    if state == .lending {
      closeNested()
      return true
    }
    // The value that all this belongs to has to be encoded again.
    var owner = self
    while !owner.isValue, let parent = owner.parent { owner = parent }
    owner.isOutOfOrder = true
    return false
  }

  /// Starts a container of a kind, unless it has been started before.
  private func begin(_ kind: ObjectTag) {
    guard self.kind != kind, claim() else { return }
    guard self.kind == .empty else {
      fail("A value has asked for two kinds of containers.")
      state = .closed
      return
    }
    self.kind = kind
    switch kind {
    case .keyed: start = writer.beginSlot()
    case .unkeyed:
      start = writer.beginSlot()
      writer.reserve(8)
      writer.put(UInt64(0))
    default: break
    }
  }

  /// Takes note of an error in a place that cannot throw.
  private func fail(_ text: String) {
    guard session.failure == nil else { return }
    let path = codingPath
    session.failure = EncodingError.invalidValue(path, .init(codingPath: path, debugDescription: text))
  }

  /// An encoder for a nested container or a superclass, the slot of which comes next.
  func nest(at step: ObjectPathStep) -> ObjectEncoder {
    let separates = session.separatesNested
    let encoder: ObjectEncoder
    if !separates { giveBackNested() }
    if !separates, let spare = spareNested {
      encoder = spare
      encoder.parent = self
    } else {
      encoder = ObjectEncoder(parent: self, isValue: false, writer: separates ? ObjectWriter(capacity: 128) : writer)
      if !separates { spareNested = encoder }
    }
    encoder.open(at: step)
    if state == .closed {
      encoder.state = .closed
    } else if separates {
      separate.append(encoder)
      writer.append(encoder.writer)
    } else {
      nested = encoder
      state = .lending
    }
    return encoder
  }

  /// Starts a keyed container.
  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    begin(.keyed)
    guard isValue else { return KeyedEncodingContainer(ObjectKeyedEncodingContainer(encoder: self, isOwner: true)) }
    return container.container(type) { isOwner in
      KeyedEncodingContainer(ObjectKeyedEncodingContainer(encoder: self, isOwner: isOwner))
    }
  }

  /// Starts an unkeyed container.
  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    begin(.unkeyed)
    return ObjectUnkeyedEncodingContainer(encoder: self)
  }

  /// Starts a container for one value.
  func singleValueContainer() -> any SingleValueEncodingContainer {
    begin(.single)
    return ObjectSingleEncodingContainer(encoder: self)
  }

  /// Counts an element.
  @inline(__always)
  func countElement() {
    count &+= 1
  }

  /// The keys and indices that lead to something at `last` in this value.
  func path(to last: ObjectPathStep) -> [any CodingKey] {
    var path: [any CodingKey] = []
    var step = last
    var encoder: ObjectEncoder? = self
    while let current = encoder {
      if let key = step.key(in: session.keys.names, label: current.label) { path.append(key) }
      step = current.step
      encoder = current.parent
    }
    return path.reversed()
  }
}
