// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Turns values into the bytes of a store.
package enum StoredCoder {
  /// The bytes of a value.
  ///
  /// - Throws: what the `encode(to:)` of a type throws.
  package static func encode<Value: Encodable>(_ value: Value) throws -> [UInt8] {
    try encode(value, EncodingSession(forKey: false))
  }

  /// The bytes of a value for a key, in which what stands for something else is that.
  ///
  /// - Returns: the bytes, and whether they are those of ``encode(_:)``.
  package static func encodeForKey<Value: Encodable>(_ value: Value) throws -> (bytes: [UInt8], areOwn: Bool) {
    let session = EncodingSession(forKey: true)
    let bytes = try encode(value, session)
    return (bytes, !session.hasStandIns)
  }

  private static func encode<Value: Encodable>(_ value: Value, _ session: EncodingSession) throws -> [UInt8] {
    let frame = session.take()
    try frame.write(value, at: [])
    return frame.bytes
  }

  /// The bytes of the memory of a value that is not `Codable`.
  package static func encode(memory: UnsafeRawBufferPointer, fingerprint: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(memory.count + 12)
    bytes.put(.memory)
    bytes.put(memoryOf: fingerprint)
    bytes.put(length: memory.count)
    bytes.append(contentsOf: memory)
    return bytes
  }
}

/// What the encoders of one value share.
private final class EncodingSession {
  let forKey: Bool
  /// Frames that can be used again.
  private var spare: [EncodingFrame] = []
  private var groups: [ObjectIdentifier: Int] = [:]
  var depth = 0
  /// Whether anything stood for something else.
  private(set) var hasStandIns = false
  private var standIns: [ObjectIdentifier: Bool] = [:]

  /// What a value stands for; nil if it stands for itself.
  func content<Value>(of value: Value) throws -> [UInt8]? {
    guard forKey else { return nil }
    let key = ObjectIdentifier(Value.self)
    if let known = standIns[key], !known { return nil }
    let stand = value as? any StandsForContent
    standIns[key] = stand != nil
    if stand != nil { hasStandIns = true }
    return try stand?.contentForKey()
  }

  init(forKey: Bool) { self.forKey = forKey }

  func take() -> EncodingFrame { spare.popLast() ?? EncodingFrame(session: self) }

  func giveBack(_ frame: EncodingFrame) {
    frame.reset()
    spare.append(frame)
  }

  /// How many elements of a value of a type are sorted together; 0 if they have an order.
  func group(of type: Any.Type) -> Int {
    let key = ObjectIdentifier(type)
    if let known = groups[key] { return known }
    let found = (type as? any Unordered.Type)?.elementsTogether ?? 0
    groups[key] = found
    return found
  }
}

/// The encoder of one value, and its bytes.
private final class EncodingFrame: Encoder {
  private enum Form { case nothing, single, keyed, unkeyed }

  /// A part of the value: where its bytes are, or the frame that will have them.
  struct Part {
    var name = ""
    var range = 0..<0
    var frame: EncodingFrame?
  }

  let session: EncodingSession
  var codingPath: [any CodingKey] = []
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  var bytes: [UInt8] = []
  var parts: [Part] = []
  private var form = Form.nothing
  private var group = 0

  init(session: EncodingSession) { self.session = session }

