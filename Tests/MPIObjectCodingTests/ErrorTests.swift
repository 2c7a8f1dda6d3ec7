// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPIObjectCoding

/// What can go wrong, and what is said then.
extension ObjectCodingTests {
  @Test func encodingErrorsArePassedOn() throws {
    #expect(throws: Failing.Refusal.self) { try ObjectCoder.encode(Failing()) }
    #expect(throws: Failing.Refusal.self) { try ObjectCoder.encode(["a": [Failing()]]) }
    try expectRoundTrip(Forgiving(value: 7))
  }

  @Test func misuseOfContainers() throws {
    #expect(throws: EncodingError.self) { try ObjectCoder.encode(Misuse(kind: 0)) }
    #expect(throws: EncodingError.self) { try ObjectCoder.encode(Misuse(kind: 1)) }
    #expect(throws: EncodingError.self) { try ObjectCoder.encode([Misuse(kind: 1)]) }
    try expectRoundTrip(Misuse(kind: 2))
  }

  @Test func cycles() throws {
    let first = Link(value: 1, next: nil)
    first.next = first
    let error = #expect(throws: EncodingError.self) { try ObjectCoder.encode(first) }
    #expect(text(of: error).contains("circle"))
    first.next = nil
  }

  @Test func wrongRootType() throws {
    let bytes = try ObjectCoder.encode(Box(value: 1))
    let error = #expect(throws: DecodingError.self) { try ObjectCoder.decode(Box<UInt>.self, from: bytes) }
    #expect(text(of: error).contains("Box<Swift.Int>, not a "))
    #expect(text(of: error).contains("Box<Swift.UInt>"))
    #expect(!text(of: error).contains("$"))
    #expect(throws: DecodingError.self) { try ObjectCoder.decode(Int.self, from: bytes) }
    #expect(throws: DecodingError.self) { try ObjectCoder.decode(Box<Int>?.self, from: bytes) }
  }

  @Test func wrongTypeInside() throws {
    for mode in 0...9 {
      let bytes = try ObjectCoder.encode(Liar(mode: mode))
      let error = #expect(throws: DecodingError.self) { try ObjectCoder.decode(Liar.self, from: bytes) }
      #expect(!text(of: error).isEmpty)
    }
  }

  @Test func foreignBytes() throws {
    #expect(throws: DecodingError.self) { try ObjectCoder.decode(Int.self, from: []) }
    #expect(throws: DecodingError.self) { try ObjectCoder.decode(Int.self, from: .init(start: nil, count: 0)) }
    #expect(throws: DecodingError.self) { try ObjectCoder.decode(Int.self, from: Array("{}".utf8)) }
    #expect(throws: DecodingError.self) { try ObjectCoder.decode(Int.self, from: Array(repeating: 0, count: 100)) }
    var bytes = try ObjectCoder.encode(1)
    bytes.append(0)
    let error = #expect(throws: DecodingError.self) { try ObjectCoder.decode(Int.self, from: bytes) }
    #expect(text(of: error).contains("1 bytes follow"))
  }

