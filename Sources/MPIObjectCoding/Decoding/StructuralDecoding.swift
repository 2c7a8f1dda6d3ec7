// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A type of the standard library that is read otherwise than by its `init(from:)`.
protocol ObjectStructuralDecodable: Decodable {
  /// Whether the type reads slots with this tag.
  static func reads(_ tag: ObjectTag) -> Bool

  /// Reads the value from its slot.
  static func decodeStructure(_ slot: ObjectSlot, from parent: ObjectDecoder, at step: ObjectPathStep) throws -> Self
}

extension Optional: ObjectStructuralDecodable where Wrapped: Decodable {
  /// Whether the type reads slots with this tag.
  static func reads(_ tag: ObjectTag) -> Bool { tag != .verified }

  /// Reads the value from its slot.
  static func decodeStructure(_ slot: ObjectSlot, from parent: ObjectDecoder, at step: ObjectPathStep) throws -> Self {
    try parent.decodeIfPresent(Wrapped.self, slot, at: step)
  }
}

extension Array: ObjectStructuralDecodable where Element: Decodable {
  /// Whether the type reads slots with this tag.
  static func reads(_ tag: ObjectTag) -> Bool { tag == .sequence }

  /// Reads the value from its slot.
  static func decodeStructure(_ slot: ObjectSlot, from parent: ObjectDecoder, at step: ObjectPathStep) throws -> Self {
    if Element.self == String.self {
      return unsafeBitCast(try parent.decodeStrings(slot, at: step), to: Self.self)
    }
    let elements = try parent.sequence(slot, at: step)
    if parent.session.copies(Element.self, from: elements) {
      return parent.session.attachedArray(elements, of: Element.self)
        ?? parent.session.reader.copyArray(elements, of: Element.self)
    }
    guard elements.tag != .packed else { throw parent.mismatch(Self.self, slot, at: step) }
    var decoder = try parent.takeChild(slot, at: step)
    defer { parent.giveBack(&decoder) }
    return try read(elements, decoder)
  }

  /// Reads the elements one after another.
  private static func read(_ elements: ObjectSequence, _ decoder: ObjectDecoder) throws -> Self {
    let reader = decoder.session.reader
    var result: Self = []
    result.reserveCapacity(elements.capacity(for: MemoryLayout<Element>.stride))
    var offset = elements.start
    for index in 0..<elements.count {
      let slot = try decoder.element(of: elements, at: offset, .index(index), reader)
      result.append(try decoder.decode(Element.self, slot, at: .index(index)))
      offset = slot.end
    }
    return result
  }
}

extension ContiguousArray: ObjectStructuralDecodable where Element: Decodable {
  /// Whether the type reads slots with this tag.
  static func reads(_ tag: ObjectTag) -> Bool { tag == .sequence }

  /// Reads the value from its slot.
  static func decodeStructure(_ slot: ObjectSlot, from parent: ObjectDecoder, at step: ObjectPathStep) throws -> Self {
    ContiguousArray(try Array<Element>.decodeStructure(slot, from: parent, at: step))
  }
}

extension Set: ObjectStructuralDecodable where Element: Decodable {
  /// Whether the type reads slots with this tag.
  static func reads(_ tag: ObjectTag) -> Bool { tag == .sequence }

  /// Reads the value from its slot.
  static func decodeStructure(_ slot: ObjectSlot, from parent: ObjectDecoder, at step: ObjectPathStep) throws -> Self {
    let elements = try Array<Element>.decodeStructure(slot, from: parent, at: step)
    let result = Set(elements)
    guard result.count == elements.count else {
      throw parent.corrupted("A set in the message has the same element twice.", at: step)
    }
    return result
  }
}

extension Dictionary: ObjectStructuralDecodable where Key: Decodable, Value: Decodable {
  /// Whether the type reads slots with this tag.
  static func reads(_ tag: ObjectTag) -> Bool { tag == .dictionary }

