// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The numbers and texts of a checkpoint's header and directory, as bytes.

/// Bytes that are added one after another.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func add(bytes more: [UInt8]) { bytes += more }

  mutating func add(_ number: UInt64) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }

  mutating func add(_ numbers: [Int]) {
    add(numbers.count)
    for number in numbers { add(number) }
  }

  mutating func add(_ text: String) {
    add(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }
}

/// Reads what ``ByteWriter`` wrote. What goes past the end is an error, and so is a length that can't be.
struct ByteReader {
  private let bytes: [UInt8]
  private var offset = 0

  /// The bytes end too early, or have a number that can't be.
  struct Corruption: Error {}

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { offset == bytes.count }

  mutating func unsigned() throws(Corruption) -> UInt64 {
    guard bytes.count - offset >= 8 else { throw Corruption() }
    var number: UInt64 = 0
    withUnsafeMutableBytes(of: &number) { $0.copyBytes(from: bytes[offset..<offset + 8]) }
    offset += 8
    return number
  }

  mutating func number() throws(Corruption) -> Int { Int(Int64(bitPattern: try unsigned())) }

  /// A number of things of which each takes at least `size` of the bytes that are left.
  mutating func count(ofSize size: Int) throws(Corruption) -> Int {
    let count = try number()
    guard count >= 0, count <= (bytes.count - offset) / max(size, 1) else { throw Corruption() }
    return count
  }

  mutating func numbers() throws(Corruption) -> [Int] {
    let count = try count(ofSize: 8)
    var numbers: [Int] = []
    numbers.reserveCapacity(count)
    for _ in 0..<count { numbers.append(try number()) }
    return numbers
  }

  mutating func text() throws(Corruption) -> String {
    let count = try count(ofSize: 1)
    defer { offset += count }
    return String(decoding: bytes[offset..<offset + count], as: UTF8.self)
  }
}
