// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Checksums for bytes that show no sign themselves of being valid.
///
/// MPI delivers what was sent, and numbers need no check: each pattern of bits is a number. A packed value may hold an
/// enumeration or a `Bool`, and a pattern that none of its cases has is undefined behavior and not a wrong value. All
/// else in a message is validated as it is read. So is this.
package enum ObjectChecksum {
  /// An odd constant without pattern: multiplying by it is a bijection of 64-bit words.
  private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The checksum of no bytes.
  static let ofNothing = multiplier

  /// The checksum of `count` bytes.
  ///
  /// Each word goes through a chain of bijections, so that a change to one word always changes the result. Four chains
  /// run next to each other, because the processor overlaps their multiplications.
  package static func of(_ bytes: UnsafeRawPointer, count: Int) -> UInt64 {
    var a = UInt64(truncatingIfNeeded: count) ^ multiplier
    var offset = 0
    if count >= 32 {
      var b = a &+ 1
      var c = a &+ 2
      var d = a &+ 3
      while offset &+ 32 <= count {
        let word = bytes + offset
        a = step(a, word.loadUnaligned(as: UInt64.self))
        b = step(b, word.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        c = step(c, word.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        d = step(d, word.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
        offset &+= 32
      }
      a = step(step(step(a, b), c), d)
    }
    while offset &+ 8 <= count {
      a = step(a, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset &+= 8
    }
    while offset < count {
      a = step(a, UInt64(bytes.load(fromByteOffset: offset, as: UInt8.self)))
      offset &+= 1
    }
    return a
  }

  /// One link of a chain: a bijection of `state` for each `word`, and of `word` for each `state`.
  @inline(__always)
  private static func step(_ state: UInt64, _ word: UInt64) -> UInt64 {
    let product = (state ^ word) &* multiplier
    return product ^ (product &>> 32)
  }
}
