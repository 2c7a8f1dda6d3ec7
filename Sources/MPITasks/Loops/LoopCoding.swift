// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// How values of a type become bytes, many at a time.
@usableFromInline
struct LoopCoding<Value>: @unchecked Sendable {
  /// Whether the bytes are the values as they lie in memory.
  let isPlain: Bool
  let encode: (UnsafeBufferPointer<Value>) throws -> [UInt8]
  let decode: ([UInt8]) throws -> [Value]

  /// Values that travel as they lie in memory.
  @usableFromInline
  static func plain() -> Self where Value: BitwiseCopyable {
    Self(
      isPlain: true, encode: { Array(UnsafeRawBufferPointer($0)) },
      decode: { bytes in
        Array(unsafeUninitializedCapacity: bytes.count / MemoryLayout<Value>.stride) { memory, count in
          UnsafeMutableRawBufferPointer(memory).copyBytes(from: bytes)
          count = bytes.count / MemoryLayout<Value>.stride
        }
      })
  }

  /// Values that are coded.
  @usableFromInline
  static func coded() -> Self where Value: Codable {
    Self(
      isPlain: false, encode: { try ObjectCoder.encode(Array($0)) },
      decode: { try ObjectCoder.decode([Value].self, from: $0) })
  }
}
