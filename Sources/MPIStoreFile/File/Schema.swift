// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The tables and views of a store. The article "Results that outlive a job" describes them.
enum Schema {
  /// What is written into the header of the file: "MPIS".
  static let application = 0x4D50_4953
  /// The version of the tables. A file of a newer one is refused.
  static let version = 1

  static let statements = """
    CREATE TABLE run(
      id INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT, host TEXT NOT NULL, pid INTEGER NOT NULL,
      program TEXT NOT NULL, arguments TEXT NOT NULL, build TEXT NOT NULL, ranks INTEGER NOT NULL,
      file_system TEXT NOT NULL, journal TEXT NOT NULL);
    CREATE TABLE host(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE type(
      id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, UNIQUE(name, version));
    CREATE TABLE result(
      id INTEGER PRIMARY KEY, key BLOB NOT NULL, type INTEGER NOT NULL REFERENCES type, run INTEGER NOT NULL,
      host INTEGER, position INTEGER NOT NULL, seconds REAL, task BLOB, value BLOB);
    CREATE UNIQUE INDEX result_key ON result(key);
    CREATE INDEX result_type ON result(type);
    CREATE TABLE failure(
      key BLOB PRIMARY KEY, type INTEGER NOT NULL REFERENCES type, run INTEGER NOT NULL, host INTEGER,
      position INTEGER NOT NULL, rank INTEGER NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL,
      message TEXT NOT NULL, at TEXT NOT NULL, task BLOB, record BLOB);
    CREATE TABLE loop(
      id INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, result TEXT NOT NULL, seed TEXT NOT NULL,
      UNIQUE(name, version, result, seed));
    CREATE TABLE block(
      id INTEGER PRIMARY KEY, loop INTEGER NOT NULL REFERENCES loop, run INTEGER NOT NULL, host INTEGER,
      first INTEGER NOT NULL, count INTEGER NOT NULL, seconds REAL, value BLOB);
    CREATE INDEX block_loop ON block(loop, first);

    CREATE VIEW runs AS
      SELECT run.id AS run, started, ended, host, pid, program, arguments, ranks,
        (SELECT count(*) FROM result WHERE result.run = run.id) AS results,
        (SELECT count(*) FROM failure WHERE failure.run = run.id) AS failures,
        (SELECT total(count) FROM block WHERE block.run = run.id) AS indices,
        file_system, journal, build
      FROM run;
    CREATE VIEW tasks AS
      SELECT type.name AS type, type.version AS version, 'done' AS state, count(*) AS tasks, total(seconds) AS seconds
        FROM result JOIN type ON type.id = result.type GROUP BY type.id
      UNION ALL
      SELECT type.name, type.version, 'failed', count(*), NULL
        FROM failure JOIN type ON type.id = failure.type GROUP BY type.id;
    CREATE VIEW failures AS
      SELECT type.name AS type, type.version AS version, position, message, reason, attempts, rank, host.name AS host,
        run, at
      FROM failure JOIN type ON type.id = failure.type LEFT JOIN host ON host.id = failure.host;
    CREATE VIEW loops AS
      SELECT loop.name AS loop, loop.version AS version, result, seed, total(count) AS indices, min(first) AS first,
        max(first + count) AS "end", total(seconds) AS seconds
      FROM loop LEFT JOIN block ON block.loop = loop.id GROUP BY loop.id;
    CREATE VIEW time_by_host AS
      SELECT name AS host, sum(tasks) AS tasks, sum(indices) AS indices, sum(seconds) AS seconds FROM (
        SELECT host, count(*) AS tasks, 0 AS indices, total(seconds) AS seconds FROM result GROUP BY host
        UNION ALL SELECT host, 0, total(count), total(seconds) FROM block GROUP BY host)
      JOIN host ON host.id = host GROUP BY host.id;

    PRAGMA application_id = \(application);
    PRAGMA user_version = \(version);
    """
}
