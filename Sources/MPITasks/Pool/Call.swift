// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A call of the pool, such as one `map`, as the code that hands out tasks sees it.
protocol Call: AnyObject, Sendable {
  /// Its number: calls are numbered as they begin.
  var number: Int { get }
  var priority: Int { get }
  /// Set when results are not needed any more.
  var flag: CancelFlag { get }
  /// Whether it is in the queue. Guarded by the dispatcher's lock.
  var isQueued: Bool { get set }
  /// How long a task takes, as far as that is known.
  var taskSeconds: Double? { get }

  /// The next batch, for one of `threads` threads on all ranks, and whether more waits; nil if nothing waits.
  func takeBatch(threads: Int) -> (batch: any Batch, hasMore: Bool)?

  /// Ends it: the program gets the error.
  func fail(_ error: any Error)
}

/// Tasks of a call that go together.
protocol Batch: AnyObject, Sendable {
  var call: any Call { get }
  var count: Int { get }
  /// How long they will take, as far as that is known, in seconds for one thread.
  var seconds: Double { get }
  /// The type of the tasks, by its name.
  var typeName: String { get }
  /// The rank that has run it. Set before what has come back is settled.
  var ranOn: Int { get set }
  /// The type of the tasks, as people read it.
  var taskType: String { get }

  /// What a compute thread of this rank does.
  func localWork(_ place: TaskPlace) -> any WorkItem

  /// What a task process of this rank does.
  func errand(_ place: TaskPlace, _ line: TaskPage.Line) -> any Errand

  /// Takes what the death of the process says that had tasks of it, by their distances from the first.
  func bury(_ tasks: Range<Int>, _ verdict: Verdict)

  /// The message to a worker; nil if the tasks can't be encoded, which is settled then.
  ///
  /// - Parameters:
  ///   - batch: the batch's number.
  ///   - type: the number of the tasks' type.
  ///   - isNewType: whether the worker doesn't know that number.
  func frame(batch: Int, type: Int, isNewType: Bool, _ place: TaskPlace) -> Frame<PoolMessage>?

  /// Puts tasks of it, by their distances from the first, back to those that wait: no thread has begun them.
  func putBack(_ tasks: Range<Int>)

  /// Takes back those of its tasks that a compute thread of this rank has not begun; nil if it runs elsewhere or has
  /// begun all of them.
  func cut() -> Range<Int>?

  /// Has large arguments of the tasks noted: they are sent.
  func note(in arguments: inout RepeatedArguments)

  /// Takes what has come back from a worker.
  func settle(_ fields: ResultFields, failures: [FailureRecord], payload: consuming Payload, _ place: TaskPlace)
}

/// What has become of tasks that follow one another in a call's input.
@usableFromInline
struct Delivery<Item: PoolTaskProtocol>: Sendable {
  /// The index of the first.
  @usableFromInline var first: Int
  @usableFromInline var tasks: ArraySlice<Item>
  /// The results of those that have one, in order.
  @usableFromInline var outputs: [Item.Output]
  /// Those that failed for good, by index.
  @usableFromInline var failures: [TaskFailure]
  /// The distances from the first of those of which there is nothing yet: they are tried again.
  @usableFromInline var absent: [Int]
  /// The rank that has run them, and how long each has taken on average, in seconds; nil if that is not known.
  @usableFromInline var rank = 0
  @usableFromInline var seconds: Double? = nil

  /// How many tasks have completed with it.
  var count: Int { outputs.count + failures.count }

  /// Calls `body` with each that has completed, in order.
  @inlinable
  func visit(_ body: (_ index: Int, _ task: Item, _ result: Result<Item.Output, TaskFailure>) throws -> Void) rethrows {
    var (output, failure, hole) = (0, 0, 0)
    for offset in 0..<tasks.count {
      if hole < absent.count, absent[hole] == offset {
        hole += 1
      } else if failure < failures.count, failures[failure].index == first + offset {
        try body(first + offset, tasks[tasks.startIndex + offset], .failure(failures[failure]))
        failure += 1
      } else if output < outputs.count {
        try body(first + offset, tasks[tasks.startIndex + offset], .success(outputs[output]))
        output += 1
      }
    }
  }
}
