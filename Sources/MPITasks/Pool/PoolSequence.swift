// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Results of a pool, one after the other: ``PoolResults`` and ``PoolResults/Results``.
///
/// It has what asynchronous sequences have to end a chain with, in a form that can be called anywhere. The standard
/// library's own forms send their closures off, so the compiler refuses them in `main`, which belongs to the main
/// actor:
///
/// ```swift
/// let sum = try await pool.unordered(tasks).reduce(0) { $0 + $1.output }
/// ```
///
/// The closures run where the caller is, and can't wait. If one has to, write `for try await`.
public protocol PoolSequence: AsyncSequence {}

extension PoolSequence {
  /// Combines all elements, as they come, into one value.
  ///
  /// - Parameters:
  ///   - initial: what the value begins with; the result if there are no elements.
  ///   - combine: makes the next value of the last one and an element.
  /// - Throws: what the sequence throws; what the closure throws, which cancels what has not run.
  public nonisolated(nonsending) func reduce<Result>(
    _ initial: Result, _ combine: (Result, Element) throws -> Result
  ) async throws -> Result {
    var result = initial
    try await visit {
      result = try combine(result, $0)
      return true
    }
    return result
  }

  /// Puts all elements, as they come, into one value, such as an array or a dictionary.
  ///
  /// - Throws: as ``reduce(_:_:)``.
  public nonisolated(nonsending) func reduce<Result>(
    into initial: Result, _ update: (inout Result, Element) throws -> Void
  ) async throws -> Result {
    var result = initial
    try await visit {
      try update(&result, $0)
      return true
    }
    return result
  }

  /// The first element that satisfies a condition; nil if none does. What has not run then never will.
  ///
  /// - Throws: as ``reduce(_:_:)``.
  public nonisolated(nonsending) func first(where predicate: (Element) throws -> Bool) async throws -> Element? {
    var found: Element?
    try await visit { element in
      if try predicate(element) { found = element }
      return found == nil
    }
    return found
  }

  /// Whether an element satisfies a condition. It waits until one does, or for all.
  ///
  /// - Throws: as ``reduce(_:_:)``.
  public nonisolated(nonsending) func contains(where predicate: (Element) throws -> Bool) async throws -> Bool {
    try await first(where: predicate) != nil
  }

  /// Whether all elements satisfy a condition. It waits until one does not, or for all.
  ///
  /// - Throws: as ``reduce(_:_:)``.
  public nonisolated(nonsending) func allSatisfy(_ predicate: (Element) throws -> Bool) async throws -> Bool {
    try await first { !(try predicate($0)) } == nil
  }

  /// The least element by an order; nil if there is none.
  ///
  /// - Throws: as ``reduce(_:_:)``.
  public nonisolated(nonsending) func min(
    by areInIncreasingOrder: (Element, Element) throws -> Bool
  ) async throws -> Element? {
    try await reduce(nil) { least, element in
      if let least, !(try areInIncreasingOrder(element, least)) { least } else { element }
    }
  }

  /// The greatest element by an order; nil if there is none.
  ///
  /// - Throws: as ``reduce(_:_:)``.
  public nonisolated(nonsending) func max(
    by areInIncreasingOrder: (Element, Element) throws -> Bool
  ) async throws -> Element? {
    try await reduce(nil) { greatest, element in
      if let greatest, !(try areInIncreasingOrder(greatest, element)) { greatest } else { element }
    }
  }

  /// Calls a closure with each element until it returns false.
  private nonisolated(nonsending) func visit(_ body: (Element) throws -> Bool) async throws {
    var elements = makeAsyncIterator()
    while let element = try await elements.next(isolation: #isolation), try body(element) {}
  }
}

// What the standard library makes of one is one, so that a chain may begin with it:
// pool.unordered(tasks).map(\.output).reduce(0, +)

extension AsyncMapSequence: PoolSequence where Base: PoolSequence {}
extension AsyncThrowingMapSequence: PoolSequence where Base: PoolSequence {}
extension AsyncFilterSequence: PoolSequence where Base: PoolSequence {}
extension AsyncThrowingFilterSequence: PoolSequence where Base: PoolSequence {}
extension AsyncCompactMapSequence: PoolSequence where Base: PoolSequence {}
extension AsyncThrowingCompactMapSequence: PoolSequence where Base: PoolSequence {}
extension AsyncPrefixSequence: PoolSequence where Base: PoolSequence {}
