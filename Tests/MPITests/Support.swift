// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

// MARK: Errors

// What expects something is not optimized: otherwise the compiler makes a copy of it for each closure or type that it is
// called with, and those copies take a sixth of its time.

/// Expects that `body` throws an error of a class, and returns it for a closer look.
@discardableResult @_optimize(none)
func expectError(
  _ errorClass: ErrorClass, _ operation: String? = nil, naming words: String..., on communicator: Communicator? = nil,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> MPIError? {
  do {
    try body()
    Issue.record("nothing was thrown, and \(errorClass) was expected", sourceLocation: sourceLocation)
  } catch let error as MPIError {
    #expect(error.errorClass == errorClass, "\(error)", sourceLocation: sourceLocation)
    if let operation { #expect(error.operation == operation, "\(error)", sourceLocation: sourceLocation) }
    for word in words { #expect(error.text.contains(word), "\(error)", sourceLocation: sourceLocation) }
    if let communicator {
      #expect(error.communicator == communicator.name, "\(error)", sourceLocation: sourceLocation)
      #expect(error.rank == communicator.rank, "\(error)", sourceLocation: sourceLocation)
    }
    return error
  } catch {
    Issue.record(error, "an MPIError was expected", sourceLocation: sourceLocation)
  }
  return nil
}

/// As above, of a request or a message that `body` consumes.
@_optimize(none)
func expectError<Value: ~Copyable>(
  _ errorClass: ErrorClass, _ operation: String = "receive", of value: consuming Value, naming words: String...,
  on communicator: Communicator? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: (consuming Value) throws -> Void
) {
  let error = thrown(by: value, body)
  let found = expectError(errorClass, operation, on: communicator, sourceLocation: sourceLocation) {
    if let error { throw error }
  }
  for word in words {
    #expect(found?.text.contains(word) == true, "\(word)", sourceLocation: sourceLocation)
  }
}

/// What `body` throws. Apart from the above, for optimized by Swift 6.3.1 in one function with it, it crashes.
@inline(never)
private func thrown<Value: ~Copyable>(
  by value: consuming Value, _ body: (consuming Value) throws -> Void
) -> (any Error)? {
  do {
    try body(value)
    return nil
  } catch {
    return error
  }
}

/// Expects that a wrong argument is found before MPI sees it, with all that an error should say, and that the
/// communicator works as before. Called by every rank.
@_optimize(none)
func expectRefusal(
  _ errorClass: ErrorClass, _ operation: String, naming words: String..., on communicator: Communicator = .world,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws {
  let error = expectError(errorClass, operation, on: communicator, sourceLocation: sourceLocation, body)
  if let error {
    #expect(error.code == 0, "MPI was called: \(error)", sourceLocation: sourceLocation)
    for word in words { #expect(error.text.contains(word), "\(error)", sourceLocation: sourceLocation) }
  }
  #expect(try communicator.allReduce(1, .sum) == communicator.size, sourceLocation: sourceLocation)
}

extension Communicator {
  /// The next rank of the ring.
  var right: Int { (rank + 1) % size }
  /// The rank before this one in the ring.
  var left: Int { (rank + size - 1) % size }
  /// The root that is not the default one, if there is another.
  var last: Int { size - 1 }
}

// MARK: Elements

/// A type of which there are values to send.
protocol Sample: BitwiseCopyable, Equatable, Sendable {
  static func sample(_ seed: Int) -> Self
}

extension Sample {
  static func samples(_ count: Int, from seed: Int = 0) -> [Self] { (0..<count).map { sample(seed + $0) } }
}

extension Sample where Self: FixedWidthInteger {
  /// Takes all bytes of the type.
  static func sample(_ seed: Int) -> Self { Self(truncatingIfNeeded: (seed &+ 1) &* 0x1234_5678_9ABC_DEF1) }
}

extension Int: Sample {}
extension Int8: Sample {}
extension Int16: Sample {}
extension Int32: Sample {}
extension Int64: Sample {}
extension Int128: Sample {}
extension UInt: Sample {}
extension UInt8: Sample {}
extension UInt16: Sample {}
extension UInt32: Sample {}
extension UInt64: Sample {}
extension UInt128: Sample {}
extension Float: Sample {
  static func sample(_ seed: Int) -> Float { Float(seed) + 0.25 }
}
extension Double: Sample {
  static func sample(_ seed: Int) -> Double { Double(seed) + 0.1 }
}
extension Bool: Sample {
  static func sample(_ seed: Int) -> Bool { seed % 3 == 1 }
}
extension SIMD3: Sample where Scalar == Double {
  static func sample(_ seed: Int) -> Self { Self(Double(seed), 1, -Double(seed)) }
}
extension Optional: Sample where Wrapped == Double {
  static func sample(_ seed: Int) -> Double? { seed % 2 == 0 ? nil : Double(seed) }
}

/// 12 bytes of data, 16 from one to the next.
struct Padded: Sample {
  var weight: Double
  var index: Int32

  static func sample(_ seed: Int) -> Self { Self(weight: Double(seed) / 2, index: Int32(seed)) }
}

/// With holes in the middle, too.
struct Tupled: Sample {
  var pair: (Int8, Double)
  var flag: Bool

  static func sample(_ seed: Int) -> Self { Self(pair: (Int8(seed % 100), Double(seed)), flag: seed % 2 == 0) }
  static func == (left: Self, right: Self) -> Bool { left.pair == right.pair && left.flag == right.flag }
}

struct Inline: Sample {
  var values: InlineArray<3, Int16>

  static func sample(_ seed: Int) -> Self { Self(values: [Int16(seed), 1, Int16(-seed)]) }
  static func == (left: Self, right: Self) -> Bool {
    left.values.indices.allSatisfy { left.values[$0] == right.values[$0] }
  }
}

/// Of every kind of element one type or more.
let everySample: [any Sample.Type] = [
  Int.self, Int8.self, Int16.self, Int32.self, Int64.self, Int128.self, UInt.self, UInt8.self, UInt16.self,
  UInt32.self, UInt64.self, UInt128.self, Float.self, Double.self, Bool.self, SIMD3<Double>.self, Double?.self,
  Padded.self, Tupled.self, Inline.self,
]

// MARK: Objects

/// What can't travel as elements: strings, optionals, arrays, a dictionary, an enumeration with a payload.
struct Document: Codable, Equatable {
  enum State: Codable, Equatable {
    case draft
    case signed(by: String, pages: [Int])
  }
  struct Chapter: Codable, Equatable {
    var title: String
    var words: [String: Int]
  }
  var chapters: [Chapter]
  var state: State
  var remark: String?

  static func sample(_ seed: Int) -> Self {
    let chapters = (0..<seed).map { Chapter(title: "chapter \($0) ✓", words: ["one": $0, "two \(seed)": seed]) }
    return Self(
      chapters: chapters, state: seed % 2 == 0 ? .draft : .signed(by: "rank \(seed)", pages: [1, seed]),
      remark: seed % 3 == 0 ? nil : "é")
  }
}

// MARK: Types with arithmetic

struct Complex: AdditiveArithmetic {
  var real: Double
  var imaginary: Double

  static let zero = Complex(real: 0, imaginary: 0)
  static func + (left: Self, right: Self) -> Self {
    Self(real: left.real + right.real, imaginary: left.imaginary + right.imaginary)
  }
  static func - (left: Self, right: Self) -> Self {
    Self(real: left.real - right.real, imaginary: left.imaginary - right.imaginary)
  }
}

/// Two by two, modulo a prime: their product is exact and depends on the order.
struct Matrix: Equatable {
  var (a, b, c, d) = (1, 0, 0, 1)

  static func sample(_ seed: Int) -> Self { Self(a: seed + 1, b: 1, c: 2, d: seed) }

  static func * (left: Self, right: Self) -> Self {
    let prime = 1_000_003
    return Self(
      a: (left.a * right.a + left.b * right.c) % prime, b: (left.a * right.b + left.b * right.d) % prime,
      c: (left.c * right.a + left.d * right.c) % prime, d: (left.c * right.b + left.d * right.d) % prime)
  }

  init(a: Int = 1, b: Int = 0, c: Int = 0, d: Int = 1) { (self.a, self.b, self.c, self.d) = (a, b, c, d) }

  /// The product of the samples in order.
  static func product(_ seeds: some Sequence<Int>) -> Self { seeds.reduce(Matrix()) { $0 * sample($1) } }
}
