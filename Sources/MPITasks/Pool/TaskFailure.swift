// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// A task that failed: where it ran, and what it threw.
///
/// ```swift
/// do {
///   _ = try await pool.run(Collatz(start: 0))
/// } catch let failure as TaskFailure {
///   print("failed on rank \(failure.rank): \(failure.message)")
///   if let invalid = failure.error(as: InvalidStart.self) { … }
/// }
/// ```
public struct TaskFailure: Error, Sendable, CustomStringConvertible {
  /// Why a task has no result.
  public enum Reason: String, Codable, Sendable, Hashable {
    /// It threw an error.
    case threw
    /// The task could not be encoded, or not decoded on the rank that was to run it.
    case taskCoding
    /// Its result could not be encoded, or not decoded on rank 0.
    case outputCoding
    /// It took longer than its time limit.
    case timedOut
    /// Its process died again and again: see ``TaskIsolation/process(deaths:grace:)`` and ``TaskFailure/death``.
    case died
    /// Its process had more memory than the task's limit.
    case memoryLimit
  }

  /// The rank that it ran on, in the pool's communicator.
  public var rank: Int { record.rank }
  /// The host of that rank.
  public var host: String { record.host }
  /// The name of the task's type.
  public var taskType: String { record.taskType }
  /// Its position in the input, from 0; 0 for a single task.
  public let index: Int
  /// A description of the error: its own, if the task threw it.
  public var message: String { record.message }
  /// Why it has no result.
  public var reason: Reason { record.reason }
  /// How the process ended that ran it; nil if that is not why it failed. With ``TaskIsolation/process`` alone.
  public var death: TaskDeath? { record.death }
  /// The number of attempts.
  public let attempts: Int

  let record: FailureRecord

  init(_ record: FailureRecord, first: Int, attempts: Int) {
    self.record = record
    self.attempts = attempts
    index = first + record.offset
  }

  /// The error that the task threw, where it is of a type and the type is `Codable`; else nil.
  ///
  /// Of a task that failed because one that it submitted had, that is what that one threw.
  ///
  /// - Parameter type: the error's type.
  public func error<Failure: Error & Decodable>(as type: Failure.Type) -> Failure? {
    record.error.flatMap { try? ObjectCoder.decode(type, from: $0) }
  }

  /// All of it in a line.
  public var description: String {
    let tries = attempts > 1 ? " \(attempts) times" : ""
    return "task \(index) (\(taskType)) failed\(tries) on rank \(rank) (\(host)): \(message)"
  }
}

/// The tasks of a call that failed, where all others ran on: see ``FailurePolicy/collect``.
public struct TaskFailures: Error, Sendable, CustomStringConvertible {
  /// The tasks that failed, by index.
  public let failures: [TaskFailure]

  /// The first of them, and how many more there are.
  public var description: String {
    let more = failures.count > 1 ? " (and \(failures.count - 1) more)" : ""
    return failures.first.map { "\($0)\(more)" } ?? "no task failed"
  }
}

/// A failure as it travels.
struct FailureRecord: Codable, Sendable {
  /// The distance of the task from the first of its batch.
  var offset: Int
  var rank: Int
  var host: String
  var taskType: String
  var message: String
  var reason: TaskFailure.Reason
  /// The bytes of the error.
  var error: [UInt8]?
  /// How its process ended.
  var death: TaskDeath?

  init(_ reason: TaskFailure.Reason, _ message: String, offset: Int, ofTypeNamed name: String, _ place: TaskPlace) {
    self.offset = offset
    self.reason = reason
    self.message = message
    (rank, host) = (place.rank, place.host)
    taskType = name
  }

  init(
    _ reason: TaskFailure.Reason, _ message: String, offset: Int, of type: (some PoolTaskProtocol).Type,
    _ place: TaskPlace
  ) {
    self.init(reason, message, offset: offset, ofTypeNamed: "\(type)", place)
  }

  init(_ error: any Error, offset: Int, of type: (some PoolTaskProtocol).Type, _ place: TaskPlace) {
    // A task that failed because one that it submitted did has that one's error.
    self.init(.threw, "\(error)", offset: offset, of: type, place)
    if let failure = error as? TaskFailure { (self.error, death) = (failure.record.error, failure.record.death) }
    if self.error == nil { self.error = (error as? any Encodable).flatMap { try? ObjectCoder.encode($0) } }
  }
}

extension FailureRecord {
  /// Those of a message, which this program has encoded.
  static func decoded(_ bytes: [UInt8]) -> [FailureRecord] {
    guard !bytes.isEmpty else { return [] }
    guard let records = try? ObjectCoder.decode([FailureRecord].self, from: bytes) else { isForeign("can't be read") }
    return records
  }
}

/// Why a task that a task submitted has no result, as it travels to that task's rank.
enum SubmissionFailure: Codable, Sendable {
  case task(FailureRecord)
  case pool(TaskPoolError)
  case canceled
  case other(String)

  init(_ error: any Error) {
    switch error {
    case let failure as TaskFailure: self = .task(failure.record)
    case let error as TaskPoolError: self = .pool(error)
    case is CancellationError: self = .canceled
    default: self = .other("\(error)")
    }
  }

  /// What the task that waits is thrown.
  var error: any Error {
    switch self {
    case .task(let record): TaskFailure(record, first: 0, attempts: 1)
    case .pool(let error): error
    case .canceled: CancellationError()
    case .other(let text): TaskPoolError.failed(text)
    }
  }
}
