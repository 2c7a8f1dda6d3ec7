import MPI

extension Communicator {
  /// Calls a closure for each index of a range, on all ranks, and returns the results on every rank.
  ///
  /// The results come to rank 0, which broadcasts them.
  ///
  /// - Parameters: as for ``map(_:schedule:observer:_:)``.
  /// - Returns: the results in the order of the indices, on every rank.
  /// - Throws: as there.
  @inlinable
  public final func allMap<Result: BitwiseCopyable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let offset = range.lowerBound
    let results: [Result]? = try runMap(range, schedule, .plain(), operation: "allMap") { chunk in
      try chunk.fill { try body($0 + offset) }
    }
    return try broadcast(results, count: range.count)
  }

  /// Calls a closure for each index of a range, on all ranks, and returns results that are `Codable` on every rank.
  ///
  /// - Throws: as there; and on every rank, `MPIError` of the class `serialization` where results can't be coded.
  @inlinable
  public final func allMap<Result: Codable & Sendable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let offset = range.lowerBound
    return try runAllMap(range, schedule) { chunk in try chunk.fill { try body($0 + offset) } }
  }

  /// Calls a closure for each index of a range, and returns results that are both on every rank, as they lie in memory.
  ///
  /// It is there so that the compiler knows which of the two others is meant.
  @inlinable
  public final func allMap<Result: BitwiseCopyable & Codable & Sendable>(
    _ range: Range<Int>, schedule: LoopSchedule = .adaptive, _ body: @escaping @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    let offset = range.lowerBound
    let results: [Result]? = try runMap(range, schedule, .plain(), operation: "allMap") { chunk in
      try chunk.fill { try body($0 + offset) }
    }
    return try broadcast(results, count: range.count)
  }

  /// Runs a loop with results that are coded, and tells all ranks of them.
  @usableFromInline
  final func runAllMap<Result: Codable & Sendable>(
    _ range: Range<Int>, _ schedule: LoopSchedule, run: @escaping @Sendable (inout LoopChunk) throws -> Void
  ) throws -> [Result] {
    var answer = AllMapAnswer<Result>()
    do {
      answer.results = try runMap(range, schedule, .coded(), operation: "allMap", run: run)
    } catch let error as MPIError where error.errorClass == .serialization {
      // Only the root has seen it, and the others wait for its answer.
      answer.failure = error.text
    }
    let told = try broadcast(object: isRoot ? answer : nil)
    guard let results = told.results else {
      throw MPIError(
        .serialization, told.failure ?? "rank 0 has no results", operation: "allMap", communicator: name, rank: rank)
    }
    return results
  }
}

/// What the root tells the others of results that are coded.
private struct AllMapAnswer<Result: Codable>: Codable {
  var results: [Result]?
  var failure: String?
}
