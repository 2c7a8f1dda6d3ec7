// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPIObjectCoding

/// Types whose conformance is written by hand.
extension ObjectCodingTests {
  /// A type that reads its keys in another order than it writes them.
  struct Reversed: Codable, Equatable {
    var a: Int
    var b: String
    var c: [Int]
    var d: String?

    enum CodingKeys: CodingKey { case a, b, c, d }

    init(a: Int, b: String, c: [Int], d: String?) {
      (self.a, self.b, self.c, self.d) = (a, b, c, d)
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      d = try container.decodeIfPresent(String.self, forKey: .d)
      c = try container.decode([Int].self, forKey: .c)
      b = try container.decode(String.self, forKey: .b)
      a = try container.decode(Int.self, forKey: .a)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(a, forKey: .a)
      try container.encode(b, forKey: .b)
      try container.encode(c, forKey: .c)
      try container.encode(d, forKey: .d)
    }
  }

  /// A key of any name.
  struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }

    init?(stringValue: String) { self.init(stringValue) }

    init?(intValue: Int) { nil }
  }

  /// A keyed container with keys from a dictionary.
  struct ManyKeys: Codable, Equatable {
    var values: [String: Int]

    init(values: [String: Int]) { self.values = values }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      values = [:]
      for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
        values[key.stringValue] = try container.decode(Int.self, forKey: key)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      for (key, value) in values { try container.encode(value, forKey: AnyKey(key)) }
    }
  }

  /// A type that reads one of its keys only.
  struct Selective: Codable {
    var values: [String: Int]
    var asked: String

    init(values: [String: Int], asked: String) {
      self.values = values
      self.asked = asked
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      let value = try container.decodeIfPresent(Int.self, forKey: AnyKey("b"))
      let keys = container.allKeys.map(\.stringValue).sorted().joined(separator: " ")
      #expect(throws: DecodingError.self) { try container.decode(Int.self, forKey: AnyKey("z")) }
      #expect(throws: DecodingError.self) { try container.decodeNil(forKey: AnyKey("z")) }
      #expect(throws: DecodingError.self) { try container.superDecoder() }
      values = [:]
      asked = "\(value.map(String.init) ?? "nil") of \(keys), not \(container.contains(AnyKey("z")) ? "-" : "z")"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      for (key, value) in values { try container.encode(value, forKey: AnyKey(key)) }
    }
  }

  /// A type that uses an unkeyed container.
  struct Manual: Codable, Equatable {
    var items: [Int?]
    var name: String
    var nested: [[Int]]
    var point: Point

    init(items: [Int?], name: String, nested: [[Int]], point: Point) {
      (self.items, self.name, self.nested, self.point) = (items, name, nested, point)
    }

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      name = try container.decode(String.self)
      var nestedContainer = try container.nestedUnkeyedContainer()
      nested = []
      while !nestedContainer.isAtEnd { nested.append(try nestedContainer.decode([Int].self)) }
      try check((try? nestedContainer.decode(Int.self)) == nil, decoder)
      let keyed = try container.nestedContainer(keyedBy: AnyKey.self)
      point = try keyed.decode(Point.self, forKey: AnyKey("point"))
      point = try Point(from: container.superDecoder())
      let expected = container.currentIndex
      items = []
      while !container.isAtEnd {
        items.append(try container.decodeNil() ? nil : try container.decode(Int.self))
      }
      try check(container.count == expected + items.count, decoder)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.unkeyedContainer()
      try container.encode(name)
      var nestedContainer = container.nestedUnkeyedContainer()
      for list in nested { try nestedContainer.encode(list) }
      var keyed = container.nestedContainer(keyedBy: AnyKey.self)
      try keyed.encode(point, forKey: AnyKey("point"))
      try point.encode(to: container.superEncoder())
      #expect(container.count == 4)
      for item in items {
        if let item { try container.encode(item) } else { try container.encodeNil() }
      }
    }
  }

  /// A type that writes nothing, a number, or a text.
  enum Maybe: Codable, Hashable {
    case nothing
    case number(Int)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .nothing
      } else if let number = try? container.decode(Int.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .nothing: try container.encodeNil()
      case .number(let number): try container.encode(number)
      case .text(let text): try container.encode(text)
      }
    }
  }

  /// A type with a value that may write nothing.
  struct MaybeHolder: Codable, Equatable {
    var maybe: Maybe?
  }

  /// A type that is encoded like its value.
  struct Transparent<T: Codable & Equatable>: Codable, Equatable {
    var value: T
    var note = "not encoded"

    init(value: T) { self.value = value }

    init(from decoder: any Decoder) throws {
      value = try decoder.singleValueContainer().decode(T.self)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(value)
    }
  }

  /// A type with nested containers, to which it writes one after the other or in turn.
  struct Nesting: Codable, Equatable {
    var interleaves: Bool
    var text = "text"
    var a = [1, 2, 3]
    var b = ["x", "y", "z"]

    enum CodingKeys: CodingKey { case interleaves, text, a, b }

    init(interleaves: Bool) { self.interleaves = interleaves }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      interleaves = try container.decode(Bool.self, forKey: .interleaves)
      text = try container.decode(String.self, forKey: .text)
      var first = try container.nestedUnkeyedContainer(forKey: .a)
      let second = try container.nestedContainer(keyedBy: AnyKey.self, forKey: .b)
      var third = try second.nestedUnkeyedContainer(forKey: AnyKey("third"))
      (a, b) = ([], [])
      while !first.isAtEnd {
        a.append(try first.decode(Int.self))
        b.append(try second.decode(String.self, forKey: AnyKey("\(a.count)")))
        #expect(try third.decode(Named.self).name == b.last)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(interleaves, forKey: .interleaves)
      if interleaves {
        var first = container.nestedUnkeyedContainer(forKey: .a)
        var second = container.nestedContainer(keyedBy: AnyKey.self, forKey: .b)
        var third = second.nestedUnkeyedContainer(forKey: AnyKey("third"))
        for index in a.indices {
          try first.encode(a[index])
          try second.encode(b[index], forKey: AnyKey("\(index + 1)"))
          try third.encode(Named(b[index]))
        }
        try container.encode(text, forKey: .text)
      } else {
        var first = container.nestedUnkeyedContainer(forKey: .a)
        for number in a { try first.encode(number) }
        var second = container.nestedContainer(keyedBy: AnyKey.self, forKey: .b)
        for index in a.indices { try second.encode(b[index], forKey: AnyKey("\(index + 1)")) }
        var third = second.nestedUnkeyedContainer(forKey: AnyKey("third"))
        for text in b { try third.encode(Named(text)) }
        try container.encode(text, forKey: .text)
      }
    }
  }

  /// A recursive type that writes to two nested containers in turn.
  struct Interleaved: Codable, Equatable {
    var value: Int
    var next: [Interleaved]

    init(value: Int, next: [Interleaved]) {
      self.value = value
      self.next = next
    }

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      var values = try container.nestedUnkeyedContainer()
      var nexts = try container.nestedUnkeyedContainer()
      value = try values.decode(Int.self)
      next = try nexts.decode([Interleaved].self)
      #expect(try values.decode(Int.self) == value)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.unkeyedContainer()
      var values = container.nestedUnkeyedContainer()
      var nexts = container.nestedUnkeyedContainer()
      try values.encode(value)
      try nexts.encode(next)
      try values.encode(value)
    }
  }

  /// A type that uses two encoders for superclasses after the container has gone on.
  struct LateSuper: Codable, Equatable {
    var a: Int
    var b: [Int]

    enum CodingKeys: CodingKey { case one, two, three }

    init(a: Int, b: [Int]) {
      self.a = a
      self.b = b
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      let first = try container.superDecoder(forKey: .one)
      b = try [Int](from: container.superDecoder())
      a = try Int(from: first)
      try check(container.decode(Int.self, forKey: .two) == a, decoder)
      _ = try Empty(from: container.superDecoder(forKey: .three))
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      let first = container.superEncoder(forKey: .one)
      let second = container.superEncoder()
      _ = container.superEncoder(forKey: .three)
      try container.encode(a, forKey: .two)
      try b.encode(to: second)
      try a.encode(to: first)
    }
  }
}