  func reset() {
    codingPath = []
    bytes.removeAll(keepingCapacity: true)
    parts.removeAll(keepingCapacity: true)
    (form, group) = (.nothing, 0)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    form = .keyed
    return KeyedEncodingContainer(KeyedWriter<Key>(frame: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    form = .unkeyed
    return UnkeyedWriter(frame: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    form = .single
    return SingleWriter(frame: self)
  }

  /// Adds the bytes of a value.
  func write<Value: Encodable>(_ value: Value, at path: [any CodingKey]) throws {
    if writeSimple(value) { return }
    if let content = try session.content(of: value) {
      bytes.append(contentsOf: content)
      return
    }
    guard session.depth < StoredFormat.maximumDepth else {
      throw EncodingError.invalidValue(
        value, .init(codingPath: path, debugDescription: "values are nested too deep, or in one another"))
    }
    session.depth += 1
    defer { session.depth -= 1 }
    let frame = session.take()
    frame.codingPath = path
    frame.group = session.group(of: Value.self)
    try value.encode(to: frame)
    frame.finish(into: &bytes)
    session.giveBack(frame)
  }

  private func writeSimple<Value>(_ value: Value) -> Bool {
    switch value {
    case let value as Int where Value.self == Int.self: bytes.put(signed: Int64(value))
    case let value as Double where Value.self == Double.self: write(value)
    case let value as String where Value.self == String.self:
      bytes.put(.string)
      bytes.put(value)
    default:
      guard let element = StoredFormat.Element.of(Value.self) else { return false }
      func add<E: BitwiseCopyable>(_: E.Type) {
        (value as! [E]).withUnsafeBytes { memory in
          bytes.put(.array)
          bytes.append(element.rawValue)
          bytes.put(length: memory.count / element.size)
          bytes.append(contentsOf: memory)
        }
      }
      switch value {
      case is [Int]: add(Int.self)
      case is [UInt]: add(UInt.self)
      default:
        switch element {
        case .int8: add(Int8.self)
        case .uint8: add(UInt8.self)
        case .int16: add(Int16.self)
        case .uint16: add(UInt16.self)
        case .int32: add(Int32.self)
        case .uint32: add(UInt32.self)
        case .int64: add(Int64.self)
        case .uint64: add(UInt64.self)
        case .float: add(Float.self)
        case .double: add(Double.self)
        }
      }
    }
    return true
  }

  func write(_ value: Double) {
    bytes.put(.double)
    bytes.put(memoryOf: value.bitPattern)
  }

  func write(_ value: Float) {
    bytes.put(.float)
    bytes.put(memoryOf: value.bitPattern)
  }

  func write(unsigned value: UInt64) {
    bytes.put(.uint)
    bytes.put(length: value)
  }

  func write(wide low: UInt64, _ high: UInt64) {
    bytes.put(.wide)
    bytes.put(memoryOf: low)
    bytes.put(memoryOf: high)
  }

  /// Adds a part.
  @inline(__always)
  func part(_ name: String, _ body: () throws -> Void) rethrows {
    let start = bytes.count
    try body()
    parts.append(Part(name: name, range: start..<bytes.count))
  }

  /// Adds a part whose bytes come later.
  func nested(_ name: String, _ path: [any CodingKey]) -> EncodingFrame {
    let frame = EncodingFrame(session: session)
    frame.codingPath = path
    parts.append(Part(name: name, frame: frame))
    return frame
  }

  /// Adds the bytes of the whole value.
  func finish(into other: inout [UInt8]) {
    switch form {
    case .single: other.append(contentsOf: bytes)
    case .nothing, .keyed, .unkeyed:
      for place in parts.indices {
        guard let frame = parts[place].frame else { continue }
        let start = bytes.count
        frame.finish(into: &bytes)
        parts[place].range = start..<bytes.count
      }
      var inside: [UInt8] = []
      if form == .unkeyed { finishUnkeyed(into: &inside) } else { finishKeyed(into: &inside) }
      other.put(form == .unkeyed ? .unkeyed : .keyed)
      other.put(length: inside.count)
      other.append(contentsOf: inside)
    }
  }

  private func finishKeyed(into inside: inout [UInt8]) {
    // Names of fields are sorted by their bytes; most types are small.
    if parts.count > 1 { parts.sort { $0.name < $1.name } }
    // Of a name that was given twice, the last value counts.
    var last: [Part] = []
    last.reserveCapacity(parts.count)
    for part in parts {
      if last.last?.name == part.name { last[last.count - 1] = part } else { last.append(part) }
    }
    inside.put(length: last.count)
    for part in last {
      inside.put(part.name)
      inside.append(contentsOf: bytes[part.range])
    }
  }

  private func finishUnkeyed(into inside: inout [UInt8]) {
    inside.put(length: parts.count)
    guard group > 0, parts.count % group == 0 else {
      for part in parts { inside.append(contentsOf: bytes[part.range]) }
      return
    }
    var groups = stride(from: 0, to: parts.count, by: group).map { first in
      parts[first..<first + group].flatMap { bytes[$0.range] }
    }
    groups.sort { $0.lexicographicallyPrecedes($1) }
    for group in groups { inside.append(contentsOf: group) }
  }
}

private struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let frame: EncodingFrame
  var codingPath: [any CodingKey] { frame.codingPath }

  func encodeNil(forKey key: Key) { frame.part(key.stringValue) { frame.bytes.put(.none) } }
  func encode(_ value: Bool, forKey key: Key) { frame.part(key.stringValue) { frame.bytes.put(value ? .yes : .no) } }
  func encode(_ value: String, forKey key: Key) {
    frame.part(key.stringValue) {
      frame.bytes.put(.string)
      frame.bytes.put(value)
    }
  }
  func encode(_ value: Double, forKey key: Key) { frame.part(key.stringValue) { frame.write(value) } }
  func encode(_ value: Float, forKey key: Key) { frame.part(key.stringValue) { frame.write(value) } }
  func encode(_ value: Int, forKey key: Key) { signed(Int64(value), key) }
  func encode(_ value: Int8, forKey key: Key) { signed(Int64(value), key) }
  func encode(_ value: Int16, forKey key: Key) { signed(Int64(value), key) }
  func encode(_ value: Int32, forKey key: Key) { signed(Int64(value), key) }
  func encode(_ value: Int64, forKey key: Key) { signed(value, key) }
  func encode(_ value: UInt, forKey key: Key) { unsigned(UInt64(value), key) }
  func encode(_ value: UInt8, forKey key: Key) { unsigned(UInt64(value), key) }
  func encode(_ value: UInt16, forKey key: Key) { unsigned(UInt64(value), key) }
  func encode(_ value: UInt32, forKey key: Key) { unsigned(UInt64(value), key) }
  func encode(_ value: UInt64, forKey key: Key) { unsigned(value, key) }
  func encode(_ value: Int128, forKey key: Key) { wide(UInt128(bitPattern: value), key) }
  func encode(_ value: UInt128, forKey key: Key) { wide(value, key) }
  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try add(value, key) }

  private func add(_ value: some Encodable, _ key: Key) throws {
    try frame.part(key.stringValue) { try frame.write(value, at: frame.codingPath + [key]) }
  }
  private func signed(_ value: Int64, _ key: Key) { frame.part(key.stringValue) { frame.bytes.put(signed: value) } }
  private func unsigned(_ value: UInt64, _ key: Key) {
    frame.part(key.stringValue) { frame.write(unsigned: value) }
  }
  private func wide(_ value: UInt128, _ key: Key) {
    frame.part(key.stringValue) {
      frame.write(wide: UInt64(truncatingIfNeeded: value), UInt64(truncatingIfNeeded: value >> 64))
    }
  }

  func nestedContainer<Other: CodingKey>(keyedBy: Other.Type, forKey key: Key) -> KeyedEncodingContainer<Other> {
    frame.nested(key.stringValue, codingPath + [key]).container(keyedBy: Other.self)
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    frame.nested(key.stringValue, codingPath + [key]).unkeyedContainer()
  }
  func superEncoder() -> any Encoder { frame.nested("super", codingPath + [PathKey.super]) }
  func superEncoder(forKey key: Key) -> any Encoder { frame.nested(key.stringValue, codingPath + [key]) }
}

private struct UnkeyedWriter: UnkeyedEncodingContainer {
  let frame: EncodingFrame
  var codingPath: [any CodingKey] { frame.codingPath }
  var count: Int { frame.parts.count }
  private var path: [any CodingKey] { codingPath + [PathKey(index: count)] }