  /// Reads the value from its slot.
  static func decodeStructure(_ slot: ObjectSlot, from parent: ObjectDecoder, at step: ObjectPathStep) throws -> Self {
    let (keySlot, valueSlot) = try parent.columns(of: slot, at: step)
    let columns = (keys: try parent.sequence(keySlot, at: step), values: try parent.sequence(valueSlot, at: step))
    guard columns.keys.count == columns.values.count else {
      let (keys, values) = (columns.keys.count, columns.values.count)
      throw parent.corrupted("A dictionary has \(keys) keys, but \(values) values.", at: step)
    }
    let result: Self
    if columns.keys.tag == ObjectTag.ofSimpleElement(Key.self),
      columns.values.tag == ObjectTag.ofSimpleElement(Value.self)
    {
      result = try parent.reading(at: step) { () throws(ObjectCorruption) in
        try readSimple(columns.keys, columns.values, parent.session.reader)
      }
    } else {
      result = try read(keySlot, valueSlot, columns.values, from: parent, at: step)
    }
    guard result.count == columns.keys.count else {
      throw parent.corrupted("A dictionary in the message has the same key twice.", at: step)
    }
    return result
  }

  /// Reads keys and values of the types that the most dictionaries have, without an array of either.
  @_specialize(where Key == String, Value == Int)
  @_specialize(where Key == String, Value == Double)
  @_specialize(where Key == String, Value == String)
  @_specialize(where Key == Int, Value == Int)
  @_specialize(where Key == Int, Value == Double)
  @_specialize(where Key == Int, Value == String)
  private static func readSimple(
    _ keys: ObjectSequence, _ values: ObjectSequence, _ reader: ObjectReader
  ) throws(ObjectCorruption) -> Self {
    var result = Dictionary(minimumCapacity: keys.count)
    var keyOffset = keys.start
    var valueOffset = values.start
    for _ in 0..<keys.count {
      let key = try reader.simpleElement(Key.self, at: &keyOffset, before: keys.end)
      result[key] = try reader.simpleElement(Value.self, at: &valueOffset, before: values.end)
    }
    return result
  }

  /// Reads keys and values of any types.
  private static func read(
    _ keySlot: ObjectSlot, _ valueSlot: ObjectSlot, _ elements: ObjectSequence, from parent: ObjectDecoder,
    at step: ObjectPathStep
  ) throws -> Self {
    let keys = try Array<Key>.decodeStructure(keySlot, from: parent, at: step)
    let values: [Value]
    if Key.self == String.self, elements.tag != .packed, !parent.session.copies(Value.self, from: elements) {
      let labels = unsafeBitCast(keys, to: [String].self)
      var decoder = try parent.takeChild(valueSlot, at: step)
      defer { parent.giveBack(&decoder) }
      values = try readValues(elements, labels, decoder)
    } else {
      values = try Array<Value>.decodeStructure(valueSlot, from: parent, at: step)
    }
    var result = Dictionary(minimumCapacity: keys.count)
    for index in keys.indices { result[keys[index]] = values[index] }
    return result
  }

  /// Reads the values of a dictionary with these keys.
  private static func readValues(
    _ elements: ObjectSequence, _ labels: [String], _ decoder: ObjectDecoder
  ) throws -> [Value] {
    let reader = decoder.session.reader
    var result: [Value] = []
    result.reserveCapacity(elements.capacity(for: MemoryLayout<Value>.stride))
    var offset = elements.start
    for index in 0..<elements.count {
      decoder.label = labels[index]
      let slot = try decoder.element(of: elements, at: offset, .entry(index), reader)
      result.append(try decoder.decode(Value.self, slot, at: .entry(index)))
      offset = slot.end
    }
    return result
  }
}

extension ObjectSequence {
  /// The number of elements of a size for which to make room at first.
  ///
  /// A corrupted message may claim to have many elements that are small there and large in memory.
  func capacity(for stride: Int) -> Int {
    min(count, max(16, 4 &* (end &- start) / stride))
  }
}

extension ObjectDecodingSession {
  /// Whether the elements of a sequence have no slots, but only bytes that are copied.
  func copies<Element>(_ type: Element.Type, from elements: ObjectSequence) -> Bool {
    let size = elements.count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard size == (elements.end - elements.start, false) else { return false }
    return switch plan(for: type).shape {
    case .scalar(.bool): elements.tag == .packed && elements.fingerprint == ObjectFormat.boolFingerprint
    case .packed(let fingerprint): elements.tag == .packed && elements.fingerprint == fingerprint
    case .scalar(let tag): elements.tag == tag
    default: false
    }
  }
}

