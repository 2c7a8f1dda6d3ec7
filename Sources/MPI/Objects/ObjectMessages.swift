// `object:` messages: any Codable value as bytes.

import MPIObjectCoding

extension Communicator {
  /// The bytes of a value.
  func encoded<Object: Encodable>(_ object: Object, _ operation: StaticString) throws(MPIError) -> [UInt8] {
    do { return try ObjectCoder.encode(object) } catch { throw encodingFailure(Object.self, operation, error) }
  }

  /// The bytes of values, in one part each.
  func encodedParts<Object: Encodable>(
    _ objects: [Object], _ operation: StaticString
  ) throws(MPIError) -> RankPartitioned<UInt8> {
    var bytes: [UInt8] = []
    var counts: [Int] = []
    for object in objects {
      let start = bytes.count
      try withEncoded(object, operation) { (encoding) throws(MPIError) in
        encoding.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
      }
      counts.append(bytes.count - start)
    }
    return RankPartitioned(bytes, counts: counts)
  }

  /// Calls `body` with the bytes of a value, which nobody has longer than that.
  func withEncoded<Object: Encodable>(
    _ object: Object, _ operation: StaticString, _ body: (Span<UInt8>) throws(MPIError) -> Void
  ) throws(MPIError) {
    let encoding: ObjectCoder.Encoding
    do { encoding = try ObjectCoder.Encoding(of: object) } catch {
      throw encodingFailure(Object.self, operation, error)
    }
    try encoding.withBytes { (bytes) throws(MPIError) in
      try body(bytes.assumingMemoryBound(to: UInt8.self).span)
    }
  }

  private func encodingFailure<Object>(
    _: Object.Type, _ operation: StaticString, _ error: any Error
  ) -> MPIError {
    failure(.serialization, operation, "a \(Object.self) could not be encoded: \(error)")
  }

  /// The value of bytes that ``encoded(_:_:)`` made, on whatever rank.
  func decoded<Object: Decodable>(
    _: Object.Type, _ bytes: [UInt8], _ operation: StaticString
  ) throws(MPIError) -> Object {
    try decoded(Object.self, bytes.span, operation)
  }

  /// The value of bytes that are only lent.
  func decoded<Object: Decodable>(
    _: Object.Type, _ bytes: Span<UInt8>, _ operation: StaticString
  ) throws(MPIError) -> Object {
    do {
      return try bytes.withUnsafeBytes { try ObjectCoder.decode(Object.self, from: $0) }
    } catch {
      throw failure(.serialization, operation, "the \(bytes.count) bytes received are no \(Object.self): \(error)")
    }
  }

  /// The values of parts that ``encoded(_:_:)`` made, one on each rank.
  func decoded<Object: Decodable>(
    _: Object.Type, each parts: RankPartitioned<UInt8>, _ operation: StaticString
  ) throws(MPIError) -> [Object] {
    var objects: [Object] = []
    objects.reserveCapacity(parts.count)
    for part in parts { objects.append(try decoded(Object.self, part.span, operation)) }
    return objects
  }
}
