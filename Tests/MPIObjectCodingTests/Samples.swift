// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPIObjectCoding

/// Types as the compiler makes them codable.
extension ObjectCodingTests {
  /// A value between others.
  struct Sandwich<T: Codable & Equatable>: Codable, Equatable {
    var before: String
    var value: T
    var after: Int
  }

  /// A value of each type that containers know.
  struct Scalars: Codable, Equatable {
    var name = "not trivially copyable"
    var a = true
    var b = Int.min
    var c = Int8.min
    var d = Int16.min
    var e = Int32.min
    var f = Int64.min
    var g = Int128.min
    var h = UInt.max
    var i = UInt8.max
    var j = UInt16.max
    var k = UInt32.max
    var l = UInt64.max
    var m = UInt128.max
    var n = Float.pi
    var o = Double.pi
  }

  /// Optional properties.
  struct Optionals: Codable, Equatable {
    var a: Int?
    var b: Int??
    var c: String??
    var d: String?
    var e: [Int?]?
  }

  /// A trivially copyable structure.
  struct Point: Codable, Equatable {
    var x: Double
    var y: Double
  }

  /// A trivially copyable structure with bytes that mean nothing.
  struct Padded: Codable, Hashable {
    var a: UInt64
    var b: UInt8
  }

  /// A structure without bytes.
  struct Empty: Codable, Equatable {}

  /// A structure with a string.
  struct Named: Codable, Hashable {
    var name: String

    init(_ name: String) { self.name = name }
  }

  /// A structure with much in it.
  struct Outer: Codable, Equatable {
    var id: Int
    var name: String
    var point: Point
    var inner: Inner
    var more: [Inner]
    var table: [String: Inner]
    var direction: Direction?

    struct Inner: Codable, Equatable {
      var name: String
      var tags: [String]
      var weight: Double
      var flag: Bool
    }

    static let sample = Outer(
      id: 7, name: "a name longer than fifteen bytes", point: Point(x: 1, y: 2),
      inner: Inner(name: "in", tags: ["a", "b"], weight: 0.5, flag: true),
      more: [Inner(name: "x", tags: [], weight: 1, flag: false), Inner(name: "y", tags: [""], weight: 2, flag: true)],
      table: ["t": Inner(name: "z", tags: ["q"], weight: 3, flag: false)], direction: .left)
  }

  /// More keys than are searched one after another.
  struct Wide: Codable, Equatable {
    var name = "wide"
    var aa = 1, ab = 2, ac = 3, ad = 4, ae = 5, af = 6, ag = 7, ah = 8, ai = 9, aj = 10, ak = 11, al = 12
    var ba = "1", bb = "2", bc = "3", bd = "4", be = "5", bf = "6", bg = "7", bh = "8", bi = "9", bj = "10"
    var ca: Int?, cb: Int?, cc: Int?, cd: Int?, ce: Int?, cf: Int?, cg: Int?, ch: Int?, ci: Int?, cj: Int?
    var da = [1], db = [2], dc = [3], dd = [4], de = [5], df = [6], dg = [7], dh = [8], di = [9], dj = [10]

    static let sample = Wide(ad: -4, bj: "-10", cb: 5, cj: 6)
  }

  /// Sixteen bytes, as in a UUID.
  struct Identifier: Codable, Hashable {
    var bytes: (UInt64, UInt64)

    init(bytes: (UInt64, UInt64)) { self.bytes = bytes }

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      bytes = (try container.decode(UInt64.self), try container.decode(UInt64.self))
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.unkeyedContainer()
      try container.encode(bytes.0)
      try container.encode(bytes.1)
    }

    static func == (a: Identifier, b: Identifier) -> Bool { a.bytes == b.bytes }

    func hash(into hasher: inout Hasher) { hasher.combine(bytes.0) }
  }

  /// Arrays that are not copied before the end.
  struct Blocks: Codable, Equatable {
    var name: String
    var first: [Double]
    var inner: [Blocks]
    var last: [Double]
  }

  /// An enumeration with raw values.
  enum Direction: String, Codable, Hashable {
    case up, down, left, right
  }

  /// An enumeration with other raw values.
  enum Color: Int, Codable {
    case red = 10
    case green = 20
  }

  /// An enumeration without bytes.
  enum Single: Codable {
    case only
  }

  /// An enumeration with associated values.
  enum Shape: Codable, Equatable {
    case nothing
    case circle(radius: Double)
    case polygon([Point], name: String)
    case labeled(String, Int?)
    indirect case group([Shape], first: Shape?)

    static var samples: [Shape] {
      [
        .nothing, .circle(radius: 2), .polygon([Point(x: 1, y: 2)], name: "p"), .labeled("l", nil), .labeled("m", 1),
        .group([.nothing, .circle(radius: 1)], first: .nothing), .group([], first: nil),
      ]
    }
  }

  /// A trivially copyable enumeration with associated values.
  enum Flat: Codable, Equatable {
    case none
    case one(Int)
    case two(Int, y: Double)
  }

  /// A generic enumeration.
  enum Outcome<Success: Codable & Equatable, Failure: Codable & Equatable>: Codable, Equatable {
    case success(Success)
    case failure(Failure)
  }

  /// A generic structure.
  struct Box<T: Codable>: Codable {
    var value: T
  }

  /// A class.
  class Animal: Codable {
    var name: String
    var legs: Int

    init(name: String, legs: Int) {
      self.name = name
      self.legs = legs
    }
  }

  /// A subclass that keeps its superclass apart.
  final class Dog: Animal {
    var tricks: [String]

    private enum CodingKeys: CodingKey { case tricks, name }

    init(name: String, legs: Int, tricks: [String]) {
      self.tricks = tricks
      super.init(name: name, legs: legs)
    }

    required init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      tricks = try container.decode([String].self, forKey: .tricks)
      #expect(try container.decode(String.self, forKey: .name) == "not that name")
      try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try super.encode(to: container.superEncoder())
      try container.encode(tricks, forKey: .tricks)
      try container.encode("not that name", forKey: .name)
    }
  }

  /// A subclass that shares the container of its superclass.
  final class SharingCat: Animal {
    var lives: Int

    private enum CodingKeys: CodingKey { case lives }

    init(name: String, legs: Int, lives: Int) {
      self.lives = lives
      super.init(name: name, legs: legs)
    }

    required init(from decoder: any Decoder) throws {
      lives = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .lives)
      try super.init(from: decoder)
    }

    override func encode(to encoder: any Encoder) throws {
      try super.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(lives, forKey: .lives)
    }
  }

  /// A recursive enumeration.
  indirect enum Tree: Codable {
    case leaf(Int)
    case node(Tree, Tree)

    var sum: Int {
      switch self {
      case .leaf(let value): value
      case .node(let left, let right): left.sum + right.sum
      }
    }

    var depth: Int {
      switch self {
      case .leaf: 0
      case .node(let left, let right): 1 + max(left.depth, right.depth)
      }
    }
  }

  /// A recursive class.
  final class Link: Codable {
    var value: Int
    var next: Link?

    init(value: Int, next: Link?) {
      self.value = value
      self.next = next
    }

    var count: Int {
      var count = 0
      var link: Link? = self
      while let current = link {
        count += 1
        link = current.next
      }
      return count
    }
  }
}

extension ObjectCodingTests.Box: Equatable where T: Equatable {}
