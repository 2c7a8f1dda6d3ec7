// `object:` messages: any Codable value as bytes.

extension Communicator {
  /// The bytes of a value.
  func encoded<Object: Encodable>(_ object: Object, _ operation: StaticString) throws(MPIError) -> [UInt8] {
    do {
      return try ObjectCoder.encode(object)
    } catch {
      throw failure(.serialization, operation, "a \(Object.self) could not be encoded: \(error)")
    }
  }

  /// The value of bytes that ``encoded(_:_:)`` made, on whatever rank.
  func decoded<Object: Decodable>(
    _: Object.Type, _ bytes: [UInt8], _ operation: StaticString
  ) throws(MPIError) -> Object {
    do {
      return try ObjectCoder.decode(Object.self, from: bytes)
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
    for part in parts { objects.append(try decoded(Object.self, Array(part), operation)) }
    return objects
  }
}
