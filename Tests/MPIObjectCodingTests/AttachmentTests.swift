// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPIObjectCoding

/// The long arrays of an object, which travel beside its message.
@Suite struct ObjectAttachmentTests {
  /// A trivially copyable value.
  struct Particle: Codable, Equatable {
    var position: SIMD3<Double>
    var charge: Int8
    var isHeavy: Bool
  }

  /// Arrays in many places.
  struct Field: Codable, Equatable {
    var name = "field"
    var numbers: [Double]
    var few: [Int] = [1, 2, 3]
    var particles: [Particle]?
    var columns: [String: [Float]]
    var nested: [[Int32]]
    var flags: [Bool]

    static func sample(_ count: Int) -> Field {
      let numbers = (0..<count).map { Double($0) }
      let particles = (0..<count).map { index -> Particle in
        Particle(position: SIMD3(Double(index), 1, 2), charge: Int8(index % 100), isHeavy: index % 3 == 0)
      }
      let floats = numbers.map { Float($0) }
      let flags = (0..<count).map { $0 % 5 == 0 }
      return Field(
        numbers: numbers, particles: particles, columns: ["a": floats, "b": [1]],
        nested: [[], Array(0..<Int32(count)), [7]], flags: flags)
    }
  }

  private func encoded<T: Codable>(_ value: T, from least: Int) throws -> (bytes: [UInt8], [ObjectAttachment]) {
    try ObjectCoder.encode(value, attachingFrom: least) { [UInt8](repeating: 0, count: $0) }
  }

  private func decoded<T: Codable>(_: T.Type, _ bytes: [UInt8], _ attachments: [ObjectAttachment]) throws -> T {
    try bytes.withUnsafeBytes { try ObjectCoder.decode(T.self, from: $0, attachments) }
  }

  @Test func longArraysAreNotInTheMessage() throws {
    let field = Field.sample(10_000)
    let (bytes, attachments) = try encoded(field, from: 5_000)
    #expect(bytes.count < 1_000)
    #expect(attachments.map(\.byteCount).sorted() == [10_000, 40_000, 40_000, 80_000, 480_000])
    #expect(try decoded(Field.self, bytes, attachments) == field)
    #expect(try decoded(Field.self, bytes, attachments.map(\.asBytes)) == field)
    // The next message of the type, without.
    #expect(try encoded(field, from: .max).1.isEmpty)
    #expect(try ObjectCoder.decode(Field.self, from: ObjectCoder.encode(field)) == field)
  }

  @Test func nothingIsCopied() throws {
    let numbers = (0..<10_000).map(Double.init)
    func place(_ array: [Double]) -> UnsafeRawPointer? { array.withUnsafeBytes { $0.baseAddress } }
    var (bytes, attachments) = try encoded(["a": [numbers]], from: 1)
    #expect(place(try decoded([String: [[Double]]].self, bytes, attachments)["a"]![0]) == place(numbers))
    // Also where the array stands alone; and not where it came as bytes.
    (bytes, attachments) = try encoded(numbers, from: 1)
    #expect(place(try decoded([Double].self, bytes, attachments)) == place(numbers))
    #expect(place(try decoded([Double].self, bytes, attachments.map(\.asBytes))) != place(numbers))
    #expect(place(Array(try decoded(ContiguousArray<Double>.self, encoded(ContiguousArray(numbers), from: 1)))) != nil)
  }

  private func decoded<T: Codable>(_ type: T.Type, _ message: ([UInt8], [ObjectAttachment])) throws -> T {
    try decoded(type, message.0, message.1)
  }

  @Test func whatIsDoneAgainIsAttachedOnce() throws {
    /// Writes to two containers in turn, so that all is done again.
    struct InTurn: Codable, Equatable {
      var numbers: [[Double]]

      init(numbers: [[Double]]) { self.numbers = numbers }

      init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        var first = try container.nestedUnkeyedContainer()
        var second = try container.nestedUnkeyedContainer()
        numbers = []
        while !first.isAtEnd {
          numbers.append(try first.decode([Double].self))
          _ = try second.decode(Int.self)
        }
      }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        var first = container.nestedUnkeyedContainer()
        var second = container.nestedUnkeyedContainer()
        for array in numbers {
          try first.encode(array)
          try second.encode(array.count)
        }
      }
    }
    let value = InTurn(numbers: [[1, 2], [3], [4, 5, 6]])
    let (bytes, attachments) = try encoded([value], from: 1)
    #expect(attachments.map(\.byteCount) == [16, 8, 24])
    #expect(try decoded([InTurn].self, bytes, attachments) == [value])
  }

  @Test func elementsAreReadOneByOneToo() throws {
    /// Reads an array by a container.
    struct Slow: Codable {
      var numbers: [Double]

      init(numbers: [Double]) { self.numbers = numbers }

      init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        numbers = []
        while !container.isAtEnd { numbers.append(try container.decode(Double.self)) }
      }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(numbers)
      }
    }
    let numbers = (0..<100).map { Double($0) / 3 }
    let (bytes, attachments) = try encoded(Slow(numbers: numbers), from: 1)
    #expect(attachments.count == 1)
    #expect(try decoded(Slow.self, bytes, attachments).numbers == numbers)
    #expect(try decoded(Slow.self, bytes, attachments.map(\.asBytes)).numbers == numbers)
  }

  @Test func attachmentsThatAreNotThoseOfTheMessage() throws {
    let particles = Field.sample(100).particles!
    let (bytes, attachments) = try encoded(Field.sample(100), from: 1)
    func expect(_ words: String, _ attachments: [ObjectAttachment]) {
      let error = #expect(throws: DecodingError.self) { try decoded(Field.self, bytes, attachments) }
      #expect("\(error!)".contains(words), "\(error!)")
    }
    expect("has 0 attachments, and none of the number 0", [])
    expect("does not fit", attachments.map { _ in ObjectAttachment([1.0]) })
    // Of the right length, and other bytes.
    var other = particles
    other[3].charge = 99
    expect("checksum", attachments.map { $0.byteCount == 4_800 ? ObjectAttachment(other) : $0 })
    // Of the right length, and another type, which can't be told from bytes.
    let same = try decoded(
      Field.self, bytes, attachments.map { $0.byteCount == 800 ? ObjectAttachment([Int](0..<100)) : $0 })
    #expect(same.numbers[1].bitPattern == 1)
  }

  @Test func damagedMessages() throws {
    let (bytes, attachments) = try encoded(Field.sample(20), from: 1)
    for position in bytes.indices {
      for byte: UInt8 in [0, 1, 0x7F, 0xFF, bytes[position] ^ 1] {
        var damaged = bytes
        damaged[position] = byte
        _ = try? decoded(Field.self, damaged, attachments)
      }
      _ = try? decoded(Field.self, Array(bytes[..<position]), attachments)
    }
  }
}
