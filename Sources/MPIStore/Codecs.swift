// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase
import MPIStoreFile
import MPITasks
import Synchronization

#if os(Linux)
  @_spi(Reflection) import Swift
#endif

/// How values of a type become the bytes of a store, and back.
class ValueCodec<Value>: @unchecked Sendable {
  // Unchecked for the subclasses, whose properties are all constants.

  func encode(_ value: Value) throws -> [UInt8] { fatalError("made by a subclass") }
  func decode(_ bytes: [UInt8]) throws -> Value { fatalError("made by a subclass") }

  /// By their `Codable` conformance if they have one, else by their memory.
  static func make() -> ValueCodec {
    func coded<Coded: Codable>(_: Coded.Type) -> ValueCodec { CodedValues<Coded, Value>() }
    return (Value.self as? any Codable.Type).map { coded($0) } ?? ValuesInMemory<Value>()
  }
}

private final class CodedValues<Coded: Codable, Value>: ValueCodec<Value>, @unchecked Sendable {
  override func encode(_ value: Value) throws -> [UInt8] { try StoredCoder.encode(value as! Coded) }
  override func decode(_ bytes: [UInt8]) throws -> Value { try StoredCoder.decode(Coded.self, from: bytes) as! Value }
}

private final class ValuesInMemory<Value>: ValueCodec<Value>, @unchecked Sendable {
  private let fingerprint = fingerprintOfLayout(Value.self)

  override func encode(_ value: Value) throws -> [UInt8] {
    withUnsafeBytes(of: value) { StoredCoder.encode(memory: $0, fingerprint: fingerprint) }
  }

  override func decode(_ bytes: [UInt8]) throws -> Value {
    try StoredCoder.withMemory(of: bytes, fingerprint: fingerprint, size: MemoryLayout<Value>.size) { source in
      withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { memory in
        UnsafeMutableRawBufferPointer(memory).copyMemory(from: source)
        return memory[0]
      }
    }
  }
}

/// How results of indices of a loop that follow one another become bytes, and back.
class BlockCodec<Value>: @unchecked Sendable {
  // As above.

  func encode(_ values: UnsafeBufferPointer<Value>) throws -> [UInt8] { fatalError("made by a subclass") }
  func decode(_ bytes: [UInt8], _ count: Int) throws -> [Value] { fatalError("made by a subclass") }

  /// As they lie in memory.
  static func plain() -> BlockCodec where Value: BitwiseCopyable {
    // Arrays of numbers are coded as such, and so other programs can read them.
    func coded<Coded: Codable>(_: Coded.Type) -> BlockCodec { CodedBlocks<Coded, Value>() }
    let isNumber = Value.self is any FixedWidthInteger.Type || Value.self == Double.self || Value.self == Float.self
    if isNumber, let numbers = [Value].self as? any Codable.Type { return coded(numbers) }
    return BlocksInMemory<Value>()
  }

  /// By their `Codable` conformance.
  static func coded() -> BlockCodec where Value: Codable { CodedBlocks<[Value], Value>() }
}

private final class CodedBlocks<Coded: Codable, Value>: BlockCodec<Value>, @unchecked Sendable {
  override func encode(_ values: UnsafeBufferPointer<Value>) throws -> [UInt8] {
    try StoredCoder.encode(Array(values) as! Coded)
  }

  override func decode(_ bytes: [UInt8], _ count: Int) throws -> [Value] {
    let values = try StoredCoder.decode(Coded.self, from: bytes) as! [Value]
    guard values.count == count else {
      throw TaskStoreError(.damaged, "a block has \(values.count) results, and should have \(count)")
    }
    return values
  }
}

private final class BlocksInMemory<Value>: BlockCodec<Value>, @unchecked Sendable {
  private let fingerprint = fingerprintOfLayout(Value.self)

  override func encode(_ values: UnsafeBufferPointer<Value>) -> [UInt8] {
    StoredCoder.encode(memory: UnsafeRawBufferPointer(values), fingerprint: fingerprint)
  }

  override func decode(_ bytes: [UInt8], _ count: Int) throws -> [Value] {
    try StoredCoder.withMemory(of: bytes, fingerprint: fingerprint, size: count * MemoryLayout<Value>.stride) {
      source in
      [Value](unsafeUninitializedCapacity: count) { memory, initialized in
        UnsafeMutableRawBufferPointer(memory).copyMemory(from: source)
        initialized = count
      }
    }
  }
}

/// A number for how a type's values lie in memory: another one if a field is added, moved, renamed or changed.
private func fingerprintOfLayout(_ type: Any.Type) -> UInt64 {
  var text = ""
  describe(type, depth: 0, to: &text)
  return StableHash(text).value
}

private func describe(_ type: Any.Type, depth: Int, to text: inout String) {
  func size<Value>(_: Value.Type) -> Int { MemoryLayout<Value>.size }
  text += "\(String(reflecting: type)):\(_openExistential(type, do: size))"
  #if os(Linux)
    guard depth < 16 else { return }
    text += "{"
    _ = _forEachField(of: type) { name, offset, field, kind in
      text += "\(offset) \(String(cString: name)) "
      if kind == .struct || kind == .tuple { describe(field, depth: depth + 1, to: &text) } else { text += "\(field)" }
      text += ";"
      return true
    }
    text += "}"
  #endif
}

/// A shared value is its contents: a task that reads another table has another result.
extension Shared: StandsForContent {
  package func contentForKey() throws -> [UInt8] {
    if let known = contentsOfShared.withLock({ $0[number] }) { return known }
    let value = try value
    guard let encodable = value as? any Encodable else {
      throw TaskStoreError(
        .other,
        """
        a task has a shared value of type \(Value.self), which is not Codable, so no key can be made of what is in it: \
        let its elements be Codable, or call without the store
        """)
    }
    let content = ResultKey.hash(of: try StoredCoder.encode(encodable))
    contentsOfShared.withLock { $0[number] = content }
    return content
  }
}

/// The hashes of shared values, by their numbers, none of which is used twice.
private let contentsOfShared = Mutex<[Int: [UInt8]]>([:])
