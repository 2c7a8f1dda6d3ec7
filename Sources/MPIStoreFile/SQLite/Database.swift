// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CSQLite

/// A database of SQLite: the one place that calls it.
///
/// One thread uses it at a time; its owner sees to that.
package final class Database {
  /// What SQLite reports.
  package struct Failure: Error, CustomStringConvertible {
    /// The extended result code.
    package var code: Int32
    package var message: String

    /// The code without its extension.
    package var primary: Int32 { code & 0xFF }
    package var description: String { "\(message) (SQLite's code \(code))" }
    package var isFull: Bool { primary == SQLITE_FULL }
    package var isDamaged: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
    package var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }
    package var isReadOnly: Bool {
      primary == SQLITE_READONLY || primary == SQLITE_PERM || primary == SQLITE_CANTOPEN || primary == SQLITE_AUTH
    }
    /// Whether the file system refuses locks.
    package var isAboutLocks: Bool {
      primary == SQLITE_PROTOCOL || primary == SQLITE_NOLFS
        || (primary == SQLITE_IOERR && [15, 14, 8, 9].contains(code >> 8))
    }
  }

  private let handle: OpaquePointer

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: of the file, which is made if it does not exist and may be written.
  ///   - isWritable: whether it is to be written.
  ///   - locks: whether the locks of the file system are used.
  ///   - isImmutable: whether nothing can change the file, nor anything beside it.
  package init(
    _ path: String, isWritable: Bool, locks: Bool = true, isImmutable: Bool = false
  ) throws(Failure) {
    var handle: OpaquePointer?
    let access = isWritable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    let name = isImmutable ? "file:\(Self.escaped(path))?immutable=1" : path
    let flags = access | SQLITE_OPEN_NOMUTEX | (isImmutable ? SQLITE_OPEN_URI : 0)
    let code = sqlite3_open_v2(name, &handle, flags, locks ? nil : "unix-none")
    guard let handle else { throw Failure(code: code, message: "SQLite has no memory") }
    guard code == SQLITE_OK else {
      let failure = Failure(
        code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
      sqlite3_close_v2(handle)
      throw failure
    }
    self.handle = handle
    sqlite3_extended_result_codes(handle, 1)
    waitForOthers(milliseconds: 10_000)
  }

  deinit { sqlite3_close_v2(handle) }

  /// Sets for how long a statement waits for other processes that have the file locked.
  package func waitForOthers(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

  /// A path as a part of a URI.
  private static func escaped(_ path: String) -> String {
    path.map { "%?#".contains($0) ? "%" + String($0.asciiValue!, radix: 16) : String($0) }.joined()
  }

  /// The version of SQLite.
  package static var version: String { String(cString: sqlite3_libversion()) }

  /// Runs statements that have no parameters and no rows.
  package func run(_ sql: String) throws(Failure) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw failure(code) }
  }

  /// Makes a statement.
  package func prepare(_ sql: String) throws(Failure) -> Statement {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else { throw failure(code) }
    return Statement(statement, of: self)
  }

  /// The first column of the first row, as a text; nil if there is no row, or NULL in it.
  package func value(_ sql: String) throws(Failure) -> String? {
    let statement = try prepare(sql)
    return try statement.step() ? statement.text(0) : nil
  }

  /// The row that was inserted last.
  package var lastRow: Int { Int(sqlite3_last_insert_rowid(handle)) }
  /// How many rows the last statement has changed.
  package var changes: Int { Int(sqlite3_changes(handle)) }
  /// Whether no transaction has begun.
  package var isIdle: Bool { sqlite3_get_autocommit(handle) != 0 }

  /// Runs `body` in a transaction, which is undone if it throws.
  package func transaction<Result>(_ body: () throws -> Result) throws -> Result {
    try run("BEGIN IMMEDIATE")
    do {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      // After some failures SQLite has done so already.
      if !isIdle { try? run("ROLLBACK") }
      throw error
    }
  }

  fileprivate func failure(_ code: Int32) -> Failure {
    Failure(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
  }
}

/// A statement of SQLite, to be run any number of times.
package final class Statement {
  private let handle: OpaquePointer
  private let database: Database

  fileprivate init(_ handle: OpaquePointer, of database: Database) {
    self.handle = handle
    self.database = database
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: Parameters, from 1

  private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

  package func bind(_ place: Int32, _ value: Int?) {
    if let value { sqlite3_bind_int64(handle, place, Int64(value)) } else { sqlite3_bind_null(handle, place) }
  }

  package func bind(_ place: Int32, _ value: Double?) {
    if let value { sqlite3_bind_double(handle, place, value) } else { sqlite3_bind_null(handle, place) }
  }

  package func bind(_ place: Int32, _ value: String?) {
    if let value {
      sqlite3_bind_text64(
        handle, place, value, sqlite3_uint64(value.utf8.count), Self.copied, UInt8(SQLITE_UTF8))
    } else {
      sqlite3_bind_null(handle, place)
    }
  }

  package func bind(_ place: Int32, _ value: [UInt8]?) {
    guard let value else {
      sqlite3_bind_null(handle, place)
      return
    }
    guard !value.isEmpty else {
      sqlite3_bind_zeroblob(handle, place, 0)
      return
    }
    value.withUnsafeBytes {
      _ = sqlite3_bind_blob64(handle, place, $0.baseAddress, sqlite3_uint64($0.count), Self.copied)
    }
  }

  // MARK: Rows

  /// Goes to the next row.
  ///
  /// - Returns: whether there is one.
  package func step() throws(Database.Failure) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      let failure = database.failure(code)
      sqlite3_reset(handle)
      throw failure
    }
  }

  /// Runs it to its end, and makes it ready for the next time.
  package func run() throws(Database.Failure) {
    while try step() {}
    reset()
  }

  /// Makes it ready for the next time.
  package func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  package var columnCount: Int32 { sqlite3_column_count(handle) }
  package func name(_ column: Int32) -> String { String(cString: sqlite3_column_name(handle, column)) }
  package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
  package func isNumber(_ column: Int32) -> Bool {
    [SQLITE_INTEGER, SQLITE_FLOAT].contains(sqlite3_column_type(handle, column))
  }
  package func isBlob(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_BLOB }
  package func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }
  package func double(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }
  package func text(_ column: Int32) -> String? {
    sqlite3_column_text(handle, column).map { String(cString: $0) }
  }
  package func bytes(_ column: Int32) -> [UInt8] {
    let count = Int(sqlite3_column_bytes(handle, column))
    guard count > 0, let start = sqlite3_column_blob(handle, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
