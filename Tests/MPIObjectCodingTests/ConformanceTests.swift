// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPIObjectCoding

/// Conformances that were written by hand.
extension ObjectCodingTests {
  @Test func keysInAnotherOrder() throws {
    try expectRoundTrip(Reversed(a: 1, b: "b", c: [1], d: nil))
    try expectRoundTrip((0..<20).map { Reversed(a: $0, b: "b\($0)", c: [], d: $0 % 2 == 0 ? "d" : nil) })
    try expectRoundTrip(ManyKeys(values: Dictionary(uniqueKeysWithValues: (0..<200).map { ("k\($0)", $0) })))
  }

  @Test func unknownAndMissingKeys() throws {
    let names = try recoded(Selective(values: ["a": 1, "b": 2, "c": 3], asked: "b"))
    #expect(names.asked == "2 of a b c, not z")
    let repeated = try recoded(Selective(values: ["a": 1], asked: "b"))
    #expect(repeated.asked == "nil of a, not z")
  }

  @Test func unkeyedContainers() throws {
    try expectRoundTrip(Manual(items: [1, nil, 3], name: "n", nested: [[1, 2], []], point: Point(x: 1, y: 2)))
  }

  @Test func singleValueContainers() throws {
    for value in [Maybe.nothing, .number(1), .text("x")] { try expectRoundTrip(value) }
    try expectRoundTrip([Maybe.nothing, .number(1)])
    for value in [Maybe?.none, .nothing, .number(1)] { try expectRoundTrip(value) }
    for value in [Maybe??.none, .some(.none), .some(.some(.nothing))] { try expectRoundTrip(value) }
    try expectRoundTrip(Box(value: Maybe?.some(.nothing)))
    try expectRoundTrip(MaybeHolder(maybe: .nothing))
    try expectRoundTrip(MaybeHolder(maybe: nil))
    for value in [Transparent<Int??>(value: nil), .init(value: .some(nil)), .init(value: 1)] {
      try expectRoundTrip(value)
      try expectRoundTrip(Transparent(value: value))
      try expectRoundTrip(Optional(value))
      try expectRoundTrip(Transparent(value: Optional(Transparent(value: value))))
    }
  }

  @Test func nestedContainers() throws {
    try expectRoundTrip(Nesting(interleaves: false))
    try expectRoundTrip(Nesting(interleaves: true))
    try expectRoundTrip([Nesting(interleaves: true), Nesting(interleaves: false), Nesting(interleaves: true)])
    try expectRoundTrip(["a": Box(value: Nesting(interleaves: true))])
  }

  @Test func deeplyInterleavedContainers() throws {
    var chain = Interleaved(value: 0, next: [])
    for index in 1..<50 { chain = Interleaved(value: index, next: [chain]) }
    try expectRoundTrip(chain)
  }

  @Test func superEncodersUsedLate() throws {
    try expectRoundTrip(LateSuper(a: 1, b: [2, 3]))
  }

  @Test func equivalentForms() throws {
    let value = try recoded(Asymmetric())
    #expect(value.seen == ["left", "Point(x: 1.0, y: 2.0)", "[1, 2, 3]", "6", "nil", "5", "[true, false]", "30.0"])
  }

  @Test func typesWithAddressesEncodeThemselves() throws {
    let value = try recoded(Pointing(text: "by hand"))
    #expect(String(cString: value.pointer) == "by hand")
    #expect(try ObjectCoder.encode([value]).count > 40)
    let kind = try recoded(Box(value: Kind(type: String.self)))
    #expect(ObjectIdentifier(kind.value.type) == ObjectIdentifier(String.self))
  }

  @Test func codingPaths() throws {
    let deep = ["k": [Box(value: Prober(fails: false)), Box(value: Prober(fails: true))]]
    let encoding = #expect(throws: EncodingError.self) { try ObjectCoder.encode(deep) }
    #expect(path(of: encoding) == ["k", "Index 1", "value"])

    let bytes = try ObjectCoder.encode(["k": [Box(value: Prober(fails: false))]])
    let decoding = #expect(throws: DecodingError.self) {
      try ObjectCoder.decode([String: [Box<Prober>]].self, from: bytes)
    }
    #expect(path(of: decoding) == ["k", "Index 0", "value", "nested", "Index 1"])
  }
}
