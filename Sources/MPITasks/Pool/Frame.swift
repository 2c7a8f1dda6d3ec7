// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// A message of the pool: what it is, a few fields, and values that may be long.
struct Frame: Sendable {
  /// What a message is about.
  enum Kind: UInt8, Sendable {
    // To a worker.

    /// A batch of tasks.
    case work
    /// A batch that is not needed any more.
    case cancel
    /// Tasks that have not begun shall be given back, for others have nothing to do.
    case giveBack
    /// A value that all tasks may read: see ``SharedForm``.
    case share
    /// A shared value that is needed no more.
    case unshare
    /// The result of a task that a task submitted.
    case reply
    /// There will be no more: the last message to a worker. See ``LinkSide``.
    case end

    // To rank 0.

    /// A worker is there: its first message.
    case hello
    /// A worker can begin, which took it a while.
    case ready
    /// How many tasks of each batch a worker keeps, the first ones: the answer to a request to give back.
    case kept
    /// What has become of a batch.
    case result
    /// A task that a task submits.
    case submit
    /// Whether a shared array is where the ranks of the worker's node can read it.
    case placed
    /// A worker can't read a shared array where another of its node has put it.
    case unreadable
    /// A worker can't go on.
    case broken
    /// A worker has read that it ends: its last message.
    case bye
  }

  var kind: Kind
  var fields = Fields()
  var payload = Payload()

  /// Ends the process: a message isn't one that this program sends.
  static func isForeign(_ fault: StaticString) -> Never {
    misuse("a message of the pool \(fault): start the same build of the program on every rank")
  }

  /// How many bytes travel for it, but for a few.
  var byteCount: Int { fields.bytes.count + payload.byteCount }

  /// Small values side by side, as they lie in memory.
  struct Fields: Sendable {
    var bytes: [UInt8] = []

    init() {}

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func put<Value: BitwiseCopyable>(_ value: Value) {
      withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    /// Bytes after their number.
    mutating func put(bytes more: some Collection<UInt8>) {
      put(more.count)
      bytes.append(contentsOf: more)
    }

    mutating func put(text: String) { put(bytes: Array(text.utf8)) }
  }

  /// Takes small values in the order in which they were put.
  struct Reader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ fields: Fields) { bytes = fields.bytes }

    mutating func take<Value: BitwiseCopyable>(_: Value.Type = Value.self) -> Value {
      defer { place += MemoryLayout<Value>.size }
      if place + MemoryLayout<Value>.size > bytes.count { Frame.isForeign("is too short") }
      return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Value.self) }
    }

    /// Whether there is anything left.
    var hasMore: Bool { place < bytes.count }

    mutating func takeBytes() -> [UInt8] {
      let count = take(Int.self)
      return takeBytes(count)
    }

    /// So many bytes.
    mutating func takeBytes(_ count: Int) -> [UInt8] {
      guard count >= 0, count <= bytes.count - place else { Frame.isForeign("is too short") }
      defer { place += count }
      return Array(bytes[place..<place + count])
    }

    /// All bytes that are left.
    mutating func takeRest() -> [UInt8] { takeBytes(bytes.count - place) }

    mutating func takeText() -> String { String(decoding: takeBytes(), as: UTF8.self) }
  }
}

/// How a shared value comes.
enum SharedForm: UInt8, BitwiseCopyable {
  /// Encoded.
  case coded
  /// As the bytes of an array's elements.
  case plain
  /// The same, to be put where the ranks of the node can read it.
  case toPlace
  /// Not yet.
  case coming
  /// In the memory of another rank of the node: its location follows.
  case located
}

/// The fields of a batch on its way to a worker.
struct WorkFields: BitwiseCopyable {
  /// The batch's number.
  var batch: Int
  /// The number of the tasks' type.
  var type: Int
  /// How many tasks.
  var count: Int
  /// The index of the first.
  var first: Int
  var attempt: Int
  var seed: UInt64
  /// The time limit in seconds; 0 if there is none.
  var timeLimit: Double
}

/// The fields of a batch that comes back.
struct ResultFields: BitwiseCopyable {
  var batch: Int
  /// How many results there are.
  var outputs: Int
  /// How many tasks ran.
  var ran: Int
  /// How long they ran, in seconds.
  var seconds: Double
}
