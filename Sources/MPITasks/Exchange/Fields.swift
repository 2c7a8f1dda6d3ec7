// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// Small values side by side, as they lie in memory.
struct FieldWriter: Sendable {
  var bytes: [UInt8] = []

  mutating func put<Value: BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  /// Bytes after their number.
  mutating func put(bytes more: some Collection<UInt8>) {
    put(more.count)
    bytes.append(contentsOf: more)
  }

  mutating func put(text: String) { put(bytes: text.utf8) }

  mutating func put(optional text: String?) {
    put(text != nil)
    if let text { put(text: text) }
  }
}

/// Takes small values in the order in which they were put.
struct FieldReader {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func take<Value: BitwiseCopyable>(_: Value.Type = Value.self) -> Value {
    defer { place += MemoryLayout<Value>.size }
    if place + MemoryLayout<Value>.size > bytes.count { isForeign("is too short") }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Value.self) }
  }

  mutating func takeBytes() -> [UInt8] {
    let count = take(Int.self)
    guard count >= 0, count <= bytes.count - place else { isForeign("is too short") }
    defer { place += count }
    return Array(bytes[place..<place + count])
  }

  mutating func takeText() -> String { String(decoding: takeBytes(), as: UTF8.self) }

  mutating func takeOptionalText() -> String? { take() ? takeText() : nil }

  /// All bytes that are left.
  consuming func rest() -> [UInt8] { Array(bytes[place...]) }
}

/// Ends the process: a message isn't one that this program sends.
func isForeign(_ fault: StaticString) -> Never {
  misuse("a message between ranks \(fault): start the same build of the program on every rank")
}
