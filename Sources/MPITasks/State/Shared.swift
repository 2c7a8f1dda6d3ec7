// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// A value that is sent once, for all tasks to read: arrays of plain data once to each node, others once to each rank.
///
/// ```swift
/// struct Interpolate: PoolTask {
///   var table: Shared<[Double]>      // travels as a number
///   var x: Double
///   func run() throws -> Double { at(x, in: try table.elements().span) }
/// }
/// let table = try pool.share(loadTable())
/// let values = try await pool.map(points.map { Interpolate(table: table, x: $0) })
/// ```
public struct Shared<Value: Sendable>: Codable, Sendable, Hashable {
  let key: Int

  /// The value: on rank 0 the very one that was shared; on the others the one that came, which the first task that asks
  /// decodes, and all share. Of an array that lies in memory that ranks share, that is a copy for this rank:
  /// ``elements()`` makes none.
  ///
  /// It costs a look into a table, so a loop asks before it begins. If the value is still on its way to this rank, it
  /// waits.
  ///
  /// - Throws: what decoding it throws; ``TaskPoolError/failed(_:)`` if it was unshared.
  public var value: Value {
    get throws { try SharedValues.value(of: key, as: Value.self) }
  }

  /// The elements of an array of plain data, without a copy: where several ranks run on a machine, in memory that they
  /// share.
  ///
  /// ```swift
  /// let y = at(x, in: try table.elements().span)               // a function that takes a Span
  /// let numbers = try table.elements()
  /// let row = numbers.span.extracting(first..<first + width)   // or numbers[index], or any method of collections
  /// ```
  ///
  /// It costs a look into a table, so a loop asks before it begins. If the array is still on its way to this rank, it
  /// waits.
  ///
  /// - Throws: ``TaskPoolError/failed(_:)`` if it was unshared.
  public func elements<Element: BitwiseCopyable>() throws -> SharedElements<Element> where Value == [Element] {
    try SharedValues.elements(of: key, as: Element.self)
  }
}

extension TaskContext {
  /// A shared value: as ``Shared/value``.
  public subscript<Value>(shared: Shared<Value>) -> Value {
    get throws { try shared.value }
  }
}

extension TaskPool {
  /// Sends a value once, for all tasks to read.
  ///
  /// It returns when the value is encoded; the value is there before any task that is handed out later. Ranks that come
  /// late get it when they come.
  ///
  /// **An array of plain data** (numbers, and structs of them: what conforms to `BitwiseCopyable`) of 64 KiB or more
  /// goes to one rank of each node, in one message, and to the others of that node through memory that they share: one
  /// copy a node, and none on a node where rank 0 is alone. ``Shared/elements()`` reads it there. The memory is a file
  /// without a name in `/dev/shm`, so nothing is left of it, however the job ends. If there is no room or no such
  /// folder, the ranks of that node get a copy each, and a warning is printed.
  ///
  /// **Any other value**, such as a dictionary, an array of strings or a small array, is one message and one copy to
  /// each rank.
  ///
  /// Rank 0 keeps the value until ``unshare(_:)`` or the end of the pool, and its bytes until all ranks have come.
  ///
  /// - Parameter value: what tasks are to read.
  /// - Throws: what the value throws as it is encoded.
  public func share<Value: Codable & Sendable>(_ value: Value) throws -> Shared<Value> {
    let key = SharedValues.nextKey()
    if root.hasOthers { root.share(try SharedOffers.Offer(value, key: key)) }
    SharedValues.store(value, for: key)
    dispatcher.noteShared(key)
    return Shared(key: key)
  }

  /// Sends an array of plain data once, for all tasks to read: of any `BitwiseCopyable` type, tuples too, with nothing
  /// to declare.
  ///
  /// - Parameter array: what tasks are to read.
  /// - Throws: ``TaskPoolError/unsendable(_:)`` if elements hold an address.
  @_disfavoredOverload
  public func share<Element: BitwiseCopyable & Sendable>(_ array: [Element]) throws -> Shared<[Element]> {
    guard !holdsAddress(Element.self) else { throw TaskPoolError.unsendable("\(Element.self)") }
    let key = SharedValues.nextKey()
    if root.hasOthers { root.share(SharedOffers.Offer(plain: array, key: key)) }
    SharedValues.store(array, for: key)
    dispatcher.noteShared(key)
    return Shared(key: key)
  }

  /// Lets every rank forget a shared value. Tasks that are submitted afterwards and ask for it fail; those that have
  /// its elements keep them until they are done.
  ///
  /// - Parameter shared: what was shared.
  public func unshare<Value>(_ shared: Shared<Value>) {
    root.unshare(shared.key)
    SharedValues.remove(shared.key)
  }
}
