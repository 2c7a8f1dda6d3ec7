import MPI
import Synchronization

/// The values that this process shares with tasks, or has been sent to share.
enum SharedValues {
  /// A value, or the bytes that it comes in.
  private final class Entry: Sendable {
    let state: Mutex<(bytes: [UInt8], value: (any Sendable)?)>

    init(bytes: [UInt8], value: (any Sendable)?) { state = Mutex((bytes, value)) }
  }

  private static let lastKey = Atomic<Int>(0)

  /// A key that no other value of this process has. Rank 0 alone makes them.
  static func nextKey() -> Int { lastKey.add(1, ordering: .relaxed).newValue }

  /// The bytes of a value.
  static func encode(_ value: some Encodable) throws -> [UInt8] { try ObjectCoder.encode(value) }

  private static let entries = Mutex<[Int: Entry]>([:])

  static func store(_ value: any Sendable, for key: Int) {
    entries.withLock { $0[key] = Entry(bytes: [], value: value) }
  }

  static func store(bytes: [UInt8], for key: Int) { entries.withLock { $0[key] = Entry(bytes: bytes, value: nil) } }

  static func remove(_ key: Int) { _ = entries.withLock { $0.removeValue(forKey: key) } }

  /// The value of a key; the first who asks decodes it.
  static func value<Value: Codable & Sendable>(of key: Int, as type: Value.Type) throws -> Value {
    guard let entry = entries.withLock({ $0[key] }) else {
      throw TaskPoolError.failed("the shared \(type) was unshared, or belongs to a pool that has ended")
    }
    return try entry.state.withLock { state in
      if let value = state.value as? Value { return value }
      let value = try ObjectCoder.decode(type, from: state.bytes)
      state = ([], value)
      return value
    }
  }
}