  @Test func randomBytes() throws {
    var random = Generator(state: 1)
    let valid = try ObjectCoder.encode(Mixture.sample)
    for length in 0..<400 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(throws: DecodingError.self) { try ObjectCoder.decode(Mixture.self, from: bytes) }
      // Random bytes behind a header that promises them.
      var dressed = Array(valid[..<min(32, valid.count)]) + bytes
      store(UInt64(dressed.count), at: 16, in: &dressed)
      store(UInt64.random(in: 32...UInt64(dressed.count), using: &random), at: 8, in: &dressed)
      #expect(throws: DecodingError.self) { try ObjectCoder.decode(Mixture.self, from: dressed) }
    }
  }

  @Test func truncatedBytes() throws {
    let bytes = try ObjectCoder.encode(Mixture.sample)
    for length in 0..<bytes.count {
      var part = Array(bytes[..<length])
      #expect(throws: DecodingError.self) { try ObjectCoder.decode(Mixture.self, from: part) }
      guard length >= 32 else { continue }
      // Even if the header agrees with what is left.
      store(UInt64(length), at: 16, in: &part)
      if let value = try? ObjectCoder.decode(Mixture.self, from: part) { #expect(value.isPlausible) }
      store(UInt64(length), at: 8, in: &part)
      #expect(throws: DecodingError.self) { try ObjectCoder.decode(Mixture.self, from: part) }
    }
  }

  @Test func flippedBytes() throws {
    let bytes = try ObjectCoder.encode(Mixture.sample)
    for offset in bytes.indices {
      for mask in [0x01, 0x80, 0xFF] as [UInt8] {
        var flipped = bytes
        flipped[offset] ^= mask
        if let value = try? ObjectCoder.decode(Mixture.self, from: flipped) { #expect(value.isPlausible) }
      }
    }
  }

  @Test func overwrittenWords() throws {
    let bytes = try ObjectCoder.encode(Mixture.sample)
    let lengths: [UInt64] = [.max, .max >> 1, 1 << 62, 1 << 55, 1 << 32, 1 << 24]
    for offset in 0..<(bytes.count - 8) {
      for length in lengths {
        var corrupted = bytes
        store(length, at: offset, in: &corrupted)
        if let value = try? ObjectCoder.decode(Mixture.self, from: corrupted) { #expect(value.isPlausible) }
        // The same with the tag kept.
        corrupted = bytes
        store(length & 0x00FF_FFFF_FFFF_FFFF | UInt64(bytes[offset + 7]) << 56, at: offset, in: &corrupted)
        if let value = try? ObjectCoder.decode(Mixture.self, from: corrupted) { #expect(value.isPlausible) }
      }
    }
  }

  @Test func packedBytesAreChecked() throws {
    let value = (0..<50).map { Particle(kind: $0.isMultiple(of: 2) ? .up : .down, isFixed: false, mass: Double($0)) }
    let bytes = try ObjectCoder.encode(value)
    for offset in 49..<(49 + 50 * MemoryLayout<Particle>.stride) {
      var flipped = bytes
      flipped[offset] ^= 0x40
      let error = #expect(throws: DecodingError.self) { try ObjectCoder.decode([Particle].self, from: flipped) }
      #expect(text(of: error).contains("checksum"))
    }
  }

  @Test func invalidText() throws {
    var bytes = try ObjectCoder.encode("abc")
    bytes[41] = 0xFF
    let error = #expect(throws: DecodingError.self) { try ObjectCoder.decode(String.self, from: bytes) }
    #expect(text(of: error).contains("UTF-8"))
  }

  @Test func invalidTruthValue() throws {
    var bytes = try ObjectCoder.encode(true)
    bytes[40] = 2
    #expect(throws: DecodingError.self) { try ObjectCoder.decode(Bool.self, from: bytes) }
  }

  @Test func excessiveNesting() throws {
    // A slot in a slot in a slot: as deep as the bytes go.
    var bytes = try ObjectCoder.encode([Nest]())
    let table = Array(bytes[49...])
    let levels = 20_000
    bytes = Array(bytes[..<32])
    for level in 0..<levels {
      let word = UInt64(ObjectTag.sequence.rawValue) << 56 | UInt64(17 * (levels - 1 - level) + 9)
      withUnsafeBytes(of: word) { bytes += $0 }
      withUnsafeBytes(of: UInt64(level == levels - 1 ? 0 : 1)) { bytes += $0 }
      bytes.append(ObjectTag.slots.rawValue)
    }
    store(UInt64(bytes.count), at: 8, in: &bytes)
    bytes += table
    store(UInt64(bytes.count), at: 16, in: &bytes)
    let error = #expect(throws: DecodingError.self) { try ObjectCoder.decode([Nest].self, from: bytes) }
    #expect(text(of: error).contains("deep"))
  }

  @Test func decodersKeptAfterTheEnd() throws {
    let keeper = try recoded(Keeper())
    let decoder = try #require(keeper.decoder)
    #expect(throws: DecodingError.self) {
      try decoder.container(keyedBy: ObjectPathKey.self).decode(Int.self, forKey: .init(stringValue: "a"))
    }
  }

  @Test func fingerprintsAreTheSameInEveryProcess() {
    struct Local: Codable {}
    #expect(!ObjectTypeName.of(Local.self).text.contains("$"))
    #expect(!ObjectTypeName.of([Box<Local>].self).text.contains("$"))
    #expect(ObjectTypeName.of(Box<Int>.self).fingerprint != ObjectTypeName.of(Box<UInt>.self).fingerprint)
  }
}
