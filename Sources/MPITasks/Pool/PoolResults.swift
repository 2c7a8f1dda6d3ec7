// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Tasks and their results, one after the other: what
/// ``TaskPool/unordered(_:onFailure:priority:timeout:memoryLimit:lookAhead:seed:)`` and
/// ``TaskPool/ordered(_:onFailure:priority:timeout:memoryLimit:lookAhead:seed:)`` give.
///
/// ```swift
/// for try await (task, output) in pool.unordered(tasks) { … }
/// for try await (task, result) in pool.unordered(tasks).results { … }   // with failures, which end nothing
/// ```
public struct PoolResults<Inputs: Sequence>: PoolSequence where Inputs.Element: PoolTaskProtocol {
  /// A task and its result.
  public typealias Element = (task: Inputs.Element, output: Inputs.Element.Output)

  private let inputs: Inputs
  private let pool: TaskPool
  private let policy: FailurePolicy
  private let priority: Int
  private let timeout: Duration?
  private let memoryLimit: Int?
  private let lookAhead: Int?
  private let seed: UInt64?
  private let isOrdered: Bool

  init(
    _ inputs: Inputs, _ pool: TaskPool, _ policy: FailurePolicy, _ priority: Int, _ timeout: Duration?,
    _ memoryLimit: Int?,
    _ lookAhead: Int?, _ seed: UInt64?, isOrdered: Bool
  ) {
    self.inputs = inputs
    self.pool = pool
    self.policy = policy
    self.priority = priority
    self.timeout = timeout
    self.memoryLimit = memoryLimit
    self.lookAhead = lookAhead
    self.seed = seed
    self.isOrdered = isOrdered
  }

  /// Begins to take tasks as results are asked for.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(results: results.makeAsyncIterator(), policy: policy)
  }

  /// The same with the failures: they are elements, and end nothing. Retries are made by `onFailure`.
  public var results: Results { Results(sequence: self) }

  fileprivate func stream() throws -> ResultStream<Inputs> {
    try ResultStream(
      inputs, pool.begin(priority, timeout, memoryLimit, policy, seed), lookAhead: lookAhead,
      isOrdered: isOrdered)
  }

  /// Takes tasks and gives results.
  public struct AsyncIterator: AsyncIteratorProtocol {
    @usableFromInline var results: Results.AsyncIterator
    private let policy: FailurePolicy
    private var failures: [TaskFailure] = []

    fileprivate init(results: Results.AsyncIterator, policy: FailurePolicy) {
      self.results = results
      self.policy = policy
    }

    /// The next task that has a result, with it; nil after the last.
    ///
    /// - Parameter actor: the actor that the caller is isolated to, if any.
    /// - Throws: ``TaskFailure``, or at the end ``TaskFailures``, by the call's policy; `CancellationError` if the
    ///   Swift task that waits is canceled; ``TaskPoolError`` if the pool has ended or can't go on, if the type of the
    ///   tasks can't be found by its name, and if their results hold an address.
    @inlinable
    public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Element? {
      while let (task, result) = try await results.next(isolation: actor) {
        switch result {
        case .success(let output): return (task, output)
        case .failure(let failure): try note(failure)
        }
      }
      try finish()
      return nil
    }

    /// Throws a failure, or keeps it for the end, by the policy.
    @usableFromInline
    mutating func note(_ failure: TaskFailure) throws {
      guard policy.goesOn else {
        results.end()
        throw failure
      }
      failures.append(failure)
    }

    /// Throws the failures that were kept, once.
    @usableFromInline
    mutating func finish() throws {
      guard !failures.isEmpty else { return }
      defer { failures = [] }
      throw TaskFailures(failures: failures.sorted { $0.index < $1.index })
    }

    /// The next task that has a result, with it; nil after the last.
    ///
    /// - Throws: ``TaskFailure``, or at the end ``TaskFailures``, by the call's policy; `CancellationError` if the
    ///   Swift task that waits is canceled; ``TaskPoolError`` if the pool has ended or can't go on, if the type of the
    ///   tasks can't be found by its name, and if their results hold an address.
    public mutating func next() async throws -> Element? { try await next(isolation: nil) }
  }

  /// Tasks with their results or failures.
  public struct Results: PoolSequence {
    /// A task, and its result or its failure.
    public typealias Element = (task: Inputs.Element, result: Result<Inputs.Element.Output, TaskFailure>)

    fileprivate let sequence: PoolResults

    /// Begins to take tasks as results are asked for.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(sequence: sequence) }

    /// Takes tasks and gives results.
    public struct AsyncIterator: AsyncIteratorProtocol {
      private let sequence: PoolResults
      private var stream: ResultStream<Inputs>?
      /// What has come and was not handed out, the next from `position` on.
      @usableFromInline var ready: [Element] = []
      @usableFromInline var position = 0
      private var hasEnded = false

      fileprivate init(sequence: PoolResults) { self.sequence = sequence }

      /// The next task that has completed; nil after the last.
      ///
      /// - Parameter actor: the actor that the caller is isolated to, if any.
      /// - Throws: `CancellationError` if the Swift task that waits is canceled; ``TaskPoolError`` if the pool has
      ///   ended or can't go on, if the type of the tasks can't be found by its name, and if their results hold an
      ///   address. If a task fails, nothing is thrown: the failure is an element.
      @inlinable
      public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Element? {
        // Inlined into the program, if the types are known: most elements are there already.
        while position == ready.count {
          ready.removeAll(keepingCapacity: true)
          position = 0
          guard let deliveries = try await deliveries(isolation: actor) else { return nil }
          for delivery in deliveries { delivery.visit { _, task, result in ready.append((task, result)) } }
        }
        position += 1
        return ready[position - 1]
      }

      /// Waits for what comes next; nil after the last.
      @usableFromInline
      mutating func deliveries(isolation actor: isolated (any Actor)?) async throws -> [Delivery<Inputs.Element>]? {
        guard !hasEnded else { return nil }
        if stream == nil { stream = try sequence.stream() }
        guard let deliveries = try await stream?.next() else {
          end()
          return nil
        }
        return deliveries
      }

      /// The next task that has completed; nil after the last.
      ///
      /// - Throws: `CancellationError` if the Swift task that waits is canceled; ``TaskPoolError`` if the pool has
      ///   ended or can't go on, if the type of the tasks can't be found by its name, and if their results hold an
      ///   address. If a task fails, nothing is thrown: the failure is an element.
      public mutating func next() async throws -> Element? { try await next(isolation: nil) }

      /// Lets go of the call: what has not run never will.
      mutating func end() {
        hasEnded = true
        stream = nil
        (ready, position) = ([], 0)
      }
    }
  }
}
