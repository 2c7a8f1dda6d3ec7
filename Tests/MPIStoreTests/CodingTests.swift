// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPIStoreFile
import Testing

/// The bytes of a store's tasks and results.
@Suite struct CodingTests {
  struct Everything: Codable, Equatable {
    enum Choice: Codable, Equatable {
      case nothing
      case number(Int)
      case words(first: String, rest: [String])
    }
    var bool = true
    var int = -3
    var ints: [Int] = [1, -2, .max, .min]
    var small: Int8 = -7
    var large: UInt64 = .max
    var wide: Int128 = .min
    var double = Double.pi
    var doubles = [1.5, -.infinity, 0.1 + 0.2]
    var float: Float = 0.1
    var text = "é\"\n\u{1}"
    var texts = ["a", ""]
    var nothing: Int?
    var something: Int? = 7
    var choice = Choice.words(first: "x", rest: ["y", "z"])
    var choices = [Choice.nothing, .number(1)]
    var table = ["b": [1.0], "a": []]
    var numbers = [3: "c", 1: "a"]
    var set: Set<String> = ["x", "y"]
    var date = Date(timeIntervalSinceReferenceDate: 1)
    var data = Data([1, 2, 3])
    var address = URL(string: "https://swift.org/a")!
    var nested = [[1.0, 2.0], []]
    var bytes: [UInt8] = [1, 2]
  }

  @Test("A value comes back as it was")
  func roundTrip() throws {
    let value = Everything()
    let bytes = try StoredCoder.encode(value)
    #expect(try StoredCoder.decode(Everything.self, from: bytes) == value)
    let back = try StoredCoder.decode([Double?].self, from: try StoredCoder.encode([1.5, nil]))
    #expect(back == [1.5, nil])
    #expect(try StoredCoder.decode(Int.self, from: try StoredCoder.encode(-5)) == -5)
    #expect(try StoredCoder.decode(Double.self, from: try StoredCoder.encode(Double.nan)).isNaN)
  }

  @Test("Equal values have the same bytes, however their sets and dictionaries were made")
  func canonical() throws {
    struct Pair: Hashable, Codable { var a: Int, b: String }
    for count in [0, 1, 2, 10, 1000] {
      let pairs = (0..<count).map { Pair(a: $0, b: "\($0)") }
      var (forward, backward) = (Set<Pair>(), Set<Pair>(minimumCapacity: 10 * count))
      var (table, other) = ([Pair: Int](), [Pair: Int](minimumCapacity: 10 * count))
      var (words, others) = ([String: Int](), [String: Int](minimumCapacity: 10 * count))
      for pair in pairs {
        forward.insert(pair)
        table[pair] = pair.a
        words[pair.b] = pair.a
      }
      for pair in pairs.reversed() {
        backward.insert(pair)
        other[pair] = pair.a
        others[pair.b] = pair.a
      }
      #expect(try StoredCoder.encode(forward) == StoredCoder.encode(backward))
      #expect(try StoredCoder.encode(table) == StoredCoder.encode(other))
      #expect(try StoredCoder.encode([words]) == StoredCoder.encode([others]))
      #expect(try StoredCoder.decode(Set<Pair>.self, from: StoredCoder.encode(backward)) == forward)
      #expect(try StoredCoder.decode([Pair: Int].self, from: StoredCoder.encode(other)) == table)
    }
  }

  @Test("Different values have different bytes")
  func distinct() throws {
    struct Padded: Codable { var a: Int8, b: Int }
    var seen: Set<[UInt8]> = []
    func add(_ value: some Encodable) throws {
      #expect(seen.insert(try StoredCoder.encode(value)).inserted, "\(value)")
    }
    for a: Int8 in -2...2 { for b in -2...2 { try add(Padded(a: a, b: b)) } }
    try add([Int]())
    try add([Double]())
    try add([String]())
    try add("")
    try add(0)
    try add(0.0)
    try add(-0.0)
    try add(Int?.none)
    try add(false)
    try add(["a": 1])
    try add(["a", "1"])
  }

  @Test("A field that was added is missing, and one that was removed is passed over")
  func evolution() throws {
    struct Old: Codable { var a = 1, b = "two" }
    struct New: Codable { var a: Int, c: Double? }
    struct Stricter: Codable { var a: Int, c: Double }
    let bytes = try StoredCoder.encode(Old())
    #expect(try StoredCoder.decode(New.self, from: bytes).a == 1)
    #expect(throws: DecodingError.self) { try StoredCoder.decode(Stricter.self, from: bytes) }
    #expect(throws: DecodingError.self) { try StoredCoder.decode(String.self, from: bytes) }
    #expect(throws: DecodingError.self) { try StoredCoder.decode(Int8.self, from: StoredCoder.encode(300)) }
  }

  @Test("Damaged bytes are an error, and never a trap")
  func damage() throws {
    let whole = try StoredCoder.encode(Everything())
    for count in 0..<whole.count {
      #expect(throws: (any Error).self) { try StoredCoder.decode(Everything.self, from: Array(whole[..<count])) }
    }
    var random = SystemRandomNumberGenerator()
    for _ in 0..<3000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = try? StoredCoder.decode(Everything.self, from: bytes)
      _ = try? StoredCoder.json(of: bytes)
      _ = try? StoredCoder.fields(of: bytes)
    }
  }

  @Test("JSON is what other programs read")
  func json() throws {
    let text = try StoredCoder.json(of: try StoredCoder.encode(Everything()))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(object?["int"] as? Int == -3)
    #expect(object?["text"] as? String == "é\"\n\u{1}")
    #expect((object?["doubles"] as? [Any])?.count == 3)
    #expect(object?["nothing"] == nil)
    #expect((object?["choice"] as? [String: Any])?["words"] != nil)
  }

  @Test("The key is the beginning of SHA-256")
  func hash() {
    func hex(_ bytes: [UInt8]) -> String {
      bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
    #expect(hex(ResultKey.hash(of: Array("abc".utf8))).hasPrefix("ba7816bf8f01cfea414140de5dae2223"))
    #expect(hex(ResultKey(of: []).bytes) == "e3b0c44298fc1c149afbf4c8996fb924")
    let long = [UInt8](repeating: 0x61, count: 1_000_000)
    #expect(hex(ResultKey.hash(of: long)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }
}
