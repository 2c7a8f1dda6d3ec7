// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The sixteen bytes that a string consists of.
///
/// As long as both strings live, strings with the same bytes are equal: they are in the bytes, or at the same address.
/// Equal strings may have different bytes. That is how the standard library makes strings, and no promise of its. So
/// ``areTrusted`` tries it once; if it is not so, strings are compared as strings.
struct StringWords {
  private let first: UInt64
  private let second: UInt64

  /// The bytes of no string.
  static let ofNothing = StringWords(first: 0, second: 0)

  private init(first: UInt64, second: UInt64) { (self.first, self.second) = (first, second) }

  /// The bytes of a string. Only to be called if ``areTrusted``.
  @inline(__always)
  init(_ string: String) { self = unsafeBitCast(string, to: StringWords.self) }

  @inline(__always)
  static func == (one: StringWords, other: StringWords) -> Bool {
    (one.first ^ other.first) | (one.second ^ other.second) == 0
  }

  /// Whether the bytes distinguish strings in this process.
  static let areTrusted: Bool = {
    guard MemoryLayout<String>.size == MemoryLayout<StringWords>.size else { return false }
    // Short ones, empty ones, of several bytes a character, and long ones, which are elsewhere in memory.
    let texts = ["", "a", "b", "ab", "ä", "fifteen letters", "more than fifteen letters", "more than fifteen lettres"]
    for (index, text) in texts.enumerated() {
      let copy = text
      guard StringWords(copy) == StringWords(text), !(StringWords(text) == .ofNothing) else { return false }
      for other in texts[..<index] where StringWords(other) == StringWords(text) { return false }
      // One that is made at run time, and one that was a copy of it and was changed.
      let made = "\(text)\(index) and so on"
      var changed = made
      changed.removeLast()
      changed.append("!")
      guard !(StringWords(made) == StringWords(changed)) else { return false }
    }
    return true
  }()
}
