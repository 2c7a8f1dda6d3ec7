// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPIObjectCoding

/// What relies on the insides of the standard library, and the slow ways beside it.
struct FragileTests {
  @Test("The bytes of strings can be trusted with this standard library")
  func stringWords() {
    #expect(StringWords.areTrusted)
  }

  @Test("Keys have the same numbers whether the bytes of strings are trusted or not", arguments: [3, 8, 9, 100])
  func keysWithoutWords(count: Int) {
    let names = (0..<count).map { $0.isMultiple(of: 3) ? "k\($0)" : "a key that is longer than sixteen bytes, \($0)" }
    let fast = ObjectKeyTable(usesWords: true)
    let slow = ObjectKeyTable(usesWords: false)
    // In order, again, and in another order.
    for name in names + names + names.reversed() + [names[0], names[0]] {
      #expect(fast.number(of: name) == slow.number(of: "\(name)"))
    }
    #expect(fast.names == names && slow.names == names)
  }

  @Test("Addresses are found in stored properties, at any depth")
  func addresses() {
    struct Inner { var pointer: UnsafeMutablePointer<Int>? }
    struct Outer { var number: Double, inner: (Int, Inner) }
    struct Numbers { var a: Int, b: (UInt8, SIMD8<Float>), c: Double? }
    #expect(Addresses.inValues(of: Outer.self) == .some)
    #expect(Addresses.inValues(of: Numbers.self) == .none)
    #expect(Addresses.inValues(of: StaticString.self) == .some)
    #expect(Addresses.inValues(of: Int.self) == .none)
  }
}
