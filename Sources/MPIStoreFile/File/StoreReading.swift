// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension StoreFile {
  /// What the store has of a task.
  package struct Found: Sendable {
    package var outcome: FoundOutcome
    /// The run that has stored it.
    package var run: Int
  }

  package enum FoundOutcome: Sendable {
    case value([UInt8])
    /// The record of a failure.
    case failure([UInt8])
  }

  /// Whether it has any result, or failure, of a type.
  package func hasAny(of type: TypeName) throws(StoreFailure) -> Bool {
    try access { try Self.find(type, $0) != nil }
  }

  /// What it has of tasks, by their keys.
  package func find(_ keys: [ResultKey], failures: Bool) throws(StoreFailure) -> [Found?] {
    try access { connection in
      let results = try connection.statement("SELECT run, value FROM result WHERE key = ?")
      let failed = failures ? try connection.statement("SELECT run, record FROM failure WHERE key = ?") : nil
      return try keys.map { key in
        results.bind(1, key.bytes)
        defer { results.reset() }
        if try results.step() { return Found(outcome: .value(results.bytes(1)), run: results.int(0)) }
        guard let failed else { return nil }
        failed.bind(1, key.bytes)
        defer { failed.reset() }
        return try failed.step() ? Found(outcome: .failure(failed.bytes(1)), run: failed.int(0)) : nil
      }
    }
  }

  /// The results of a type, so many at most, after one.
  ///
  /// - Returns: for each its number, its task and its value.
  package func results(
    of name: String, version: Int?, after last: Int, limit: Int
  ) throws(StoreFailure) -> [(id: Int, position: Int, task: [UInt8], value: [UInt8])] {
    try access { connection in
      let select = try connection.statement(
        """
        SELECT id, position, task, value FROM result
        WHERE type IN (SELECT id FROM type WHERE name = ?1 AND (?2 IS NULL OR version = ?2)) AND id > ?3
        ORDER BY id LIMIT ?4
        """)
      defer { select.reset() }
      select.bind(1, name)
      select.bind(2, version)
      select.bind(3, last)
      select.bind(4, limit)
      var rows: [(id: Int, position: Int, task: [UInt8], value: [UInt8])] = []
      while try select.step() { rows.append((select.int(0), select.int(1), select.bytes(2), select.bytes(3))) }
      return rows
    }
  }

  /// The blocks of a loop that have an index of a range, in the order of their first indices.
  package func blocks(
    of loop: LoopName, in range: Range<Int>, _ body: (_ range: Range<Int>, _ value: [UInt8], _ run: Int) throws -> Void
  ) throws(StoreFailure) {
    try access { connection in
      guard let number = try Self.find(loop, connection) else { return }
      let select = try connection.statement(
        "SELECT first, count, value, run FROM block WHERE loop = ? AND first < ? AND first + count > ? ORDER BY first, id"
      )
      defer { select.reset() }
      select.bind(1, number)
      select.bind(2, range.upperBound)
      select.bind(3, range.lowerBound)
      while try select.step() {
        let first = select.int(0)
        try body(first..<first + max(0, select.int(1)), select.bytes(2), select.int(3))
      }
    }
  }
}
