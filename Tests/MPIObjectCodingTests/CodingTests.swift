// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPIObjectCoding

/// The coder that turns any `Codable` value into bytes. It needs no MPI.
@Suite struct ObjectCodingTests {

  @Test func integers() throws {
    try expectRoundTrip(Int.min)
    try expectRoundTrip(Int8.min)
    try expectRoundTrip(Int16.min)
    try expectRoundTrip(Int32.min)
    try expectRoundTrip(Int64.min)
    try expectRoundTrip(Int128.min)
    try expectRoundTrip(UInt.max)
    try expectRoundTrip(UInt8.max)
    try expectRoundTrip(UInt16.max)
    try expectRoundTrip(UInt32.max)
    try expectRoundTrip(UInt64.max)
    try expectRoundTrip(UInt128.max)
    try expectRoundTrip([Int128.min, 0, .max])
    try expectRoundTrip(Scalars())
  }

  @Test func floatingPointNumbers() throws {
    try expectRoundTrip(Float.pi)
    try expectRoundTrip(Double.infinity)
    let decoded = try recoded(Double(nan: 42, signaling: false))
    #expect(decoded.bitPattern == Double(nan: 42, signaling: false).bitPattern)
    #expect(try recoded(-0.0).sign == .minus)
    #if !(os(macOS) && arch(x86_64))
      try expectRoundTrip([Float16.leastNonzeroMagnitude, 1])
    #endif
  }

  @Test(arguments: [true, false]) func truthValues(value: Bool) throws {
    try expectRoundTrip(value)
    try expectRoundTrip([value, true, value])
    try expectRoundTrip(Set([value]))
  }

  @Test func strings() throws {
    try expectRoundTrip("")
    try expectRoundTrip("short")
    try expectRoundTrip("longer than fifteen bytes")
    try expectRoundTrip("Größe 👩‍👩‍👧‍👦 e\u{301} \0 日本語")
    try expectRoundTrip(String(repeating: "0123456789abcdef", count: 65_536))
    try expectRoundTrip(["", "a", String(repeating: "ß", count: 100_000), "b"])
    let spelling = try recoded("e\u{301}")
    #expect(Array(spelling.utf8) == [0x65, 0xCC, 0x81])
  }

  @Test func optionals() throws {
    try expectRoundTrip(Int?.none)
    try expectRoundTrip(Int?.some(1))
    for value in [Int??.none, .some(.none), .some(.some(7))] { try expectRoundTrip(value) }
    for value in [String??.none, .some(.none), .some(.some("x"))] { try expectRoundTrip(value) }
    for value in [String???.none, .some(.none), .some(.some(.none)), "x"] { try expectRoundTrip(value) }
    try expectRoundTrip([1, nil, 3] as [Int?])
    try expectRoundTrip(["a", nil, ""] as [String?])
    try expectRoundTrip([.none, .some(.none), .some(.some("x"))] as [String??])
    try expectRoundTrip([[1], nil, []] as [[Int]?])
    try expectRoundTrip(Optionals(a: 1, b: nil, c: .some(nil), d: "x", e: nil))
    try expectRoundTrip(Optionals(a: nil, b: .some(nil), c: nil, d: nil, e: [nil, 2]))
  }

  @Test func arrays() throws {
    try expectRoundTrip([Int]())
    try expectRoundTrip([String]())
    try expectRoundTrip([Named]())
    try expectRoundTrip([1.5, 2.5])
    try expectRoundTrip(Array(0..<100_000))
    try expectRoundTrip([[1, 2], [], [3]])
    try expectRoundTrip([[[Named("a")], []], []])
    try expectRoundTrip(ContiguousArray(["a", "b"]))
    try expectRoundTrip(ContiguousArray([1, 2] as [UInt16]))
    try expectRoundTrip(CollectionOfOne(3).map { Point(x: $0, y: 2) })
    try expectRoundTrip([Empty(), Empty(), Empty()])
  }

  @Test func sets() throws {
    try expectRoundTrip(Set<Int>())
    try expectRoundTrip(Set([1, 2, 3]))
    try expectRoundTrip(Set(["a", "b", "c"]))
    try expectRoundTrip(Set([Direction.up, .left]))
    try expectRoundTrip(Set([Padded(a: 1, b: 2), Padded(a: 3, b: 4)]))
    try expectRoundTrip(Set([["a"], []]))
  }

