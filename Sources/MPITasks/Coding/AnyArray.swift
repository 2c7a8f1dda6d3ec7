// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// An array whose element type is not known statically.
protocol AnyArray {
  /// Whether its elements are what their bytes are.
  static var isPlain: Bool { get }
  /// The elements of bytes.
  init(plain bytes: UnsafeRawBufferPointer)
  /// Calls `body` with the elements' bytes.
  func withPlainBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
}

extension Array: AnyArray {
  static var isPlain: Bool { ObjectCoder.isPlain(Element.self) }

  init(plain bytes: UnsafeRawBufferPointer) {
    let count = bytes.count / MemoryLayout<Element>.stride
    self.init(unsafeUninitializedCapacity: count) { buffer, initialized in
      let whole = UnsafeRawBufferPointer(rebasing: bytes[..<(count * MemoryLayout<Element>.stride)])
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: whole)
      initialized = count
    }
  }

  func withPlainBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withUnsafeBufferPointer { try body(UnsafeRawBufferPointer($0)) }
  }
}
