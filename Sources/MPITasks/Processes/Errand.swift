// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIObjectCoding

/// A batch of tasks that one of a rank's task processes is to run.
protocol Errand: AnyObject, Sendable {
  /// The type of the tasks, by its name.
  var typeName: String { get }
  /// How long its only task may take once it runs, in seconds; nil for as long as it does.
  var timeLimit: Double? { get }
  /// How much memory the process of a task may have, in bytes; nil for as much as there is.
  var memoryLimit: Int? { get }
  /// Set when results are not needed any more.
  var flag: CancelFlag { get }

  /// The message to the process; nil if the tasks can't be encoded, which is settled then.
  ///
  /// - Parameters:
  ///   - batch: the number that the batch has in this process.
  ///   - type: the number that the tasks' type has in this process.
  ///   - isNewType: whether the task process doesn't know that number.
  ///   - line: of the process's page, for this batch alone.
  func frame(batch: Int, type: Int, isNewType: Bool, line: TaskPage.Line) -> Frame<PoolMessage>?

  /// Takes what has come back. Tasks that did not run were taken back.
  func settle(_ fields: ResultFields, failures: [UInt8], payload: consuming Payload)

  /// Takes that the process has died.
  ///
  /// - Parameter tasks: those that were in its hands, by their distances from the first.
  func bury(_ tasks: Range<Int>, _ verdict: Verdict)
}

/// What the death of a process says of a batch that was in its hands.
enum Verdict: Sendable {
  /// Another task caused it.
  case innocent
  /// A task of the batch may have caused it. The distance from the batch's first is the record's.
  case suspected(FailureRecord)
  /// A task of the batch was running.
  case guilty(FailureRecord)
  /// A task of the batch went beyond its limit.
  case exceeded(FailureRecord)
}

extension Verdict {
  /// - Parameter bytes: the encoded record.
  init(_ kind: DeathKind, _ bytes: [UInt8]) throws {
    guard kind != .innocent else {
      self = .innocent
      return
    }
    let record = try ObjectCoder.decode(FailureRecord.self, from: bytes)
    switch kind {
    case .suspected: self = .suspected(record)
    case .guilty: self = .guilty(record)
    case .innocent, .exceeded: self = .exceeded(record)
    }
  }

  /// As it travels: the record is encoded.
  var message: (kind: DeathKind, record: [UInt8]) {
    func encoded(_ record: FailureRecord) -> [UInt8] { (try? ObjectCoder.encode(record)) ?? [] }
    return switch self {
    case .innocent: (.innocent, [])
    case .suspected(let record): (.suspected, encoded(record))
    case .guilty(let record): (.guilty, encoded(record))
    case .exceeded(let record): (.exceeded, encoded(record))
    }
  }
}

/// Where a rank's task processes get batches, and what hears of them otherwise. Called by the thread that keeps them.
protocol ErrandSource: AnyObject, Sendable {
  /// The next batch, if the caller accepts it; nil if there is none.
  ///
  /// - Parameters:
  ///   - line: for the batch.
  ///   - isWanted: is given how many tasks wait, and how long one of the next batch takes.
  func takeErrand(
    for line: TaskPage.Line, _ isWanted: (_ waiting: Int, _ taskSeconds: Double?) -> Bool
  ) -> (any Errand)?

  /// Takes a task that a task has submitted.
  ///
  /// - Parameter answer: takes the message for the process, on whatever thread.
  func submit(
    _ fields: SubmitFields, _ typeName: String, _ payload: consuming Payload, from errand: (any Errand)?,
    _ answer: @escaping @Sendable (Frame<PoolMessage>) -> Void)

  /// Notes that tasks can begin.
  func noteReady()

  /// Notes that a process can't read a shared array where it lies.
  func noteUnreadable(_ key: Int, why: String)

  /// Notes that the pool can't go on.
  func fail(_ text: String)
}