extension ObjectReader {
  /// An element of a type that has a tag by ``ObjectTag/ofSimpleElement(_:)``, in a sequence with that tag.
  @inline(__always)
  fileprivate func simpleElement<Element>(
    _ type: Element.Type, at offset: inout Int, before end: Int
  ) throws(ObjectCorruption) -> Element {
    if type == String.self {
      let slot = try slot(at: offset, before: end)
      guard slot.tag == .string else { throw ObjectCorruption(text: "Expected String, found \(slot.tag.text).") }
      offset = slot.end
      return unsafeBitCast(try string(slot.start, slot.length), to: type)
    }
    // A number of eight bytes; the sequence has `count` of them.
    let bits = load(offset, as: UInt64.self)
    offset &+= MemoryLayout<UInt64>.size
    return unsafeBitCast(bits, to: type)
  }

  /// The elements of a sequence that ``ObjectDecodingSession/copies(_:from:)``.
  func copyArray<Element>(_ elements: ObjectSequence, of type: Element.Type) -> [Element] {
    [Element](unsafeUninitializedCapacity: elements.count) { buffer, initializedCount in
      let source = UnsafeRawBufferPointer(start: base + elements.start, count: elements.end - elements.start)
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
      initializedCount = elements.count
    }
  }

  /// The slot of the element at an offset, as if each element had one.
  @inline(__always)
  func element(of elements: ObjectSequence, at offset: Int) throws(ObjectCorruption) -> ObjectSlot {
    if elements.tag == .slots { return try slot(at: offset, before: elements.end) }
    guard elements.end <= count || elements.attachment != nil && count > 0 else { throw ObjectCorruption.ended }
    let size = (elements.end - elements.start) / elements.count
    return ObjectSlot(tag: elements.tag == .packed ? .verified : elements.tag, start: offset, length: size)
  }
}

extension ObjectDecoder {
  /// The elements of a sequence.
  fileprivate func sequence(_ slot: ObjectSlot, at step: ObjectPathStep) throws -> ObjectSequence {
    guard slot.tag == .sequence else { throw mismatch([Any].self, slot, at: step, ObjectTag.sequence.text) }
    return try reading(at: step) { () throws(ObjectCorruption) in try session.sequence(slot) }
  }

  /// The slot of an element.
  @inline(__always)
  fileprivate func element(
    of elements: ObjectSequence, at offset: Int, _ step: ObjectPathStep, _ reader: ObjectReader
  ) throws -> ObjectSlot {
    do throws(ObjectCorruption) {
      return try reader.element(of: elements, at: offset)
    } catch {
      throw corrupted(error.text, at: step)
    }
  }

  /// Reads an array of strings.
  fileprivate func decodeStrings(_ slot: ObjectSlot, at step: ObjectPathStep) throws -> [String] {
    let elements = try sequence(slot, at: step)
    let reader = session.reader
    var result: [String] = []
    result.reserveCapacity(elements.capacity(for: MemoryLayout<String>.stride))
    var offset = elements.start
    for index in 0..<elements.count {
      do throws(ObjectCorruption) {
        let element = try reader.element(of: elements, at: offset)
        guard element.tag == .string else {
          throw ObjectCorruption(text: "Expected String, found \(element.tag.text).")
        }
        result.append(try reader.string(element.start, element.length))
        offset = element.end
      } catch {
        throw try takeChild(slot, at: step).corrupted(error.text, at: .index(index))
      }
    }
    return result
  }

  /// The slots of the keys and of the values of a dictionary.
  fileprivate func columns(of slot: ObjectSlot, at step: ObjectPathStep) throws -> (ObjectSlot, ObjectSlot) {
    try reading(at: step) { () throws(ObjectCorruption) in
      let keys = try session.reader.slot(at: slot.start, before: slot.end)
      let values = try session.reader.slot(at: keys.end, before: slot.end)
      guard values.end == slot.end else {
        throw ObjectCorruption(text: "A dictionary in the message does not consist of keys and values.")
      }
      return (keys, values)
    }
  }
}