  func encodeNil() { frame.part("") { frame.bytes.put(.none) } }
  func encode(_ value: Bool) { frame.part("") { frame.bytes.put(value ? .yes : .no) } }
  func encode(_ value: Double) { frame.part("") { frame.write(value) } }
  func encode(_ value: Float) { frame.part("") { frame.write(value) } }
  func encode(_ value: Int) { frame.part("") { frame.bytes.put(signed: Int64(value)) } }
  func encode<Value: Encodable>(_ value: Value) throws { try frame.part("") { try frame.write(value, at: path) } }
  func nestedContainer<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
    frame.nested("", path).container(keyedBy: Key.self)
  }
  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { frame.nested("", path).unkeyedContainer() }
  func superEncoder() -> any Encoder { frame.nested("", path) }
}

private struct SingleWriter: SingleValueEncodingContainer {
  let frame: EncodingFrame
  var codingPath: [any CodingKey] { frame.codingPath }

  func encodeNil() { frame.bytes.put(.none) }
  func encode(_ value: Bool) { frame.bytes.put(value ? .yes : .no) }
  func encode(_ value: String) {
    frame.bytes.put(.string)
    frame.bytes.put(value)
  }
  func encode(_ value: Double) { frame.write(value) }
  func encode(_ value: Float) { frame.write(value) }
  func encode(_ value: Int) { frame.bytes.put(signed: Int64(value)) }
  func encode(_ value: Int8) { frame.bytes.put(signed: Int64(value)) }
  func encode(_ value: Int16) { frame.bytes.put(signed: Int64(value)) }
  func encode(_ value: Int32) { frame.bytes.put(signed: Int64(value)) }
  func encode(_ value: Int64) { frame.bytes.put(signed: value) }
  func encode(_ value: UInt) { frame.write(unsigned: UInt64(value)) }
  func encode(_ value: UInt8) { frame.write(unsigned: UInt64(value)) }
  func encode(_ value: UInt16) { frame.write(unsigned: UInt64(value)) }
  func encode(_ value: UInt32) { frame.write(unsigned: UInt64(value)) }
  func encode(_ value: UInt64) { frame.write(unsigned: value) }
  func encode(_ value: Int128) {
    let bits = UInt128(bitPattern: value)
    frame.write(wide: UInt64(truncatingIfNeeded: bits), UInt64(truncatingIfNeeded: bits >> 64))
  }
  func encode(_ value: UInt128) {
    frame.write(wide: UInt64(truncatingIfNeeded: value), UInt64(truncatingIfNeeded: value >> 64))
  }
  func encode<Value: Encodable>(_ value: Value) throws { try frame.write(value, at: codingPath) }
}

/// A place in a path that is no field of a type.
struct PathKey: CodingKey {
  var stringValue: String
  var intValue: Int?
  static let `super` = PathKey(stringValue: "super")

  init(index: Int) { (stringValue, intValue) = ("\(index)", index) }
  init(stringValue: String) { self.stringValue = stringValue }
  init(intValue: Int) { self.init(index: intValue) }
}
