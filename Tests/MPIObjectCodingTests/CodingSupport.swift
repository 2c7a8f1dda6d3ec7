// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPIObjectCoding

extension ObjectAttachment {
  /// The same, as it arrives where the type of its elements is not known.
  var asBytes: ObjectAttachment {
    ObjectAttachment(Array(UnsafeRawBufferPointer(start: start, count: byteCount)), elementType: elementType)
  }
}

/// What the tests share.
extension ObjectCodingTests {
  /// The value that comes out when `value` is encoded and decoded.
  func recoded<T: Codable>(_ value: T) throws -> T {
    try ObjectCoder.decode(T.self, from: ObjectCoder.encode(value))
  }

  /// The value that comes out when all arrays that can be are attached to the message.
  ///
  /// - Parameter asBytes: Whether they arrive as bytes, as if the receiver does not know the type of their elements.
  @_optimize(none)
  func recodedWithAttachments<T: Codable>(_ value: T, asBytes: Bool) throws -> T {
    var (bytes, attachments) = try ObjectCoder.encode(value, attachingFrom: 0) { [UInt8](repeating: 0, count: $0) }
    if asBytes { attachments = attachments.map(\.asBytes) }
    return try bytes.withUnsafeBytes { try ObjectCoder.decode(T.self, from: $0, attachments) }
  }

  /// Expects that a value is the same after encoding and decoding, also when other values surround it.
  @_optimize(none)
  func expectRoundTrip<T: Codable & Equatable>(
    _ value: T, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    /// The comparison stands outside of the macro, which would take `.some(nil)` for `nil`.
    @_optimize(none)
    func expect<U: Codable & Equatable>(_ value: U) throws {
      let copies = [
        try recoded(value), try recodedWithAttachments(value, asBytes: false),
        try recodedWithAttachments(value, asBytes: true),
      ]
      for copy in copies {
        let isEqual = copy == value
        #expect(isEqual, "\(copy) is not \(value)", sourceLocation: sourceLocation)
      }
    }
    try expect(value)
    try expect([value, value])
    try expect(["key": value])
    try expect(Sandwich(before: "before", value: value, after: 42))
  }

  /// The strings of an error's coding path.
  func path(of error: (any Error)?) -> [String] {
    context(of: error)?.path.map(\.stringValue) ?? []
  }

  /// The description of an error.
  func text(of error: (any Error)?) -> String {
    context(of: error)?.text ?? ""
  }

  /// The path and description of an error.
  func context(of error: (any Error)?) -> (path: [any CodingKey], text: String)? {
    switch error {
    case EncodingError.invalidValue(_, let context)?: (context.codingPath, context.debugDescription)
    case DecodingError.dataCorrupted(let context)?: (context.codingPath, context.debugDescription)
    case DecodingError.keyNotFound(_, let context)?: (context.codingPath, context.debugDescription)
    case DecodingError.typeMismatch(_, let context)?: (context.codingPath, context.debugDescription)
    case DecodingError.valueNotFound(_, let context)?: (context.codingPath, context.debugDescription)
    default: nil
    }
  }

  /// Throws if what has been decoded is not as it should be, as it may be in corrupted bytes.
  static func check(_ condition: Bool, _ decoder: any Decoder) throws {
    guard !condition else { return }
    throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not as it should be"))
  }

  /// Overwrites eight bytes.
  func store(_ word: UInt64, at offset: Int, in bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: word, toByteOffset: offset, as: UInt64.self) }
  }

  /// A generator of the same numbers every time.
  struct Generator: RandomNumberGenerator {
    /// The last number.
    var state: UInt64

    /// The next number.
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }
}
