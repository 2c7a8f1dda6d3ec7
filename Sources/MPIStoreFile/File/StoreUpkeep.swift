// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension StoreFile {
  /// Forgets results and failures of a type.
  ///
  /// - Parameters:
  ///   - name: the whole name, or what is behind its last point.
  ///   - version: nil for all.
  /// - Returns: how many results and failures that were.
  package func forget(type name: String, version: Int? = nil) throws(StoreFailure) -> Int {
    try change { connection in
      let types = """
        (SELECT id FROM type WHERE (name = ?1 OR name LIKE '%.' || ?2 ESCAPE '\\') AND (?3 IS NULL OR version = ?3))
        """
      var count = 0
      for table in ["result", "failure"] {
        let delete = try connection.database.prepare("DELETE FROM \(table) WHERE type IN \(types)")
        delete.bind(1, name)
        delete.bind(2, escaped(name))
        delete.bind(3, version)
        try delete.run()
        count += connection.database.changes
      }
      return count
    }
  }

  /// Forgets what a run has stored.
  package func forget(run: Int) throws(StoreFailure) -> Int {
    try change { connection in
      var count = 0
      for table in ["result", "failure", "block"] {
        try connection.database.run("DELETE FROM \(table) WHERE run = \(run)")
        count += connection.database.changes
      }
      return count
    }
  }

  /// Forgets what is stored of a loop.
  ///
  /// - Returns: how many blocks that were.
  package func forget(loop name: String) throws(StoreFailure) -> Int {
    try change { connection in
      let delete = try connection.database.prepare(
        "DELETE FROM block WHERE loop IN (SELECT id FROM loop WHERE name = ?)")
      delete.bind(1, name)
      try delete.run()
      return connection.database.changes
    }
  }

  /// Forgets failures.
  package func forgetFailures() throws(StoreFailure) -> Int {
    try change { connection in
      try connection.database.run("DELETE FROM failure")
      return connection.database.changes
    }
  }

  private func change(_ body: (Connection) throws -> Int) throws(StoreFailure) -> Int {
    try access { connection in
      try connection.database.run("BEGIN IMMEDIATE")
      do {
        let count = try body(connection)
        try connection.database.run("COMMIT")
        return count
      } catch {
        if !connection.database.isIdle { try? connection.database.run("ROLLBACK") }
        throw error
      }
    }
  }

  /// Makes the file as small as what is in it.
  package func compact() throws(StoreFailure) {
    try access { connection in
      let database = connection.database
      try database.run("DELETE FROM type WHERE id NOT IN (SELECT type FROM result UNION SELECT type FROM failure)")
      try database.run("DELETE FROM loop WHERE id NOT IN (SELECT loop FROM block)")
      connection.forgetNumbers()
      try database.run("VACUUM")
      if journal == .log { _ = try database.value("PRAGMA wal_checkpoint(TRUNCATE)") }
    }
  }

  /// What is wrong with the file: nothing if all is well.
  package func check() throws(StoreFailure) -> [String] {
    try access { connection in
      let select = try connection.database.prepare("PRAGMA integrity_check")
      var found: [String] = []
      do {
        while try select.step() { found.append(select.text(0) ?? "") }
      } catch { found.append("\(error)") }
      guard found.isEmpty || found == ["ok"] else { return found }
      found = []
      // What can't be read by its form, whatever its type.
      let values = try connection.database.prepare("SELECT id, value, task FROM result")
      while try values.step() {
        for column: Int32 in [1, 2] where !values.isNull(column) {
          do { _ = try StoredCoder.json(of: values.bytes(column)) } catch {
            found.append("result \(values.int(0)) can't be read, and will be run again: \(error)")
          }
        }
      }
      return found
    }
  }

  /// The rows of a view or of a selection.
  package func rows(
    _ sql: String, _ parameters: [String] = [], _ body: (Statement) throws -> Void
  ) throws(StoreFailure) {
    try access { connection in
      let select = try connection.database.prepare(sql)
      for (place, parameter) in parameters.enumerated() { select.bind(Int32(place + 1), parameter) }
      while try select.step() { try body(select) }
    }
  }
}

/// A name for `LIKE`.
private func escaped(_ name: String) -> String {
  name.map { "%_\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
}
