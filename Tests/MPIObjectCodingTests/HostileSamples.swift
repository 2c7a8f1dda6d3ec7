// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPIObjectCoding

/// Types that do what a coder must withstand.
extension ObjectCodingTests {
  /// A type that reads some things in another form than it writes them.
  struct Asymmetric: Codable {
    var seen: [String] = []

    init() {}

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      seen.append("\(try container.decode(Direction.self, forKey: AnyKey("raw")))")
      seen.append("Point\("\(try container.decode(Point.self, forKey: AnyKey("point")))".drop { $0 != "(" })")
      seen.append("\(try container.decode([Int].self, forKey: AnyKey("array")))")
      var numbers = try container.nestedUnkeyedContainer(forKey: AnyKey("numbers"))
      var sum = 0
      while !numbers.isAtEnd { sum += try numbers.decode(Int.self) }
      seen.append("\(sum)")
      seen.append("\(try container.decodeIfPresent(Int.self, forKey: AnyKey("nil")).map(String.init) ?? "nil")")
      seen.append("\(try container.decode(Int.self, forKey: AnyKey("optional")))")
      var flags = try container.nestedUnkeyedContainer(forKey: AnyKey("flags"))
      seen.append("\([try flags.decode(Bool.self), try flags.decode(Bool.self)])")
      var points = try container.nestedUnkeyedContainer(forKey: AnyKey("points"))
      var total = 0.0
      while !points.isAtEnd { total += try points.decode(Point.self).x }
      seen.append("\(total)")
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      try container.encode(Direction.left.rawValue, forKey: AnyKey("raw"))
      var point = container.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("point"))
      try point.encode(2.0, forKey: AnyKey("y"))
      try point.encode(1.0, forKey: AnyKey("x"))
      var array = container.nestedUnkeyedContainer(forKey: AnyKey("array"))
      for number in 1...3 { try array.encode(number) }
      try container.encode([1, 2, 3], forKey: AnyKey("numbers"))
      try container.encode(Int?.none, forKey: AnyKey("nil"))
      try container.encode(Int?.some(5), forKey: AnyKey("optional"))
      try container.encode([true, false], forKey: AnyKey("flags"))
      try container.encode([Point(x: 10, y: 0), Point(x: 20, y: 0)], forKey: AnyKey("points"))
    }
  }

  /// A trivially copyable type whose bytes mean nothing elsewhere. Its memory is never freed.
  struct Pointing: Codable {
    var pointer: UnsafePointer<CChar>

    init(text: String) {
      let bytes = Array(text.utf8CString)
      let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      memory.initialize(from: bytes, count: bytes.count)
      pointer = UnsafePointer(memory)
    }

    init(from decoder: any Decoder) throws {
      self.init(text: try decoder.singleValueContainer().decode(String.self))
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(String(cString: pointer))
    }
  }

  /// Another one.
  struct Kind: Codable {
    var type: Any.Type

    init(type: Any.Type) { self.type = type }

    init(from decoder: any Decoder) throws {
      type = try decoder.singleValueContainer().decode(String.self) == "String" ? String.self : Int.self
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(type == String.self ? "String" : "Int")
    }
  }

  /// A type that checks coding paths.
  struct Prober: Codable {
    var fails: Bool
    var note = ""

    init(fails: Bool) { self.fails = fails }

    init(from decoder: any Decoder) throws {
      #expect(decoder.codingPath.map(\.stringValue) == ["k", "Index 0", "value"])
      let container = try decoder.container(keyedBy: AnyKey.self)
      var nested = try container.nestedUnkeyedContainer(forKey: AnyKey("nested"))
      #expect(nested.codingPath.map(\.stringValue) == ["k", "Index 0", "value", "nested"])
      _ = try nested.decode(Int.self)
      fails = try nested.decode(Bool.self)
    }

    func encode(to encoder: any Encoder) throws {
      let path = ["k", fails ? "Index 1" : "Index 0", "value"]
      #expect(encoder.codingPath.map(\.stringValue) == path)
      if fails { throw EncodingError.invalidValue(self, .init(codingPath: encoder.codingPath, debugDescription: "")) }
      var container = encoder.container(keyedBy: AnyKey.self)
      var nested = container.nestedUnkeyedContainer(forKey: AnyKey("nested"))
      #expect(nested.codingPath.map(\.stringValue) == path + ["nested"])
      try nested.encode(1)
      try nested.encode(2)
    }
  }

  /// A type that cannot be encoded.
  struct Failing: Codable {
    struct Refusal: Error {}

    var text = "refused"

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      try container.encode("something", forKey: AnyKey("some"))
      throw Refusal()
    }
  }

  /// A type that goes on when a part of it cannot be encoded.
  struct Forgiving: Codable, Equatable {
    var value: Int
    var note = "not trivially copyable"

    init(value: Int) { self.value = value }

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      value = try container.decode(Int.self)
      let keyed = try container.nestedContainer(keyedBy: AnyKey.self)
      #expect(keyed.allKeys.map(\.stringValue) == ["value"])
      #expect(container.isAtEnd)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.unkeyedContainer()
      try? container.encode([[Failing()]])
      try container.encode(value)
      var keyed = container.nestedContainer(keyedBy: AnyKey.self)
      try? keyed.encode(["a": Failing()], forKey: AnyKey("failing"))
      try keyed.encode(value, forKey: AnyKey("value"))
    }
  }

  /// A type that uses its encoder in a way that is not allowed, or hardly.
  struct Misuse: Codable, Equatable {
    var kind: Int
    var note = "not trivially copyable"

    init(kind: Int) { self.kind = kind }

    init(from decoder: any Decoder) throws {
      self.init(kind: 2)
    }

    func encode(to encoder: any Encoder) throws {
      switch kind {
      case 0:
        var container = encoder.singleValueContainer()
        try container.encode(1)
        try container.encode(2)
      case 1:
        var keyed = encoder.container(keyedBy: AnyKey.self)
        var unkeyed = encoder.unkeyedContainer()
        try keyed.encode(1, forKey: AnyKey("a"))
        try unkeyed.encode(1)
      default: break
      }
    }
  }

  /// A type that reads other types than it writes.
  struct Liar: Codable {
    var mode: Int
    var note = "not trivially copyable"

    init(mode: Int) { self.mode = mode }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      mode = try container.decode(Int.self, forKey: AnyKey("mode"))
      let key = AnyKey("key")
      switch mode {
      case 0: _ = try container.decode(Int.self, forKey: key)
      case 1: _ = try container.decode(String.self, forKey: key)
      case 2: _ = try container.decode([Float].self, forKey: key)
      case 3: _ = try container.decode(Padded.self, forKey: key)
      case 4: _ = try container.decode([String: Int].self, forKey: key)
      case 5: _ = try container.decode(Direction.self, forKey: key)
      case 6: _ = try container.decode([Direction].self, forKey: key)
      case 7:
        var elements = try container.nestedUnkeyedContainer(forKey: key)
        _ = try elements.decode(Direction.self)
      case 8: _ = try [Maybe](from: container.superDecoder(forKey: key))
      default: _ = try container.decode(Int.self, forKey: key)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      try container.encode(mode, forKey: AnyKey("mode"))
      let key = AnyKey("key")
      switch mode {
      case 0: try container.encode("text", forKey: key)
      case 1: try container.encode(1, forKey: key)
      case 2: try container.encode([1, 2] as [Int32], forKey: key)
      case 3: try container.encode(SIMD4<Double>(), forKey: key)
      case 4: try container.encode([1, 2], forKey: key)
      case 5: try container.encode(Color.green, forKey: key)
      case 6...8: try container.encode([Color.green], forKey: key)
      default: try container.encodeNil(forKey: key)
      }
    }
  }

  /// A trivially copyable type with bytes that can be invalid.
  struct Particle: Codable, Equatable {
    var kind: Direction
    var isFixed: Bool
    var mass: Double
  }

  /// A type that is nothing but nesting.
  struct Nest: Codable {
    var nests: [Nest]

    init(from decoder: any Decoder) throws {
      nests = try decoder.singleValueContainer().decode([Nest].self)
    }
  }

  /// A type that keeps its decoder.
  struct Keeper: Codable {
    var decoder: (any Decoder)?

    init() {}

    init(from decoder: any Decoder) throws {
      self.decoder = decoder
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      try container.encode(1, forKey: AnyKey("a"))
    }
  }

  /// A value with everything in it.
  struct Mixture: Codable {
    var outer = Outer.sample
    var shapes = Shape.samples
    var particles = [Particle(kind: .down, isFixed: true, mass: 1), Particle(kind: .up, isFixed: false, mass: 2)]
    var particle: Particle? = Particle(kind: .left, isFixed: false, mass: 2)
    var maybes: [Maybe?] = [.nothing, nil, .number(1)]
    var set: Set<String> = ["a", "b"]
    var directions: Set<Direction> = [.up, .right]
    var table: [Direction: [Int]] = [.left: [1], .right: []]
    var counts = ["x": 1, "y": 2]
    var manual = Manual(items: [1, nil], name: "n", nested: [[1]], point: Point(x: 0, y: 0))
    var late = LateSuper(a: 1, b: [2])
    var optionals = Optionals(a: 1, b: .some(nil), c: nil, d: "d", e: [nil, 1])
    var flags = [true, false]
    var tree = Tree.node(.leaf(1), .node(.leaf(2), .leaf(3)))

    static var sample: Mixture { Mixture() }

    /// Whether all parts of the value can be looked at.
    var isPlausible: Bool { String(describing: self).count > 100 }
  }
}
