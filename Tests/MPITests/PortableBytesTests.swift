// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// external32.
  @Suite struct PortableBytesTests {
    @Test func knownBytes() throws {
      var portable = PortableBytes()
      try portable.append(Int32(1))
      try portable.append(Int16(-2))
      try portable.append(UInt8(7))
      try portable.append(true)
      try portable.append(0x0102_0304_0506_0708)
      try portable.append(UInt64.max - 1)
      try portable.append(1.0)
      try portable.append(Float(-2))
      #expect(
        portable.bytes == [
          0, 0, 0, 1, 0xFF, 0xFE, 7, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0x3F,
          0xF0,
          0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0,
        ])
      #expect(try portable.next(Int32.self) == 1)
      #expect(try portable.next(Int16.self) == -2)
      #expect(try portable.next(UInt8.self) == 7)
      #expect(try portable.next(Bool.self))
      #expect(try portable.next(Int.self) == 0x0102_0304_0506_0708)
      #expect(try portable.next(UInt64.self) == .max - 1)
      #expect(try portable.next(Double.self) == 1)
      #expect(!portable.isAtEnd)
      #expect(try portable.next(Float.self) == -2)
      #expect(portable.isAtEnd)
    }

    @Test func everyNumber() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        var portable = PortableBytes()
        try portable.append(Element.samples(20))
        #expect(portable.bytes.count == 20 * MemoryLayout<Element>.size)
        var copy = PortableBytes(portable.bytes)
        #expect(try copy.next([Element].self, count: 5) == Element.samples(5), "\(Element.self)")
        #expect(try copy.next([Element].self) == Element.samples(15, from: 5), "\(Element.self)")
      }
      let numbers: [any Sample.Type] = [
        Int.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt.self, UInt8.self, UInt16.self, UInt32.self,
        UInt64.self, Float.self, Double.self, Bool.self,
      ]
      for type in numbers { try check(type) }
    }

    @Test func layouts() throws {
      var portable = PortableBytes()
      let memory = (0..<6).map { Int32($0) }
      try portable.append(memory.span[layout: .vector(count: 3, stride: 2)])
      #expect(portable.bytes == [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 4])
      var room = [Int32](repeating: -1, count: 6)
      var span = room.mutableSpan
      try portable.next(into: &span[layout: .vector(count: 3, stride: -2, start: 5)])
      #expect(room == [-1, 4, -1, 2, -1, 0])
    }

    @Test func fields() throws {
      // A struct has no portable form as a whole, its numbers have.
      var portable = PortableBytes()
      let memory = [Padded(weight: 1, index: 2)]
      try portable.append(memory.span[layout: .fields(\.index, \.weight)])
      #expect(portable.bytes == [0, 0, 0, 2, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0])
      // Every second of five, there and back.
      let many = Padded.samples(5, from: 3)
      let second = try Layout<Padded>.vector(count: 2, stride: 2, start: 1, of: .fields(\.weight, \.index))
      var copy = PortableBytes()
      try copy.append(many.span[layout: second])
      #expect(copy.bytes.count == 24)
      var room = Padded.samples(5)
      var expected = room
      (expected[1], expected[3]) = (many[1], many[3])
      var span = room.mutableSpan
      try copy.next(into: &span[layout: second])
      #expect(room == expected && copy.isAtEnd)
    }

    @Test func errors() throws {
      var portable = PortableBytes()
      expectError(.type, "PortableBytes.append", naming: "Padded", "portable form") {
        try portable.append(Padded.samples(2))
      }
      expectError(.count, "PortableBytes.append", naming: "element 2", "memory of 2") {
        try portable.append([1, 2][layout: .contiguous(3)])
      }
      #expect(portable.bytes.isEmpty)
      try portable.append([UInt8](repeating: 1, count: 11))
      expectError(.truncate, "PortableBytes.next", naming: "16 bytes", "11 of 11") {
        _ = try portable.next([Double].self, count: 2)
      }
      expectError(.type, "PortableBytes.next", naming: "11 bytes", "multiple of 8") {
        _ = try portable.next([Double].self)
      }
      expectError(.type, "PortableBytes.next", naming: "Padded") { _ = try portable.next([Padded].self, count: 0) }
      expectError(.count, "PortableBytes.next", naming: "-1") { _ = try portable.next([Double].self, count: -1) }
      expectError(.type, "PortableBytes.next", naming: "twice") {
        var room: [UInt8] = [0]
        var span = room.mutableSpan
        try portable.next(into: &span[layout: .vector(count: 2, stride: 0)])
      }
      #expect(try portable.next([UInt8].self).count == 11)
    }
  }
}
