// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension StoreFile {
  /// A result, or a failure, of a task.
  package struct TaskRow: Sendable {
    package var key: ResultKey
    package var type: TypeName
    package var host: String
    package var position: Int
    package var seconds: Double?
    package var task: [UInt8]?
    package var outcome: Outcome

    package init(
      key: ResultKey, type: TypeName, host: String, position: Int, seconds: Double?, task: [UInt8]?, outcome: Outcome
    ) {
      (self.key, self.type, self.host, self.position) = (key, type, host, position)
      (self.seconds, self.task, self.outcome) = (seconds, task, outcome)
    }

    /// How many bytes it has, about.
    package var byteCount: Int {
      let rest = 200 + (task?.count ?? 0)
      switch outcome {
      case .value(let value): return rest + value.count
      case .failure(let failure): return rest + failure.record.count + failure.message.utf8.count
      }
    }
  }

  /// What has become of a task.
  package enum Outcome: Sendable {
    case value([UInt8])
    case failure(Failure)
  }

  package struct Failure: Sendable {
    package var rank: Int
    package var attempts: Int
    package var reason: String
    package var message: String
    /// All of it, for who reads it back.
    package var record: [UInt8]

    package init(rank: Int, attempts: Int, reason: String, message: String, record: [UInt8]) {
      (self.rank, self.attempts, self.reason) = (rank, attempts, reason)
      (self.message, self.record) = (message, record)
    }
  }

  /// The results of indices of a loop that follow one another.
  package struct BlockRow: Sendable {
    package var loop: LoopName
    package var host: String
    package var range: Range<Int>
    package var seconds: Double?
    package var value: [UInt8]

    package init(loop: LoopName, host: String, range: Range<Int>, seconds: Double?, value: [UInt8]) {
      (self.loop, self.host, self.range, self.seconds, self.value) = (loop, host, range, seconds, value)
    }

    package var byteCount: Int { 200 + value.count }
  }

  /// A loop of which results are stored.
  package struct LoopName: Hashable, Sendable {
    package var name: String
    package var version: Int
    /// The type of its results.
    package var result: String
    /// Empty if its closure takes no random numbers.
    package var seed: String

    package init(_ name: String, version: Int, result: String, seed: String) {
      (self.name, self.version, self.result, self.seed) = (name, version, result, seed)
    }
  }

  /// What is written at once.
  package enum Row: Sendable {
    case task(TaskRow)
    case block(BlockRow)

    package var byteCount: Int {
      switch self {
      case .task(let row): row.byteCount
      case .block(let row): row.byteCount
      }
    }
  }

  /// Writes rows, all or none.
  package func write(_ rows: some Sequence<Row>) throws {
    guard let run else { throw StoreFailure(.notWritable, "the store \(path) was opened to be read") }
    guard lock?.isLost != true else {
      throw StoreFailure(
        .inUse, "another job has taken the store \(path) over, because this one seemed to be dead: nothing is written")
    }
    try use { connection in
      let database = connection.database
      do {
        try database.run("BEGIN IMMEDIATE")
        for row in rows {
          switch row {
          case .task(let row): try Self.write(row, run, connection)
          case .block(let row): try Self.write(row, run, connection)
          }
        }
        try database.run("COMMIT")
      } catch {
        if !database.isIdle { try? database.run("ROLLBACK") }
        connection.forgetNumbers()
        throw error
      }
    }
  }

  private static func write(_ row: TaskRow, _ run: Int, _ connection: Connection) throws {
    let type = try number(of: row.type, connection)
    let host = try number(ofHost: row.host, connection)
    switch row.outcome {
    case .value(let value):
      let insert = try connection.statement(
        """
        INSERT INTO result(key, type, run, host, position, seconds, task, value) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT(key) DO UPDATE SET run = ?3, host = ?4, position = ?5, seconds = ?6, task = ?7, value = ?8
        """)
      insert.bind(1, row.key.bytes)
      insert.bind(2, type)
      insert.bind(3, run)
      insert.bind(4, host)
      insert.bind(5, row.position)
      insert.bind(6, row.seconds)
      insert.bind(7, row.task)
      insert.bind(8, value)
      try insert.run()
      let delete = try connection.statement("DELETE FROM failure WHERE key = ?")
      delete.bind(1, row.key.bytes)
      try delete.run()
    case .failure(let failure):
      let insert = try connection.statement(
        """
        INSERT OR REPLACE INTO failure(
          key, type, run, host, position, rank, attempts, reason, message, at, task, record)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
      insert.bind(1, row.key.bytes)
      insert.bind(2, type)
      insert.bind(3, run)
      insert.bind(4, host)
      insert.bind(5, row.position)
      insert.bind(6, failure.rank)
      insert.bind(7, failure.attempts)
      insert.bind(8, failure.reason)
      insert.bind(9, failure.message)
      insert.bind(10, timestamp())
      insert.bind(11, row.task)
      insert.bind(12, failure.record)
      try insert.run()
    }
  }

  private static func write(_ row: BlockRow, _ run: Int, _ connection: Connection) throws {
    let loop = try number(of: row.loop, connection)
    let host = try number(ofHost: row.host, connection)
    let insert = try connection.statement(
      "INSERT INTO block(loop, run, host, first, count, seconds, value) VALUES(?, ?, ?, ?, ?, ?, ?)")
    insert.bind(1, loop)
    insert.bind(2, run)
    insert.bind(3, host)
    insert.bind(4, row.range.lowerBound)
    insert.bind(5, row.range.count)
    insert.bind(6, row.seconds)
    insert.bind(7, row.value)
    try insert.run()
  }

  /// The number of a type, which is added if it is new.
  private static func number(of type: TypeName, _ connection: Connection) throws -> Int {
    if let known = connection.types[type] { return known }
    let insert = try connection.statement("INSERT OR IGNORE INTO type(name, version) VALUES(?, ?)")
    insert.bind(1, type.name)
    insert.bind(2, type.version)
    try insert.run()
    let number = try find(type, connection)!
    connection.types[type] = number
    return number
  }

  /// The number of a type; nil if the store has none of it.
  static func find(_ type: TypeName, _ connection: Connection) throws -> Int? {
    let select = try connection.statement("SELECT id FROM type WHERE name = ? AND version = ?")
    defer { select.reset() }
    select.bind(1, type.name)
    select.bind(2, type.version)
    return try select.step() ? select.int(0) : nil
  }

  private static func number(of loop: LoopName, _ connection: Connection) throws -> Int {
    let insert = try connection.statement("INSERT OR IGNORE INTO loop(name, version, result, seed) VALUES(?, ?, ?, ?)")
    insert.bind(1, loop.name)
    insert.bind(2, loop.version)
    insert.bind(3, loop.result)
    insert.bind(4, loop.seed)
    try insert.run()
    return try find(loop, connection)!
  }

  static func find(_ loop: LoopName, _ connection: Connection) throws -> Int? {
    let select = try connection.statement(
      "SELECT id FROM loop WHERE name = ? AND version = ? AND result = ? AND seed = ?")
    defer { select.reset() }
    select.bind(1, loop.name)
    select.bind(2, loop.version)
    select.bind(3, loop.result)
    select.bind(4, loop.seed)
    return try select.step() ? select.int(0) : nil
  }

  private static func number(ofHost host: String, _ connection: Connection) throws -> Int {
    if let known = connection.hosts[host] { return known }
    let insert = try connection.statement("INSERT OR IGNORE INTO host(name) VALUES(?)")
    insert.bind(1, host)
    try insert.run()
    let select = try connection.statement("SELECT id FROM host WHERE name = ?")
    select.bind(1, host)
    defer { select.reset() }
    guard try select.step() else { return 0 }
    let number = select.int(0)
    connection.hosts[host] = number
    return number
  }
}
