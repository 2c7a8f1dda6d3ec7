// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Turns any `Codable` value into bytes, and bytes into the value.
///
/// The coder is for messages between processes that run the same program on machines of the same byte order. It knows
/// the types of the standard library, and copies the bytes of trivially copyable values and of arrays of such. The
/// `encode(to:)` of a trivially copyable type is therefore not called, unless the type holds an address, or is an
/// enumeration with a payload of the size of one.
///
/// A message must be decoded as exactly the type that was encoded: for example as `[Double]`, and not as
/// `ContiguousArray<Double>`, or as `Base` when a `Base` variable held an instance of a subclass. Inside the message
/// the usual freedom applies: the order of keys does not matter, unknown ones are ignored, optional ones may be
/// missing. What was encoded as a dictionary cannot be decoded as a keyed container, though, and what was encoded as a
/// number cannot be decoded as a number of another type.
///
/// Bytes that are no such message are refused with an error. An error in the transmission that hits the bytes of a
/// number or string goes unnoticed; one that hits anything else is noticed, or leads to another value of the type.
package enum ObjectCoder {
  /// The bytes of a value.
  ///
  /// - Throws: What the `encode(to:)` of a type throws, and an `EncodingError` if values are nested too deep or if an
  ///   `encode(to:)` uses its containers in a way that is not allowed.
  package static func encode<T: Encodable>(_ value: T) throws -> [UInt8] {
    let encoder = try encoder(of: value)
    defer { giveBack(encoder, T.self) }
    return encoder.writer.result()
  }

  /// The bytes of a value, and the long arrays in it.
  ///
  /// - Parameters:
  ///   - value: What to encode.
  ///   - leastAttachment: From how many bytes on an array of trivially copyable elements is attached, instead of
  ///     copied.
  ///   - memory: Gives an array of a number of bytes, whatever they are, for the rest.
  /// - Throws: As ``encode(_:)``.
  package static func encode<T: Encodable>(
    _ value: T, attachingFrom leastAttachment: Int, in memory: (Int) -> [UInt8]
  ) throws -> (bytes: [UInt8], attachments: [ObjectAttachment]) {
    let encoder = try encoder(of: value, attachingFrom: leastAttachment)
    defer { giveBack(encoder, T.self) }
    var bytes = memory(encoder.writer.total)
    bytes.withUnsafeMutableBytes { encoder.writer.copy(to: $0.baseAddress!) }
    return (bytes, encoder.session.attachments)
  }

  /// The bytes of a value, which are lent while this lives.
  ///
  /// - Throws: As ``encode(_:)``.
  package struct Encoding: ~Copyable {
    private let encoder: ObjectEncoder
    private let type: Any.Type

    /// The bytes of a value.
    package init<T: Encodable>(of value: T) throws {
      encoder = try ObjectCoder.encoder(of: value)
      type = T.self
    }

    deinit { ObjectCoder.giveBack(encoder, type) }

    /// Calls `body` with the bytes.
    package func withBytes<Result, Failure>(
      _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      try encoder.writer.withBytes(body)
    }
  }

  /// An encoder whose writer has the bytes of a value, to be given back.
  ///
  /// - Throws: As ``encode(_:)``.
  private static func encoder<T: Encodable>(of value: T, attachingFrom leastAttachment: Int = .max) throws
    -> ObjectEncoder
  {
    let encoder =
      encoders.take(T.self)
      ?? ObjectEncoder(session: ObjectEncodingSession(root: ObjectRoot(T.self)), writer: ObjectWriter())
    let (session, writer) = (encoder.session, encoder.writer)
    session.root.begin()
    session.leastAttachment = leastAttachment
    writer.reserve(ObjectFormat.headerSize)
    for _ in 0..<(ObjectFormat.headerSize / 8) { writer.put(UInt64(0)) }
    try encoder.encode(value, at: .none)
    if let failure = session.failure { throw failure }

    let table = writer.total
    session.root.appendTable(to: writer)
    writer.patch(ObjectFormat.magic, at: 0)
    writer.patch(UInt64(table), at: 8)
    writer.patch(UInt64(writer.total), at: 16)
    writer.patch(session.root.name.fingerprint, at: 24)
    return encoder
  }

  /// Takes back an encoder for the next message.
  private static func giveBack(_ encoder: ObjectEncoder, _ type: Any.Type) {
    guard encoder.session.isReusable else { return }
    encoder.writer.empty()
    if !encoder.session.attachments.isEmpty { encoder.session.attachments = [] }
    encoders.giveBack(encoder, for: type)
  }

  /// Encoders that wait for the next message.
  private static let encoders = ObjectPool<ObjectEncoder>()

  /// Decoders that wait for the next message.
  private static let decoders = ObjectPool<ObjectDecoder>()

  /// The value of bytes.
  ///
  /// - Throws: What the `init(from:)` of a type throws, and a `DecodingError` if the bytes are not those of a `T`.
  package static func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws -> T {
    try bytes.withUnsafeBytes { try decode(type, from: $0) }
  }

  /// The value of bytes, and of the arrays that are attached to them.
  ///
  /// An attached array becomes part of the value without a copy, where it was received as an array of its elements.
  ///
  /// - Throws: What the `init(from:)` of a type throws, and a `DecodingError` if the bytes are not those of a `T`.
  package static func decode<T: Decodable>(
    _ type: T.Type, from bytes: UnsafeRawBufferPointer, _ attachments: [ObjectAttachment] = []
  ) throws -> T {
    let decoder = decoders.take(type) ?? ObjectDecoder(session: ObjectDecodingSession(root: ObjectRoot(type)))
    defer {
      decoder.session.close()
      if !decoder.session.isKept { decoders.giveBack(decoder, for: type) }
    }
    let body: ObjectSlot
    do throws(ObjectCorruption) {
      body = try decoder.session.open(bytes, attachments)
    } catch {
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: error.text))
    }
    return try decoder.decode(type, body, at: .none)
  }

  /// Whether values of a type are what their bytes are, so that an array of them may travel as it lies in memory.
  package static func isPlain<T>(_ type: T.Type) -> Bool {
    switch ObjectShape.of(type) {
    case .scalar, .packed: true
    case .string, .other: false
    }
  }
}
