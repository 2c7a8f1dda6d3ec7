// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIStoreFile
import MPITasks

extension TaskStore {
  /// The results of a type of tasks that are in the store, with their tasks, in the order in which they were stored.
  ///
  /// ```swift
  /// for (task, output) in try store.results(of: Collatz.self) { print(task.start, output) }
  /// ```
  ///
  /// They are read some hundreds at a time, so that the memory that this takes does not depend on their number. What is
  /// stored while it runs is read as well. A result that can't be read any longer, because its type has changed, is left
  /// out, with a note on standard error.
  ///
  /// - Parameters:
  ///   - type: the type of the tasks.
  ///   - version: of which version; nil for the one that the type declares.
  /// - Returns: the tasks and their results.
  /// - Throws: ``TaskStoreError`` if the store can't be opened. If it can't be read later on, the sequence ends, and
  ///   ``StoredResults/error`` has the reason.
  public func results<Item: PoolTaskProtocol>(
    of type: Item.Type, version: Int? = nil
  ) throws(TaskStoreError) -> StoredResults<Item> {
    let store = try opened()
    try? store.writer.flush()
    return StoredResults(store, version: version ?? (Item.self as? any StoredTask.Type)?.version ?? 1)
  }
}

/// The results of a type of tasks in a store: what ``TaskStore/results(of:version:)`` gives.
///
/// It is a sequence that is read once.
public final class StoredResults<Item: PoolTaskProtocol>: Sequence, IteratorProtocol {
  /// A task and its result.
  public typealias Element = (task: Item, output: Item.Output)

  /// How many bytes are read at a time, about, and how many results at most.
  private static var bytes: Int { 4 << 20 }
  private static var most: Int { 1000 }

  /// Why it has ended early; nil if it has not.
  public private(set) var error: TaskStoreError?

  private let store: OpenStore
  private let name = String(reflecting: Item.self)
  private let version: Int
  private let codec = ValueCodec<Item.Output>.make()
  private var rows: ArraySlice<Element> = []
  private var last = 0
  private var limit = 16
  private var hasEnded = false

  init(_ store: OpenStore, version: Int) { (self.store, self.version) = (store, version) }

  /// The next result; nil after the last.
  public func next() -> Element? {
    while rows.isEmpty && !hasEnded { read() }
    return rows.popFirst()
  }

  private func read() {
    do {
      let found = try store.file.results(of: name, version: version, after: last, limit: limit)
      hasEnded = found.count < limit
      last = found.last?.id ?? last
      let size = found.reduce(0) { $0 + $1.task.count + $1.value.count } / Swift.max(1, found.count)
      limit = Swift.max(1, Swift.min(Self.most, Self.bytes / Swift.max(1, size)))
      rows =
        found.compactMap { row in
          do {
            return (try StoredCoder.decode(Item.self, from: row.task), try codec.decode(row.value))
          } catch {
            store.notes.noteUnreadable(name, error)
            return nil
          }
        }[...]
    } catch {
      self.error = TaskStoreError(error)
      hasEnded = true
    }
  }
}
