/// A value that is sent to each rank once, for all tasks to read.
///
/// ```swift
/// struct Interpolate: PoolTask {
///   var table: Shared<[Double]>      // travels as a number
///   var x: Double
///   func run() throws -> Double { try at(x, in: table.value) }
/// }
/// let table = try pool.share(loadTable())
/// let values = try await pool.map(points.map { Interpolate(table: table, x: $0) })
/// ```
public struct Shared<Value: Codable & Sendable>: Codable, Sendable, Hashable {
  let key: Int

  /// The value: on rank 0 the very one that was shared; on the others the one that came, which the first task that asks
  /// decodes. No copy is made.
  ///
  /// It costs a look into a table, so a loop asks before it begins.
  ///
  /// - Throws: what decoding it throws; ``TaskPoolError/failed(_:)`` where it was unshared.
  public var value: Value {
    get throws { try SharedValues.value(of: key, as: Value.self) }
  }
}

extension TaskContext {
  /// A shared value: as ``Shared/value``.
  public subscript<Value>(shared: Shared<Value>) -> Value {
    get throws { try shared.value }
  }
}

extension TaskPool {
  /// Sends a value to every rank, once, for all tasks to read.
  ///
  /// It returns when the value is encoded; the value is there before any task that is handed out later. Ranks that come late
  /// get it when they come.
  ///
  /// One message to each rank. Its bytes stay in rank 0's memory until every rank has come and got them; the value itself
  /// until ``unshare(_:)``, or the end of the pool.
  ///
  /// - Throws: what the value throws as it is encoded.
  public func share<Value: Codable & Sendable>(_ value: Value) throws -> Shared<Value> {
    let key = SharedValues.nextKey()
    if rankCount > 1 {
      var frame = Frame(kind: .share, payload: try SharedValues.encode(value))
      frame.fields.put(key)
      messenger.sendToAll(frame)
    }
    SharedValues.store(value, for: key)
    dispatcher.noteShared(key)
    return Shared(key: key)
  }

  /// Lets every rank forget a shared value. Tasks that are submitted afterwards and ask for it fail.
  public func unshare<Value>(_ shared: Shared<Value>) {
    var frame = Frame(kind: .unshare)
    frame.fields.put(shared.key)
    messenger.sendToAll(frame)
    SharedValues.remove(shared.key)
  }
}
