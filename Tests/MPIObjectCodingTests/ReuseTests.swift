// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPIObjectCoding

/// Coders are used again, for one message after another. What one leaves behind must not show in the next.
extension ObjectCodingTests {
  @Test func keptEncodersAndContainers() throws {
    let hoarders = (0..<3).map { Hoarder(value: $0) }
    let messages = try hoarders.map { try ObjectCoder.encode($0) }
    for hoarder in hoarders {
      // What comes too late goes nowhere, and not into the messages of others.
      var container = try #require(hoarder.hoard.outgoing)
      try container.encode(100, forKey: AnyKey("late"))
      try container.encode("late", forKey: AnyKey("value"))
      #expect(container.codingPath.isEmpty)
      var single = hoarder.hoard.encoder?.singleValueContainer()
      try single?.encode(100)
    }
    for (value, bytes) in messages.enumerated() {
      #expect(try ObjectCoder.encode(Hoarder(value: value)) == bytes)
      #expect(try ObjectCoder.decode(Hoarder.self, from: bytes).value == value)
    }
  }

  @Test func keptDecodersAndContainers() throws {
    let messages = try (0..<3).map { try ObjectCoder.encode(Hoarder(value: $0)) }
    let hoarders = try messages.map { try ObjectCoder.decode(Hoarder.self, from: $0) }
    for (value, hoarder) in hoarders.enumerated() {
      #expect(hoarder.value == value)
      let container = try #require(hoarder.hoard.incoming)
      #expect(throws: DecodingError.self) { try container.decode(Int.self, forKey: AnyKey("value")) }
      #expect(throws: DecodingError.self) { try container.decodeIfPresent(Int.self, forKey: AnyKey("value")) }
      #expect(container.allKeys.isEmpty)
    }
  }

  @Test func keysOfFormerMessages() throws {
    for number in 0..<500 {
      let keys = (number..<(number + 5)).map { "a key that is made at run time, number \($0)" }
      try expectRoundTrip(ManyKeys(values: Dictionary(uniqueKeysWithValues: zip(keys, 0...))))
    }
    let many = Dictionary(uniqueKeysWithValues: (0..<1_000).map { ("\($0)", $0) })
    try expectRoundTrip(ManyKeys(values: many))
    // They don't stay forever.
    #expect(try ObjectCoder.encode(ManyKeys(values: [:])).count < 16_384)
    try expectRoundTrip(ManyKeys(values: ["a": 1]))
  }

  @Test func keysNumberedInAnotherOrder() throws {
    // Each process numbers keys in the order in which it has met them.
    for names in [["a", "b", "c"], ["c", "a"], ["b"], ["c", "d", "b", "a"]] {
      let bytes = try ObjectCoder.encode(Ordered(names: names))
      #expect(try ObjectCoder.decode(Ordered.self, from: bytes).names == names.sorted())
    }
  }

  @Test func corruptedMessagesAmongGoodOnes() throws {
    let bytes = try ObjectCoder.encode(Outer.sample)
    for offset in bytes.indices {
      var flipped = bytes
      flipped[offset] ^= 0x21
      _ = try? ObjectCoder.decode(Outer.self, from: flipped)
      #expect(try ObjectCoder.decode(Outer.self, from: bytes) == Outer.sample)
    }
  }

  @Test func failuresAmongGoodMessages() throws {
    for number in 0..<10 {
      let part = Wavering(fails: false, more: [])
      let value = Wavering(fails: number.isMultiple(of: 2), more: [part, Wavering(fails: number == 3, more: [part])])
      if value.fails || number == 3 {
        #expect(throws: Failing.Refusal.self) { try ObjectCoder.encode(value) }
      } else {
        try expectRoundTrip(value)
      }
    }
  }

  @Test func manyThreads() async throws {
    @Sendable func work(_ number: Int) throws {
      for turn in 0..<100 {
        let table = ["\(number)": turn, "turn": number]
        let keys = ManyKeys(values: table)
        #expect(try ObjectCoder.decode(ManyKeys.self, from: ObjectCoder.encode(keys)) == keys)
        #expect(try ObjectCoder.decode([String: Int].self, from: ObjectCoder.encode(table)) == table)
        #expect(try ObjectCoder.decode(Outer.self, from: ObjectCoder.encode(Outer.sample)) == Outer.sample)
      }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 { group.addTask { try work(number) } }
      try await group.waitForAll()
    }
  }

  @Test func shortStrings() throws {
    // Of every length about those that a string holds in itself, with a byte that is no ASCII at every place.
    for length in 0...18 {
      let plain = String(repeating: "x", count: length)
      try expectRoundTrip(plain)
      for place in 0..<length {
        let text = "\(plain.prefix(place))ß\(plain.dropFirst(place + 1))"
        try expectRoundTrip(text)
        var bytes = try ObjectCoder.encode(plain)
        bytes[40 + place] = 0xFF
        #expect(throws: DecodingError.self) { try ObjectCoder.decode(String.self, from: bytes) }
      }
    }
  }

  @Test func corruptedDictionaries() throws {
    func attack<T: Codable>(_ value: T) throws {
      let bytes = try ObjectCoder.encode(value)
      for offset in bytes.indices {
        var flipped = bytes
        for bit in 0..<8 {
          flipped[offset] = bytes[offset] ^ 1 << UInt8(bit)
          _ = try? ObjectCoder.decode(T.self, from: flipped)
        }
        #expect(throws: DecodingError.self) { try ObjectCoder.decode(T.self, from: Array(bytes[..<offset])) }
      }
    }
    try attack(["a": 1, "bc": 2, "a longer key than fits": 3])
    try attack(["a": "x", "b": "", "c": "a longer value than fits"])
    try attack([1: 0.5, 2: 1.5])
    try attack([1: "a", 2: "ß"])
    try attack(["a": true, "b": false])

    // The second key made the same as the first.
    var bytes = try ObjectCoder.encode([7: 1, 8: 2])
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: [8, 0, 0, 0, 0, 0, 0, 0]) && $0 > 50 })
    bytes[place] = 7
    let error = #expect(throws: DecodingError.self) { try ObjectCoder.decode([Int: Int].self, from: bytes) }
    #expect(text(of: error).contains("same key twice"))
  }
}
