// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// A batch of rank 0's calls that a task process of rank 0 runs.
final class BatchErrand: Errand {
  private let batch: any Batch
  private let options: CallOptions
  private let place: TaskPlace
  private let note: @Sendable (_ fields: ResultFields, _ failed: Int) -> Void

  /// - Parameter note: notes what has run, before the call takes it.
  init(
    _ batch: any Batch, _ options: CallOptions, _ place: TaskPlace,
    note: @escaping @Sendable (_ fields: ResultFields, _ failed: Int) -> Void
  ) {
    (self.batch, self.options, self.place, self.note) = (batch, options, place, note)
  }

  var typeName: String { batch.typeName }
  var timeLimit: Double? { options.timeLimit }
  var memoryLimit: Int? { options.memoryLimit }
  var flag: CancelFlag { batch.call.flag }

  func frame(batch number: Int, type: Int, isNewType: Bool, line: TaskPage.Line) -> Frame<PoolMessage>? {
    guard var frame = batch.frame(batch: number, type: type, isNewType: isNewType, place),
      case .work(var fields, let typeName) = frame.message
    else { return nil }
    fields.prepare(for: line)
    frame.message = .work(fields, typeName: typeName)
    return frame
  }

  func settle(_ fields: ResultFields, failures: [UInt8], payload: consuming Payload) {
    let failures = FailureRecord.decoded(failures)
    note(fields, failures.count)
    if !flag.isSet { batch.settle(fields, failures: failures, payload: payload, place) }
  }

  func bury(_ tasks: Range<Int>, _ verdict: Verdict) { batch.bury(tasks, verdict) }
}

extension WorkFields {
  /// Makes it a message to a task process. The rank watches the limits.
  mutating func prepare(for line: TaskPage.Line) { (self.line, timeLimit, memoryLimit) = (line.number, 0, 0) }
}
