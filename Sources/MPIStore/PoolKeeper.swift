// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIStoreFile
import MPITasks
import Synchronization

/// Looks the tasks of one call up in a store, and has what becomes of the others stored.
final class PoolKeeper<Item: PoolTaskProtocol>: TaskKeeper {
  private struct InFlight {
    /// The keys of tasks that run, and the bytes of those tasks, by index.
    var tasks: [Int: (key: ResultKey, bytes: [UInt8])] = [:]
    /// The indices of tasks whose results the program has not got yet, by key.
    var indices: [ResultKey: Int] = [:]
    var keys: [Int: ResultKey] = [:]
  }

  private let store: OpenStore
  private let type: StoreFile.TypeName
  private let failures: RecordedFailures
  private let codec = ValueCodec<Item.Output>.make()
  private let prefix: [UInt8]
  /// What the random numbers begin with, if they are used.
  private let seed: UInt64?
  private let inFlight = Mutex(InFlight())
  /// Whether the store had anything of the type when the call began, or has got something since.
  private let hasAny: Atomic<Bool>

  init(_ store: OpenStore, seed: UInt64, _ failures: RecordedFailures) throws {
    self.store = store
    self.failures = failures
    let stored = Item.self as? any StoredTask.Type
    type = StoreFile.TypeName(String(reflecting: Item.self), version: stored?.version ?? 1)
    self.seed = stored?.usesRandomNumbers ?? !(Item.self is any PoolTask.Type) ? seed : nil
    prefix = try StoredCoder.encode(type.name) + StoredCoder.encode(type.version)
    var found = try Self.hasAny(store, type)
    if !found {
      // What an earlier call has given the writer is found when it is committed. If it can't be, it is looked through.
      do { try store.writer.flush() } catch { found = true }
    }
    hasAny = Atomic(found ? true : try Self.hasAny(store, type))
  }

  private static func hasAny(_ store: OpenStore, _ type: StoreFile.TypeName) throws(TaskStoreError) -> Bool {
    do { return try store.file.hasAny(of: type) } catch { throw TaskStoreError(error) }
  }

  var isBehind: Bool { store.writer.isBehind }

  private func key(of task: Item, at index: Int) throws -> (key: ResultKey, bytes: [UInt8]) {
    do {
      let (bytes, areOwn) = try StoredCoder.encodeForKey(task)
      var all = prefix + bytes
      if let seed { all += try StoredCoder.encode(seed) + StoredCoder.encode(index) }
      return (ResultKey(of: all), areOwn ? bytes : try StoredCoder.encode(task))
    } catch let error as TaskStoreError {
      throw error
    } catch {
      throw TaskStoreError(.other, "task \(index) (\(Item.self)) could not be encoded for the store: \(error)")
    }
  }

  func lookUp(_ tasks: [Item], first: Int) throws -> [KnownTask<Item.Output>] {
    let keyed = try tasks.enumerated().map { try key(of: $1, at: first + $0) }
    let keys = keyed.map(\.key)
    var known = [KnownTask<Item.Output>?](repeating: nil, count: tasks.count)
    store.writer.settle(keys)
    if hasAny.load(ordering: .relaxed) {
      let found: [StoreFile.Found?]
      do { found = try store.file.find(keys, failures: failures == .keep) } catch { throw TaskStoreError(error) }
      for (offset, found) in found.enumerated() {
        guard let found else { continue }
        known[offset] = read(found.outcome, at: first + offset)
        if known[offset] != nil { store.notes.noteUse(of: found.run, type: type.name) }
      }
    }
    return inFlight.withLock { inFlight in
      tasks.indices.map { offset in
        if let known = known[offset] { return known }
        let (index, key) = (first + offset, keys[offset])
        switch store.writer.outcome(of: key) {
        case .value(let bytes): if let known = read(.value(bytes), at: index) { return known }
        case .failure(let failure) where failures == .keep:
          if let known = read(.failure(failure.record), at: index) { return known }
        default: break
        }
        if let other = inFlight.indices[key] { return .sameAs(index: other) }
        inFlight.indices[key] = index
        inFlight.keys[index] = key
        inFlight.tasks[index] = keyed[offset]
        return .nothing
      }
    }
  }

  private func read(_ outcome: StoreFile.FoundOutcome, at index: Int) -> KnownTask<Item.Output>? {
    switch outcome {
    case .value(let bytes):
      do { return .result(try codec.decode(bytes)) } catch {
        store.notes.noteUnreadable(type.name, error)
        return nil
      }
    case .failure(let record): return (try? TaskFailure(encoded: record, index: index)).map { .failure($0) }
    }
  }

  func keep(_ settled: SettledTasks<Item>) {
    var rest: [(key: ResultKey, bytes: [UInt8], index: Int, result: Result<Item.Output, TaskFailure>)] = []
    inFlight.withLock { inFlight in
      settled.visit { index, _, result in
        guard let (key, bytes) = inFlight.tasks.removeValue(forKey: index) else { return }
        // What failed because it was canceled has not failed.
        if case .failure = result, settled.isCanceled { return }
        rest.append((key, bytes, index, result))
      }
    }
    guard !rest.isEmpty else { return }
    hasAny.store(true, ordering: .relaxed)
    let (settledRest, host, seconds) = (rest, settled.host, settled.seconds)
    store.writer.add(keys: rest.map(\.key), count: rest.count) { [notes = store.notes, type, codec] in
      settledRest.compactMap { key, bytes, index, result in
        let outcome: StoreFile.Outcome
        switch result {
        case .success(let output):
          do { outcome = .value(try codec.encode(output)) } catch {
            notes.noteUnstorable(type.name, error)
            return nil
          }
        case .failure(let failure):
          outcome = .failure(
            .init(
              rank: failure.rank, attempts: failure.attempts, reason: failure.reason.rawValue, message: failure.message,
              record: failure.encoded()))
        }
        return .task(
          .init(
            key: key, type: type, host: host, position: index, seconds: seconds, task: bytes, outcome: outcome))
      }
    }
  }

  func handedOut(_ index: Int) {
    inFlight.withLock { inFlight in
      guard let key = inFlight.keys.removeValue(forKey: index) else { return }
      inFlight.indices[key] = nil
    }
  }
}
