// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// The reduction that the threads of a rank work on together.
@usableFromInline
final class FoldStore<Value>: @unchecked Sendable {
  @usableFromInline let leaves: FoldLeafBounds
  @usableFromInline let tree: Mutex<Box>
  @usableFromInline let combine: @Sendable (Value, Value) throws -> Value

  @usableFromInline
  struct Box: @unchecked Sendable {
    @usableFromInline var tree: FoldTree<Value>

    @inlinable init(_ tree: FoldTree<Value>) { self.tree = tree }
  }

  @inlinable
  init(count: Int, _ combine: @escaping @Sendable (Value, Value) throws -> Value) {
    leaves = FoldLeafBounds(count)
    self.combine = combine
    tree = Mutex(Box(FoldTree(leaves: leaves.leaves)))
  }

  /// Adds what one thread has made of the leaves that it has computed. (In the program's module, as the closure of the
  /// loop is: the compiler makes it for the type of its values.)
  @inlinable
  func add(_ part: FoldTree<Value>) throws {
    let part = Box(part)
    try tree.withLock { box in
      for (node, value) in part.tree.nodes { try box.tree.insert(node, value, combine) }
    }
  }

  /// Combines what all ranks have at the root, and sends the result to all. Collective.
  func finish(_ initial: Value, _ coding: ValueCoding<Value>, _ channel: LoopChannel, _ tags: LoopTags) throws -> Value
  {
    let communicator = channel.communicator
    guard leaves.leaves > 0 else { return initial }
    if !communicator.isRoot {
      let nodes = tree.withLock { $0 }.tree.nodes
      var places: [Int] = []
      var values: [Value] = []
      for (node, value) in nodes {
        places += [node.level, node.place]
        values.append(value)
      }
      try communicator.send(places, to: 0, tag: tags.results)
      let bytes = Result { try encoded(values, coding) }
      try communicator.send((try? bytes.get()) ?? [], to: 0, tag: tags.results)
      let answer = try communicator.broadcast(nil as [UInt8]?)
      if !answer.isEmpty {
        guard let result = try decoded(answer, coding).first else {
          throw failure(.serialization, "rank 0 sent no result")
        }
        return result
      }
      let (errorClass, words): (ErrorClass, String) = try communicator.broadcast(object: nil as Failure?).parts
      _ = try bytes.get()
      throw failure(errorClass, "rank 0 failed: \(words)")
    }
    do {
      let result = try combineAll(initial, coding, communicator, tags)
      let bytes = try encoded([result], coding)
      _ = try communicator.broadcast(bytes)
      return result
    } catch {
      // The others learn of it by an empty answer, and what it was after it.
      _ = try communicator.broadcast([UInt8]())
      _ = try communicator.broadcast(object: Failure(error))
      throw error
    }
  }

  /// Combines what the root has with what the other ranks send, all of whose messages are received in any case.
  private func combineAll(
    _ initial: Value, _ coding: ValueCoding<Value>, _ communicator: Communicator, _ tags: LoopTags
  ) throws -> Value {
    var whole = FoldTree<Value>(leaves: leaves.leaves)
    var failed: (any Error)? = nil
    for (node, value) in tree.withLock({ $0 }).tree.nodes {
      do { try whole.insert(node, value, combine) } catch { failed = failed ?? error }
    }
    for other in 1..<max(1, communicator.size) {
      let places = try communicator.receive([Int].self, from: other, tag: tags.results)
      let bytes = try communicator.receive([UInt8].self, from: other, tag: tags.results)
      guard !places.isEmpty else { continue }
      do {
        let values = try decoded(bytes, coding)
        guard 2 * values.count == places.count else {
          throw failure(.serialization, "rank \(other) sent \(values.count) values, and not \(places.count / 2)")
        }
        for (index, value) in values.enumerated() {
          try whole.insert(.init(level: places[2 * index], place: places[2 * index + 1]), value, combine)
        }
      } catch {
        failed = failed ?? error
      }
    }
    if let failed { throw failed }
    guard let sum = whole.root else { throw failure(.other, "values are missing") }
    return try combine(initial, sum)
  }

  private func encoded(_ values: [Value], _ coding: ValueCoding<Value>) throws -> [UInt8] {
    do { return try values.withUnsafeBufferPointer { try coding.encode(block: $0) } } catch {
      throw failure(.serialization, "the values can't be encoded: \(error)")
    }
  }

  private func decoded(_ bytes: [UInt8], _ coding: ValueCoding<Value>) throws -> [Value] {
    do { return try coding.decode(block: bytes) } catch {
      throw failure(.serialization, "the values can't be decoded: \(error)")
    }
  }

  private func failure(_ errorClass: ErrorClass, _ text: String) -> MPIError {
    MPIError(errorClass, text, operation: "mapReduce")
  }
}

/// How the root failed, for the other ranks.
private struct Failure: Codable {
  private var isOfCoding: Bool
  private var words: String

  init(_ error: any Error) {
    isOfCoding = (error as? MPIError)?.errorClass == .serialization
    words = "\(error)"
  }

  var parts: (ErrorClass, String) { (isOfCoding ? .serialization : .other, words) }
}

/// The bounds of leaves, for code that is inlined into the program.
@usableFromInline
struct FoldLeafBounds: Sendable {
  @usableFromInline let count: Int
  @usableFromInline let size: Int
  @usableFromInline let leaves: Int

  @usableFromInline
  init(_ count: Int) {
    let all = FoldLeaves(count: count)
    self.count = count
    (size, leaves) = (all.size, all.leaves)
  }

  /// The first index of a leaf.
  @inlinable func start(_ leaf: Int) -> Int { leaf * size }
  /// The index after the last of a leaf.
  @inlinable func end(_ leaf: Int) -> Int { min(count, (leaf + 1) * size) }
}
