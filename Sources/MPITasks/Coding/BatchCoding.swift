// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// Values that travel together: tasks, or results.
///
/// Values that are what their bytes are (numbers, and structs of them) go as one block of memory. Others are coded one
/// by one in one message, so that one that can't be decoded does not take the others with it. The long arrays in them
/// are not copied.
enum BatchCoding {
  /// What travels of values, in memory that was used before, where it is much.
  ///
  /// - Throws: what a value throws as it is encoded.
  static func encode<Value: Codable>(_ values: some RandomAccessCollection<Value>) throws -> Payload {
    let values = (values as? ArraySlice<Value>) ?? Array(values)[...]
    guard ObjectCoder.isPlain(Value.self) else {
      let (bytes, attachments) = try ObjectCoder.encode(
        CodedValues(values: values), attachingFrom: Payload.longArray, in: PayloadMemory.shared.take)
      return Payload(bytes: bytes, attachments: attachments)
    }
    return encodeBytes(of: values)
  }

  /// What travels of values that are what their bytes are.
  static func encode<Value: BitwiseCopyable>(plain values: ArraySlice<Value>) -> Payload { encodeBytes(of: values) }

  /// The values' memory. Values of no bytes, such as those of tasks that bring nothing back, need none.
  private static func encodeBytes<Value>(of values: ArraySlice<Value>) -> Payload {
    guard MemoryLayout<Value>.size > 0 else { return Payload() }
    return values.withUnsafeBytes { source in
      var bytes = PayloadMemory.shared.take(source.count)
      bytes.withUnsafeMutableBytes { $0.copyMemory(from: source) }
      return Payload(bytes: bytes)
    }
  }

  /// The values of a payload, whose memory is given back, and those that could not be decoded.
  ///
  /// - Parameter count: how many there are.
  static func decode<Value: Codable>(
    _: Value.Type, count: Int, from payload: consuming Payload
  ) -> (values: [Value], failures: [(position: Int, error: any Error)]) {
    if ObjectCoder.isPlain(Value.self) { return decodeBytes(count: count, from: payload) }
    let (bytes, attachments) = (payload.bytes, payload.take().attachments)
    defer { PayloadMemory.shared.give(bytes) }
    do {
      let decoded = try bytes.withUnsafeBytes { try ObjectCoder.decode(CodedValues<Value>.self, from: $0, attachments) }
      guard decoded.values.count + decoded.failures.count == count else {
        return ([], all(count, Damaged(text: "\(count) values were to come, and others came")))
      }
      return (Array(decoded.values), decoded.failures)
    } catch {
      return ([], all(count, error))
    }
  }

  /// The values of a payload that are what their bytes are.
  static func decode<Value: BitwiseCopyable>(
    plain _: Value.Type, count: Int, from payload: consuming Payload
  ) -> (values: [Value], failures: [(position: Int, error: any Error)]) {
    decodeBytes(count: count, from: payload)
  }

  private static func decodeBytes<Value>(
    count: Int, from payload: consuming Payload
  ) -> (values: [Value], failures: [(position: Int, error: any Error)]) {
    let bytes = payload.bytes
    defer { PayloadMemory.shared.give(bytes) }
    let expected = MemoryLayout<Value>.size > 0 ? count * MemoryLayout<Value>.stride : 0
    guard bytes.count == expected else {
      return ([], all(count, Damaged(text: "\(bytes.count) bytes are no \(count) values of \(Value.self)")))
    }
    guard expected > 0 else {
      // Values of no bytes.
      return ([Value](unsafeUninitializedCapacity: count) { $1 = count }, [])
    }
    return (bytes.withUnsafeBytes { [Value](plain: $0) }, [])
  }

  private static func all(_ count: Int, _ error: any Error) -> [(position: Int, error: any Error)] {
    (0..<count).map { ($0, error) }
  }

  /// Why bytes are not what they should be.
  private struct Damaged: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
  }
}

/// Values on their way: each by itself, in one list.
private struct CodedValues<Value: Codable>: Codable {
  var values: ArraySlice<Value>
  var failures: [(position: Int, error: any Error)] = []

  init(values: ArraySlice<Value>) { self.values = values }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for value in values { try container.encode(value) }
  }

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    var values: [Value] = []
    values.reserveCapacity(container.count ?? 0)
    while !container.isAtEnd {
      do {
        values.append(try container.decode(Value.self))
      } catch {
        failures.append((container.currentIndex, error))
        // Goes on with the next.
        _ = try container.decode(Anything.self)
      }
    }
    self.values = values[...]
  }

  /// A value that is not read.
  private struct Anything: Decodable {
    init(from decoder: any Decoder) {}
  }
}
