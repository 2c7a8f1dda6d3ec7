// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// `object:` messages: any Codable value as bytes.

import MPIObjectCoding

extension Communicator {
  /// The bytes of a value.
  func encoded<Object: Encodable>(_ object: Object, _ operation: StaticString) throws(MPIError) -> [UInt8] {
    do { return try ObjectCoder.encode(object) } catch { throw encodingFailure(Object.self, operation, error) }
  }

  /// The bytes of a value that other ranks wait for in a collective. If it can't be encoded, they are those of the
  /// error, which every rank throws that decodes them.
  func contribution<Object: Encodable>(
    of object: Object, _ operation: StaticString
  ) throws(MPIError) -> Contribution<[UInt8]> {
    do throws(MPIError) { return Contribution(bytes: try encoded(object, operation)) } catch {
      return Contribution(bytes: try encodedFailure(error, operation), failure: error)
    }
  }

  /// The bytes of values for different ranks, in one part each, as of one value.
  func contribution<Object: Encodable>(
    ofEach objects: [Object], _ operation: StaticString
  ) throws(MPIError) -> Contribution<RankPartitioned<UInt8>> {
    var bytes: [UInt8] = []
    var counts: [Int] = []
    var failure: MPIError?
    for object in objects {
      let start = bytes.count
      do throws(MPIError) {
        try withEncoded(object, operation) { (encoding) throws(MPIError) in
          encoding.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        }
      } catch {
        bytes += try encodedFailure(error, operation)
        failure = failure ?? error
      }
      counts.append(bytes.count - start)
    }
    return Contribution(bytes: RankPartitioned(bytes, counts: counts), failure: failure)
  }

  /// The bytes of an error in place of those of a value.
  private func encodedFailure(_ error: MPIError, _ operation: StaticString) throws(MPIError) -> [UInt8] {
    try encoded(ObjectFailure(rank: rank, errorClass: error.errorClass, text: error.text), operation)
  }

  /// Calls `body` with the bytes of a value, which are only valid until it returns.
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
      if let failure = try? bytes.withUnsafeBytes({ try ObjectCoder.decode(ObjectFailure.self, from: $0) }) {
        throw failure.error(operation, on: self)
      }
      throw failure(.serialization, operation, "the \(bytes.count) bytes received are no \(Object.self): \(error)")
    }
  }

  /// The values of parts that the ranks contributed.
  func decoded<Object: Decodable>(
    _: Object.Type, each parts: RankPartitioned<UInt8>, _ operation: StaticString
  ) throws(MPIError) -> [Object] {
    var objects: [Object] = []
    objects.reserveCapacity(parts.count)
    for part in parts { objects.append(try decoded(Object.self, part.span, operation)) }
    return objects
  }
}

/// What a rank gives to a collective of `Codable` values: bytes in any case, because the other ranks wait for them.
struct Contribution<Bytes> {
  var bytes: Bytes
  /// The error of encoding; the bytes are those of an ``ObjectFailure`` then.
  var failure: MPIError?

  /// Throws the error of encoding, once the other ranks have the bytes.
  func finish() throws(MPIError) {
    if let failure { throw failure }
  }
}
