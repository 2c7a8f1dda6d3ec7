/// Turns any `Codable` value into bytes, and bytes into the value.
///
/// The coder is for messages between processes that run the same program on machines of the same byte order. It knows
/// the types of the standard library, and copies the bytes of trivially copyable values and of arrays of such. The
/// `encode(to:)` of a trivially copyable type is therefore not called, unless the type holds an address, or is an
/// enumeration with a payload of the size of one.
///
/// A message must be decoded as exactly the type that was encoded: as `[Double]`, say, and not as `ContiguousArray<Double>`,
/// or as `Base` when a `Base` variable held an instance of a subclass. Inside the message the usual freedom applies: the
/// order of keys does not matter, unknown ones are ignored, optional ones may be missing. What was encoded as a
/// dictionary cannot be decoded as a keyed container, though, and what was encoded as a number cannot be decoded as a
/// number of another type.
///
/// Bytes that are no such message are refused with an error. An error in the transmission that hits the bytes of a number
/// or string goes unnoticed; one that hits anything else is noticed, or leads to another value of the type.
package enum ObjectCoder {
  /// The bytes of a value.
  ///
  /// - Throws: What the `encode(to:)` of a type throws, and an `EncodingError` if values are nested too deep or if an
  ///   `encode(to:)` uses its containers in a way that is not allowed.
  package static func encode<T: Encodable>(_ value: T) throws -> [UInt8] {
    let session = ObjectEncodingSession()
    let writer = ObjectWriter()
    for _ in 0..<(ObjectFormat.headerSize / 8) { writer.put(UInt64(0)) }
    try ObjectEncoder(session: session, writer: writer).encode(value, at: .none)
    if let failure = session.failure { throw failure }

    let name = ObjectTypeName.of(T.self)
    let table = writer.total
    writer.appendString(name.text)
    for key in session.keys.names { writer.appendString(key) }
    for (index, word) in [ObjectFormat.magic, UInt64(table), UInt64(writer.total), name.fingerprint].enumerated() {
      writer.patch(word, at: 8 * index)
    }
    return writer.result()
  }

  /// The value of bytes.
  ///
  /// - Throws: What the `init(from:)` of a type throws, and a `DecodingError` if the bytes are not those of a `T`.
  package static func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws -> T {
    try bytes.withUnsafeBytes { try decode(type, from: $0) }
  }

  /// The value of bytes.
  ///
  /// - Throws: What the `init(from:)` of a type throws, and a `DecodingError` if the bytes are not those of a `T`.
  package static func decode<T: Decodable>(_ type: T.Type, from bytes: UnsafeRawBufferPointer) throws -> T {
    let session: ObjectDecodingSession
    let body: ObjectSlot
    do throws(ObjectCorruption) {
      (session, body) = try open(bytes, for: type)
    } catch {
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: error.text))
    }
    defer { session.finish() }
    return try ObjectDecoder(session: session).decode(type, body, at: .none)
  }

  /// Whether values of a type are what their bytes are, so that an array of them may travel as it lies in memory.
  package static func isPlain<T>(_ type: T.Type) -> Bool {
    switch ObjectShape.of(type) {
    case .scalar, .packed: true
    case .string, .other: false
    }
  }

  /// Reads all but the body of a message.
  private static func open<T>(
    _ bytes: UnsafeRawBufferPointer, for type: T.Type
  ) throws(ObjectCorruption) -> (ObjectDecodingSession, ObjectSlot) {
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

    var names: [String] = []
    var offset = table
    while offset < length {
      let slot = try reader.slot(at: offset, before: length)
      guard slot.tag == .string else { throw ObjectCorruption(text: "A key in the message is not a string.") }
      names.append(try reader.string(slot.start, slot.length))
      offset = slot.end
    }
    guard !names.isEmpty else { throw ObjectCorruption(text: "The message does not name the type of its object.") }
    let found = names.removeFirst()
    let expected = ObjectTypeName.of(type)
    guard reader.load(24, as: UInt64.self) == expected.fingerprint else {
      let other = found == expected.text ? "another type of the name \(found)" : "a \(found)"
      throw ObjectCorruption(text: "The message holds \(other), not a \(expected.text).")
    }
    let body = try reader.slot(at: ObjectFormat.headerSize, before: table)
    guard body.end == table else {
      throw ObjectCorruption(text: "\(table - body.end) bytes follow the object in the message.")
    }
    return (ObjectDecodingSession(reader: reader, names: names), body)
  }
}
