// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIObjectCoding

/// A task that a task has submitted from another process.
struct Submission: Sendable {
  private let fields: SubmitFields
  private let typeName: String

  init(_ fields: SubmitFields, _ typeName: String) { (self.fields, self.typeName) = (fields, typeName) }

  /// Has it run.
  ///
  /// - Parameters:
  ///   - payload: the task.
  ///   - answer: takes the reply, on whatever thread.
  func run(
    _ payload: consuming Payload, by submitter: any TaskSubmitter,
    _ answer: @escaping @Sendable (Frame<PoolMessage>) -> Void
  ) {
    guard let type = TaskTypes.type(named: typeName) else {
      answer(reply { throw TaskPoolError.unknownType(typeName) })
      return
    }
    func run<Item: PoolTaskProtocol>(_: Item.Type) {
      let (tasks, failures) = BatchCoding.decode(Item.self, count: 1, from: payload.take())
      guard let task = tasks.first else {
        answer(reply { throw failures[0].error })
        return
      }
      Task {
        let result: Result<Item.Output, any Error>
        do {
          result = .success(
            try await submitter.submit(task, priority: fields.priority, seed: fields.seed, from: nil))
        } catch {
          result = .failure(error)
        }
        answer(reply { try Item._outputCoding.encode([result.get()]) })
      }
    }
    run(type)
  }

  private func reply(_ payload: () throws -> Payload) -> Frame<PoolMessage> {
    do {
      let output = try payload()
      return Frame(.reply(request: fields.request, parent: fields.parent, failure: nil), payload: output)
    } catch {
      let bytes = (try? ObjectCoder.encode(SubmissionFailure(error))) ?? []
      return Frame(.reply(request: fields.request, parent: fields.parent, failure: bytes))
    }
  }
}
