// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase
import Synchronization

/// A store's file, as one process has it open. Any thread may call it; one at a time uses the database.
package final class StoreFile: Sendable {
  /// How a store is written.
  package enum Journal: String, Sendable {
    /// New pages go to a log first: readers are not in the way, and nothing waits for the disk.
    case log = "write-ahead log"
    /// Old pages are kept until the new ones are on the disk. It needs no memory that processes share.
    case rollback = "rollback journal, one process at a time"
  }

  /// What a process of a job is, for the table of runs.
  package struct Run: Sendable {
    package var ranks: Int
    package var build: String
    package init(ranks: Int, build: String) { (self.ranks, self.build) = (ranks, build) }
  }

  package let path: String
  package let fileSystem: FileSystem
  package let journal: Journal
  /// The number of this process in the table of runs; nil if it only reads.
  package let run: Int?
  /// The last run before this one that was of the same program and of another build, if the last one was.
  package let otherBuild: (run: Int, program: String, started: String)?
  /// The rights to write; nil if this only reads.
  package let lock: StoreLock?

  /// Nil once it is closed.
  private let connection: Mutex<Connection?>

  /// What one thread at a time uses.
  package final class Connection: @unchecked Sendable {
    package let database: Database
    var statements: [String: Statement] = [:]
    var hosts: [String: Int] = [:]
    var types: [TypeName: Int] = [:]

    init(_ database: Database) { self.database = database }

    /// A statement that is kept.
    package func statement(_ sql: String) throws -> Statement {
      if let known = statements[sql] { return known }
      let made = try database.prepare(sql)
      statements[sql] = made
      return made
    }

    /// Lets go of what a transaction that was undone may have made.
    func forgetNumbers() {
      hosts = [:]
      types = [:]
    }
  }

  /// A type of tasks.
  package struct TypeName: Hashable, Sendable {
    package var name: String
    package var version: Int
    package init(_ name: String, version: Int) { (self.name, self.version) = (name, version) }
  }

  /// What tests set in place of the file system's kind: `nfs`, say.
  package static let pretendedFileSystem = Mutex<FileSystem?>(nil)

  /// The kind of file system that a store lies on.
  package static func fileSystem(of path: String) -> FileSystem {
    if let pretended = pretendedFileSystem.withLock({ $0 }) { return pretended }
    if let name = environmentVariable("MPI_STORE_FILE_SYSTEM"), !name.isEmpty {
      return FileSystem(name: name, isLocal: name == "local")
    }
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    return FileSystem.of(folder: folder)
  }

  /// Opens a store to write it.
  ///
  /// - Parameters:
  ///   - path: of the file, which is made if it does not exist.
  ///   - run: what this process is.
  ///   - say: prints a line for people.
  /// - Throws: ``StoreFailure``.
  package convenience init(_ path: String, run: Run, say: (String) -> Void) throws(StoreFailure) {
    let system = Self.fileSystem(of: path)
    let lock = try StoreLock(of: path, isLocal: system.isLocal) { owner in
      say(
        """
        the store \(path) has a lock of \(owner.program), process \(owner.pid) on \(owner.host), since \(owner.since): \
        looking whether that still runs
        """)
    }
    do {
      try self.init(path, system, lock, run)
    } catch let failure as StoreFailure {
      throw failure
    } catch let failure as Database.Failure {
      throw StoreFailure(failure, path: path)
    } catch {
      throw StoreFailure(.other, "\(error)")
    }
  }

  private init(_ path: String, _ system: FileSystem, _ lock: StoreLock, _ run: Run) throws {
    self.path = path
    self.lock = lock
    fileSystem = system
    journal = system.isLocal ? .log : .rollback
    let database = try Self.openedToWrite(path, journal)
    try Self.checkVersion(database, path)
    if try database.value("SELECT count(*) FROM sqlite_master") == "0" {
      try database.transaction { try database.run(Schema.statements) }
    }
    let program = programName
    let last = try database.prepare("SELECT id, build, started FROM run WHERE program = ? ORDER BY id DESC LIMIT 1")
    last.bind(1, program)
    if try last.step(), let build = last.text(1), build != run.build {
      otherBuild = (last.int(0), program, last.text(2) ?? "")
    } else {
      otherBuild = nil
    }
    last.reset()
    let insert = try database.prepare(
      """
      INSERT INTO run(started, host, pid, program, arguments, build, ranks, file_system, journal)
      VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    let owner = StoreLock.Owner.current()
    insert.bind(1, owner.since)
    insert.bind(2, owner.host)
    insert.bind(3, owner.pid)
    insert.bind(4, program)
    insert.bind(5, CommandLine.arguments.dropFirst().joined(separator: " "))
    insert.bind(6, run.build)
    insert.bind(7, run.ranks)
    insert.bind(8, system.name)
    insert.bind(9, journal.rawValue)
    try insert.run()
    self.run = database.lastRow
    connection = Mutex(Connection(database))
  }

  /// Opens a store to read it, while a job may write it.
  ///
  /// - Throws: ``StoreFailure``.
  package init(reading path: String) throws(StoreFailure) {
    self.path = path
    guard isFile(path) else { throw StoreFailure(.missing, "there is no store \(path)") }
    fileSystem = Self.fileSystem(of: path)
    journal = fileSystem.isLocal ? .log : .rollback
    (lock, run, otherBuild) = (nil, nil, nil)
    do {
      let database = try Self.openedToRead(path)
      try Self.checkVersion(database, path)
      try database.run("PRAGMA query_only = 1")
      guard try database.value("PRAGMA application_id") == "\(Schema.application)" else {
        throw StoreFailure(.notAStore, Self.notAStore(path))
      }
      connection = Mutex(Connection(database))
    } catch let failure as Database.Failure {
      if failure.isBusy, let owner = StoreLock.owner(of: path, isLocal: fileSystem.isLocal) {
        throw StoreFailure(
          .inUse,
          """
          \(owner.program), process \(owner.pid) on \(owner.host), writes the store \(path), which can't be read \
          meanwhile on this file system (\(fileSystem.name))
          """)
      }
      throw StoreFailure(failure, path: path)
    } catch let failure as StoreFailure {
      throw failure
    } catch {
      throw StoreFailure(.other, "\(error)")
    }
  }

  /// Opens a file to read it. If it may be written, this also brings in the log that a job has left behind.
  private static func openedToRead(_ path: String) throws -> Database {
    do {
      return try opened(path, isWritable: true)
    } catch let failure as Database.Failure where failure.isReadOnly {
      // In a folder that can't be written SQLite can't make what it reads a log by. If there is no log, it needs none.
      guard sizeOfFile(path + "-wal") == 0 else { return try opened(path, isWritable: false) }
      return try Database(path, isWritable: false, isImmutable: true)
    }
  }

  private static func opened(_ path: String, isWritable: Bool) throws -> Database {
    let database = try Database(path, isWritable: isWritable)
    // A job that has it locked has it so to its end.
    database.waitForOthers(milliseconds: 1000)
    _ = try database.value("SELECT count(*) FROM sqlite_master")
    return database
  }

  /// Opens a file to write it.
  private static func openedToWrite(_ path: String, _ journal: Journal) throws -> Database {
    do {
      let database = try Database(path, isWritable: true)
      try prepare(database, journal, path)
      return database
    } catch let failure as Database.Failure where failure.isAboutLocks {
      // The file system has no locks: the file beside the store is what counts.
      let database = try Database(path, isWritable: true, locks: false)
      try prepare(database, journal, path)
      return database
    }
  }

  /// Sets how the file is written.
  private static func prepare(_ database: Database, _ journal: Journal, _ path: String) throws {
    switch journal {
    case .log:
      // A new file gets pages that suit arrays.
      try database.run("PRAGMA page_size = 8192")
      guard try database.value("PRAGMA journal_mode = WAL") == "wal" else {
        throw StoreFailure(.other, "the store \(path) has another journal than a log, and can't get one")
      }
      try database.run("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000")
    case .rollback:
      try database.run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 8192")
      // One that was written with a log has to be taken out of that form first, without memory that processes share:
      // so the mode of locking comes first.
      guard try database.value("PRAGMA journal_mode = TRUNCATE") == "truncate" else {
        throw StoreFailure(.other, "the store \(path) has a log, and can't get another journal")
      }
      try database.run("PRAGMA synchronous = FULL")
    }
    try database.run("PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = 0")
  }

  private static func checkVersion(_ database: Database, _ path: String) throws {
    let application = try database.value("PRAGMA application_id") ?? ""
    let version = Int(try database.value("PRAGMA user_version") ?? "") ?? 0
    guard try database.value("SELECT count(*) FROM sqlite_master") != "0" else { return }
    guard application == "\(Schema.application)" else { throw StoreFailure(.notAStore, notAStore(path)) }
    guard version <= Schema.version else {
      throw StoreFailure(
        .newer,
        """
        the store \(path) was written by a newer version of this library (its tables are of version \(version), and \
        this one knows \(Schema.version)): build the program with that version, or use another store
        """)
    }
  }

  private static func notAStore(_ path: String) -> String {
    "\(path) is a database of another kind, and no store: use another path"
  }

  /// Uses the database.
  package func use<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    try connection.withLock { connection in
      guard let connection else { throw StoreFailure(.other, "the store \(path) was closed") }
      return try body(connection)
    }
  }

  /// Uses the database, and gives errors the words of a store.
  package func access<Result>(_ body: (Connection) throws -> Result) throws(StoreFailure) -> Result {
    do { return try use(body) } catch let failure as StoreFailure { throw failure } catch let failure
      as Database.Failure
    { throw StoreFailure(failure, path: path) } catch { throw StoreFailure(.other, "the store \(path): \(error)") }
  }

  /// Puts all that is committed into the file itself, and has the disk keep it.
  package func synchronize() throws(StoreFailure) {
    guard journal == .log, run != nil else { return }
    try access { connection in _ = try connection.database.value("PRAGMA wal_checkpoint(PASSIVE)") }
  }

  /// Notes that the run has ended, and closes the file, whatever still refers to it. What fails is not reported: nothing
  /// is lost by it.
  package func end() {
    defer {
      connection.withLock { $0 = nil }
      lock?.release()
    }
    guard let run else { return }
    try? use { connection in
      try connection.database.run("UPDATE run SET ended = '\(timestamp())' WHERE id = \(run)")
      if journal == .log { _ = try connection.database.value("PRAGMA wal_checkpoint(TRUNCATE)") }
    }
  }
}
