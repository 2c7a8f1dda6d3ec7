// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// What is sent: elements that tell from which rank they are, and at which place they stood.
protocol Sample: BitwiseCopyable, Equatable, Sendable {
  init(_ rank: Int, _ place: Int)
  static func plus(_ a: Self, _ b: Self) -> Self
  static var adding: ReduceOperation<Self> { get }
}

extension Int: Sample {
  init(_ rank: Int, _ place: Int) { self = 1000 * rank + place + 1 }
  static func plus(_ a: Int, _ b: Int) -> Int { a + b }
  static var adding: ReduceOperation<Int> { .sum }
}

/// A struct with gaps, whose length is no power of two.
struct Body: Sample {
  enum Kind {
    case star
    case planet(moons: Int32)
  }

  var position: SIMD3<Double>
  var mass: Float
  var kind: Kind
  var flag: UInt8

  init(_ rank: Int, _ place: Int) {
    position = SIMD3(Double(rank), Double(place), 1)
    mass = Float(rank + 10 * place)
    kind = place.isMultiple(of: 2) ? .planet(moons: Int32(rank)) : .star
    flag = UInt8(truncatingIfNeeded: rank ^ place)
  }

  static func plus(_ a: Body, _ b: Body) -> Body {
    var sum = a
    sum.position += b.position
    sum.mass += b.mass
    sum.kind = .star
    sum.flag &+= b.flag
    return sum
  }

  // A constant, which is there until MPI ends.
  static let adding: ReduceOperation<Body> = .custom { plus($0, $1) }

  static func == (a: Body, b: Body) -> Bool {
    guard a.position == b.position, a.mass == b.mass, a.flag == b.flag else { return false }
    return switch (a.kind, b.kind) {
    case (.star, .star): true
    case (.planet(let mine), .planet(let yours)): mine == yours
    default: false
    }
  }
}

/// Something that travels by `object:` alone.
struct Note: Codable, Equatable, Sendable {
  var rank: Int
  var lines: [String]

  init(_ rank: Int, lines: Int = 2) {
    self.rank = rank
    self.lines = (0..<lines).map { "line \($0) of rank \(rank)" }
  }
}

/// An expectation that isn't met.
struct Wrong: Error, CustomStringConvertible {
  var description: String
}

/// Compares, out of the optimizer's sight.
@inline(never)
func expect<Value: Equatable>(
  _ value: Value, _ wanted: Value, file: StaticString = #fileID, line: Int = #line
) throws {
  guard value == wanted else { throw Wrong(description: "\(file):\(line): \(value), and not \(wanted)") }
}

/// What each rank has: so many elements.
struct Data<Element: Sample> {
  var count: (_ rank: Int) -> Int
  var isEven: Bool

  init(_ count: Int) {
    self.count = { _ in count }
    isEven = true
  }

  init(each count: @escaping (_ rank: Int) -> Int) {
    self.count = count
    isEven = false
  }

  /// Those of a rank.
  @inline(never)
  func callAsFunction(_ rank: Int) -> [Element] { (0..<count(rank)).map { Element(rank, $0) } }

  /// Those of all ranks, one after the other.
  func all(_ ranks: Range<Int>) -> [Element] { ranks.flatMap { self($0) } }

  /// How many each rank has.
  func counts(_ ranks: Range<Int>) -> [Int] { ranks.map(count) }

  /// The sums of all ranks' elements at the same place.
  func sums(_ ranks: Range<Int>) -> [Element] {
    ranks.dropFirst().reduce(self(ranks.lowerBound)) { zip($0, self($1)).map(Element.plus) }
  }
}

/// A test of operations on one type of elements.
struct Trial<Element: Sample> {
  var world: Communicator
  var me: Int { world.rank }
  var ranks: Range<Int> { 0..<world.size }
  var last: Int { world.size - 1 }
  var right: Int { (me + 1) % world.size }
  var left: Int { (me + last) % world.size }

  init(_ world: Communicator) { self.world = world }

  /// Calls `body` with arrays of each kind. In a literal, and in an array that was just changed, it is the caller's
  /// optimizer that decides which elements are there, so these are inlined.
  @inline(__always)
  func each(_ body: (_ mine: [Element], _ data: Data<Element>) throws -> Void) throws {
    try body([Element(me, 0), Element(me, 1)], Data(2))
    var changed = [Element(me, 7), Element(me, 8), Element(me, 2)]
    changed[0] = Element(me, 0)
    changed[1] = Element(me, 1)
    try body(changed, Data(3))
    try others(body)
  }

  /// Calls `body` with a variable, one element, a slice, and nothing.
  @inline(never)
  func others(_ body: (_ mine: [Element], _ data: Data<Element>) throws -> Void) throws {
    for count in [7, 1, 0] {
      let data = Data<Element>(count)
      try body(data(me), data)
    }
    let longer = (-2..<9).map { Element(me, $0) }
    try body(Array(longer[2..<5]), Data(3))
  }

  /// Calls `body` with arrays of each kind, and with as many elements as the rank says.
  @inline(__always)
  func eachAndUneven(_ body: (_ mine: [Element], _ data: Data<Element>) throws -> Void) throws {
    try each(body)
    let data = Data<Element> { $0 }
    try body(data(me), data)
  }

  /// An array of what `body` puts into a span.
  @inline(__always)
  func filled(_ count: Int, _ body: (inout MutableSpan<Element>) throws -> Void) rethrows -> [Element] {
    var elements = blank(count)
    var span = elements.mutableSpan
    try body(&span)
    return elements
  }

  /// An array that `body` changes.
  @inline(__always)
  func changed(_ elements: [Element], _ body: (inout [Element]) throws -> Void) rethrows -> [Element] {
    var elements = elements
    try body(&elements)
    return elements
  }

  /// An array whose span `body` changes.
  @inline(__always)
  func changedSpan(
    _ elements: [Element], _ body: (inout MutableSpan<Element>) throws -> Void
  ) rethrows -> [Element] {
    var elements = elements
    var span = elements.mutableSpan
    try body(&span)
    return elements
  }

  /// Elements that no rank sends.
  func blank(_ count: Int) -> [Element] { [Element](repeating: Element(99, 99), count: count) }
}

/// The elements of a span.
func array<Element>(of span: Span<Element>) -> [Element] { span.indices.map { span[$0] } }

/// An array of which the optimizer doesn't know where it is from, if the program is built for size. Swift 6.3.1 then takes
/// `span` itself for what reads an array's count alone, in programs without this library too: see Tests/Scripts/effects.
@inline(__always)
func hidden<Element>(_ array: [Element]) -> [Element] {
  #if FOR_SIZE
    opaque(array)
  #else
    array
  #endif
}

@inline(never)
private func opaque<Element>(_ array: [Element]) -> [Element] { array }
