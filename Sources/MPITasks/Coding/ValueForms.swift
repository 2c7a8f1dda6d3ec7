// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIObjectCoding

/// Values that travel as they lie in memory.
enum PlainForm<Value: BitwiseCopyable>: ValueForm {
  static var isPlain: Bool { true }

  static func encode(_ values: ArraySlice<Value>) -> Payload { BatchCoding.encode(plain: values) }

  static func decode(
    _ count: Int, _ payload: consuming Payload
  ) -> (values: [Value], failures: [(position: Int, error: any Error)]) {
    BatchCoding.decode(plain: Value.self, count: count, from: payload)
  }

  static func encode(block: UnsafeBufferPointer<Value>) -> [UInt8] { Array(UnsafeRawBufferPointer(block)) }

  static func decode(block: [UInt8]) -> [Value] { block.withUnsafeBytes { [Value](plain: $0) } }
}

/// Values that are coded.
enum CodedForm<Value: Codable>: ValueForm {
  static var isPlain: Bool { false }

  static func encode(_ values: ArraySlice<Value>) throws -> Payload { try BatchCoding.encode(values) }

  static func decode(
    _ count: Int, _ payload: consuming Payload
  ) -> (values: [Value], failures: [(position: Int, error: any Error)]) {
    BatchCoding.decode(Value.self, count: count, from: payload)
  }

  static func encode(block: UnsafeBufferPointer<Value>) throws -> [UInt8] { try ObjectCoder.encode(Array(block)) }

  static func decode(block: [UInt8]) throws -> [Value] { try ObjectCoder.decode([Value].self, from: block) }
}