  @Test func dictionaries() throws {
    try expectRoundTrip([String: Int]())
    try expectRoundTrip(Dictionary(uniqueKeysWithValues: (0..<1_000).map { ("key \($0)", $0) }))
    try expectRoundTrip([1: ["a", "b"], 2: []])
    try expectRoundTrip([Direction.up: "up", .down: "down"])
    try expectRoundTrip([Direction.up: 1, .down: 2])
    try expectRoundTrip(["a": ["b": ["c": Named("d")]]])
    try expectRoundTrip([Named("a"): Named("b")])
    try expectRoundTrip(["a": nil, "b": 1] as [String: Int?])
    try expectRoundTrip(["a": nil, "b": "c"] as [String: String?])
    try expectRoundTrip([["x"]: true, []: false])
  }

  @Test func structures() throws {
    try expectRoundTrip(Point(x: 1, y: -2))
    try expectRoundTrip((0..<5_000).map { Point(x: Double($0), y: 0.5) })
    try expectRoundTrip(Padded(a: 1, b: 2))
    try expectRoundTrip([Padded(a: 1, b: 2), Padded(a: 3, b: 4)])
    try expectRoundTrip(Empty())
    try expectRoundTrip(Named("name"))
    try expectRoundTrip(Outer.sample)
    try expectRoundTrip(Array(repeating: Outer.sample, count: 50))
    try expectRoundTrip(Identifier(bytes: (0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)))
    try expectRoundTrip(Wide.sample)
  }

  @Test func largeBlocksAtEveryLevel() throws {
    let block = (0..<10_000).map(Double.init)
    let value = Blocks(
      name: "outer", first: block, inner: [Blocks(name: "inner", first: block, inner: [], last: block)],
      last: block.map { -$0 })
    try expectRoundTrip(value)
    try expectRoundTrip(["a": value, "b": value])
    #expect(try recoded(Array(block[100..<9_900])) == Array(block[100..<9_900]))
  }

  @Test func standardLibraryTypes() throws {
    try expectRoundTrip(SIMD4<Float>(1, 2, 3, 4))
    try expectRoundTrip([SIMD3<Double>(1, 2, 3)])
    try expectRoundTrip(1..<5)
    try expectRoundTrip([1...5])
    try expectRoundTrip(["a"..<"b"])
    try expectRoundTrip(Duration.seconds(3))
    try expectRoundTrip([Duration.seconds(3), .milliseconds(1)])
    try expectRoundTrip([Never]())
    try expectRoundTrip(Never?.none)
  }

  @Test func enumerations() throws {
    try expectRoundTrip(Direction.left)
    try expectRoundTrip([Direction.left, .right])
    try expectRoundTrip(Color.green)
    try expectRoundTrip(Single.only)
    try expectRoundTrip([Single.only, .only])
    for shape in Shape.samples { try expectRoundTrip(shape) }
    try expectRoundTrip(Shape.samples)
    for flat in [Flat.none, .one(1), .two(2, y: 3)] { try expectRoundTrip(flat) }
    try expectRoundTrip([Flat.none, .one(1), .two(2, y: 3)])
  }

  @Test func genericTypes() throws {
    try expectRoundTrip(Outcome<Int, String>.success(1))
    try expectRoundTrip(Outcome<[Named], Int>.success([Named("a")]))
    try expectRoundTrip(Outcome<[Named], Int>.failure(3))
    try expectRoundTrip(Box(value: 1))
    try expectRoundTrip(Box(value: "x"))
    try expectRoundTrip(Box(value: Int?.none))
    try expectRoundTrip(Box(value: Box(value: [String?.none])))
  }

  @Test func classes() throws {
    let dog = Dog(name: "Rex", legs: 4, tricks: ["sit"])
    let copy = try recoded(dog)
    #expect(copy.name == "Rex" && copy.legs == 4 && copy.tricks == ["sit"])
    let cat = SharingCat(name: "Tom", legs: 4, lives: 9)
    let animals = try recoded([Animal(name: "a", legs: 2), cat])
    #expect(animals.map(\.name) == ["a", "Tom"])
    let shared = try recoded(cat)
    #expect(shared.name == "Tom" && shared.legs == 4 && shared.lives == 9)
  }

  @Test func trees() throws {
    var tree = Tree.leaf(0)
    for depth in 1...1_000 { tree = depth.isMultiple(of: 2) ? .node(tree, .leaf(depth)) : .node(.leaf(depth), tree) }
    let copy = try recoded(tree)
    #expect(copy.sum == tree.sum)
    #expect(copy.depth == 1_000)
  }

  @Test func linkedLists() throws {
    var link: Link?
    for index in 0..<1_000 { link = Link(value: index, next: link) }
    #expect(try recoded(link)?.count == 1_000)
  }
}
