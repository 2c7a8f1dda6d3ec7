// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding
import Synchronization

/// The values that this process shares with tasks, or has been sent to share.
enum SharedValues {
  /// What is there of a value.
  enum Content: Sendable {
    /// Nothing yet: rank 0 has announced it.
    case coming
    /// Its encoded bytes.
    case coded([UInt8])
    /// The bytes of an array's elements.
    case plain([UInt8])
    /// The same, in memory that the ranks of this machine share.
    case memory(SharedMemory)
    /// The value.
    case made
    /// Nothing any more.
    case gone
  }

  /// A value, and what it is made of when it is first asked for.
  private final class Entry: Sendable {
    let state: Monitor<(content: Content, value: (any Sendable)?)>

    init(_ content: Content, _ value: (any Sendable)?) { state = Monitor((content, value)) }
  }

  private static let lastKey = Atomic<Int>(0)

  /// A key that no other value of this process has. Rank 0 alone makes them.
  static func nextKey() -> Int { lastKey.add(1, ordering: .relaxed).newValue }

  private static let entries = Mutex<[Int: Entry]>([:])

  static func store(_ value: any Sendable, for key: Int) { entries.withLock { $0[key] = Entry(.made, value) } }

  /// Stores what has arrived, and wakes the threads that wait for it.
  static func store(_ content: Content, for key: Int) {
    let entry = entries.withLock { entries -> Entry? in
      if let entry = entries[key] { return entry }
      entries[key] = Entry(content, nil)
      return nil
    }
    entry?.state.withLock { if $0.value == nil { $0.content = content } }
    entry?.state.wakeAll()
  }

  static func remove(_ key: Int) {
    let entry = entries.withLock { $0.removeValue(forKey: key) }
    entry?.state.withLock { $0 = (.gone, nil) }
    entry?.state.wakeAll()
  }

  /// The value of a key; the first thread that asks makes it. Waits for one that is in flight.
  static func value<Value: Sendable>(of key: Int, as type: Value.Type) throws -> Value {
    try entry(key, type).state.wait { state -> Result<Value, any Error>? in
      if let value = state.value as? Value { return .success(value) }
      let made: Result<Value, any Error>
      switch state.content {
      case .coming: return nil
      case .coded(let bytes): made = Result { try decoded(bytes, as: type) }
      case .plain(let bytes): made = bytes.withUnsafeBytes { bytes in Result { try array(of: bytes, as: type) } }
      case .memory(let memory): made = Result { try array(of: memory.bytes, as: type) }
      case .made, .gone: made = Result { throw absence(type) }
      }
      if case .success(let value) = made {
        state.value = value
        // A caller that needs the elements alone reads them where they are.
        if case .memory = state.content {} else { state.content = .made }
      }
      return made
    }!.get()
  }

  /// The elements of an array, without a copy if this rank shares memory with others.
  static func elements<Element: BitwiseCopyable & Sendable>(
    of key: Int, as type: Element.Type
  ) throws -> SharedElements<Element> {
    let memory = try entry(key, [Element].self).state.wait { state -> SharedMemory?? in
      switch state.content {
      case .coming: nil
      case .memory(let memory): .some(memory)
      default: .some(nil)
      }
    }!
    return if let memory { SharedElements(memory) } else { SharedElements(try value(of: key, as: [Element].self)) }
  }

  private static func entry(_ key: Int, _ type: Any.Type) throws -> Entry {
    guard let entry = entries.withLock({ $0[key] }) else { throw absence(type) }
    return entry
  }

  private static func decoded<Value>(_ bytes: [UInt8], as type: Value.Type) throws -> Value {
    guard let codable = type as? any Decodable.Type, let value = try ObjectCoder.decode(codable, from: bytes) as? Value
    else { throw TaskPoolError.failed("a shared value was asked for as a \(type)") }
    return value
  }

  private static func array<Value>(of bytes: UnsafeRawBufferPointer, as type: Value.Type) throws -> Value {
    guard let type = type as? any AnyArray.Type, let array = type.init(plain: bytes) as? Value else {
      throw TaskPoolError.failed("a shared array was asked for as a \(type)")
    }
    return array
  }

  private static func absence(_ type: Any.Type) -> TaskPoolError {
    .failed("the shared \(type) was unshared, or belongs to a pool that has ended")
  }
}
