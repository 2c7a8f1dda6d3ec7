import MPI

extension Communicator {
  /// Calls a closure for each index of a range, on all ranks, and returns the results on every rank.
  ///
  /// The results come to rank 0, which broadcasts them.
  ///
  /// - Parameters: as for ``map(_:schedule:progress:label:observer:_:)``.
  /// - Returns: the results in the order of the indices, on every rank.
  /// - Throws: as there.
  @inlinable
  public final func allMap<Result: BitwiseCopyable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let offset = range.lowerBound
    let display = LoopDisplay(progress, label, file, line)
    let results: [Result]? = try runMap(range, schedule, .plain(), display, operation: "allMap") { chunk in
      try chunk.fill { try body($0 + offset) }
    }
    return try broadcast(results, count: range.count, file: file, line: line)
  }

  /// Calls a closure for each index of a range, on all ranks, and returns results that are `Codable` on every rank.
  ///
  /// - Throws: as there; and on every rank, `MPIError` of the class `serialization` where results can't be coded.
  @inlinable
  public final func allMap<Result: Codable & Sendable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let offset = range.lowerBound
    let display = LoopDisplay(progress, label, file, line)
    let results: [Result]? = try runMap(range, schedule, .coded(), display, operation: "allMap") { chunk in
      try chunk.fill { try body($0 + offset) }
    }
    return try broadcast(object: results, file: file, line: line)
  }

  /// Calls a closure for each index of a range, and returns results that are both on every rank, as they lie in memory.
  ///
  /// It is there so that the compiler knows which of the two others is meant.
  @inlinable
  public final func allMap<Result: BitwiseCopyable & Codable & Sendable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, progress: ProgressStyle = .automatic,
    label: String = "loop", file: StaticString = #fileID, line: Int = #line,
    _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let offset = range.lowerBound
    let display = LoopDisplay(progress, label, file, line)
    let results: [Result]? = try runMap(range, schedule, .plain(), display, operation: "allMap") { chunk in
      try chunk.fill { try body($0 + offset) }
    }
    return try broadcast(results, count: range.count, file: file, line: line)
  }
}
