// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Sends two numbers of the root to every rank; or throws its error on every rank, if it has one.
  ///
  /// For collectives whose arguments count at the root alone: what is wrong with them concerns all ranks. Two
  /// broadcasts.
  func agree(
    _ numbers: SIMD2<Int>, _ error: MPIError?, root: Int, _ operation: StaticString
  ) throws(MPIError) -> SIMD2<Int> {
    if size == 1 {
      if let error { throw error }
      return numbers
    }
    var text = error.map { Array("\($0.errorClass.rawValue)\n\($0.text)".utf8) } ?? []
    var told = [text.count, numbers.x, numbers.y]
    var code = told.withUnsafeMutableBufferPointer { broadcastElements($0.baseAddress, $0.count, root) }
    if code != 0 { throw failure(code: code, operation) }
    if rank != root { text = [UInt8](repeating: 0, count: told[0]) }
    if !text.isEmpty {
      code = text.withUnsafeMutableBufferPointer { broadcastElements($0.baseAddress, $0.count, root) }
      if code != 0 { throw failure(code: code, operation) }
      if let error { throw error }
      let parts = String(decoding: text, as: UTF8.self).split(separator: "\n", maxSplits: 1)
      throw failure(
        parts.first.flatMap { ErrorClass(rawValue: String($0)) } ?? .other, operation, String(parts.last ?? ""))
    }
    return SIMD2(told[1], told[2])
  }
}
