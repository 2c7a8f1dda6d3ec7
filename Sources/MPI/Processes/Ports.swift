// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Processes that were started apart find each other by a port: one group opens it and accepts, another connects.

extension Communicator {
  /// Opens a port at the root, calls `body` on every rank with its name, and closes it.
  ///
  /// ```swift
  /// try server.withOpenPort { port in
  ///   if server.isRoot { try save(port) }                  // in a file, or by MPIEnvironment.publish
  ///   let clients = try server.accept(on: port)
  ///   …
  ///   try clients.disconnect()
  /// }
  /// ```
  ///
  /// Collective; the root sends the name to the others, in two broadcasts.
  ///
  /// C: `MPI_Open_port`, `MPI_Close_port`. MPI-3.1, section 10.4.2.
  ///
  /// - Parameters:
  ///   - root: the rank whose port it is, and which must be the root of what accepts on it.
  ///   - info: hints to MPI; at the root.
  ///   - body: is given the port's name, by which ``connect(to:root:info:file:line:)`` finds it.
  /// - Returns: what `body` returns.
  /// - Throws: on every rank, why the root can't open a port; and what `body` throws.
  public final func withOpenPort<Result>(
    root: Int = 0, info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line,
    _ body: (_ port: String) throws -> Result
  ) throws -> Result {
    let operation: StaticString = "withOpenPort"
    try checkRoot(root, operation)
    try enterCollective(operation, Never.self, root: root, file, line)
    var own: String? = nil
    var failed: MPIError? = nil
    if rank == root { do { own = try openPort(info) } catch { failed = error } }
    defer { if let own { MPI_Close_port(own) } }
    var bytes = Array((own ?? "").utf8)
    let count = try agree(SIMD2(bytes.count, 0), failed, root: root, operation).x
    if rank != root { bytes = [UInt8](repeating: 0, count: count) }
    let code = bytes.withUnsafeMutableBufferPointer { broadcastElements($0.baseAddress, count, root) }
    try check(code, operation)
    return try body(String(decoding: bytes, as: UTF8.self))
  }

  private func openPort(_ info: [String: String]) throws(MPIError) -> String {
    var code: CInt = 0
    let port = cString(capacity: Int(CMPI_MAX_PORT_NAME)) { text, _ in
      do throws(MPIError) {
        code = try withInfo(info, "withOpenPort") { MPI_Open_port($0, text) }
      } catch {
        code = error.code == 0 ? CMPI_ERR_INFO : error.code
      }
      return code
    }
    guard let port else { throw failure(code: code, "withOpenPort") }
    return port
  }

  /// Waits until a group of processes connects to a port, and returns what connects them with this communicator's
  /// ranks.
  ///
  /// Collective. It waits until a group connects.
  ///
  /// C: `MPI_Comm_accept`. MPI-3.1, section 10.4.2.
  ///
  /// - Parameters:
  ///   - port: at the root, a port that it has open; elsewhere it is not used, and may be nil.
  ///   - root: the rank whose port it is.
  ///   - info: hints to MPI; at the root.
  /// - Returns: an intercommunicator whose remote group are those that connected.
  /// - Throws: ``ErrorClass/argument`` on every rank if the root gives nil; ``ErrorClass/root``; ``ErrorClass/port``.
  public final func accept(
    on port: String?, root: Int = 0, info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> InterCommunicator {
    let (port, info) = try checked(port, info, root, "accept")
    try enterCollective("accept", Never.self, root: root, file, line)
    var handle = CMPI_COMM_NULL
    try check(
      withInfo(info, "accept") { MPI_Comm_accept(port, $0, CInt(root), rawValue, &handle) }, "accept")
    return try InterCommunicator(
      unwrapped(handle), ownership: .owned, local: self, "accept", CallSite(file, line))
  }

  /// Connects to a group of processes that accepts on a port.
  ///
  /// Collective. What happens if none accepts depends on MPI: Open MPI 4.1 waits for up to an hour, so connect to
  /// ports that are open.
  ///
  /// C: `MPI_Comm_connect`. MPI-3.1, section 10.4.3.
  ///
  /// - Parameters:
  ///   - port: at the root, the name of the port; elsewhere it is not used, and may be nil.
  ///   - root: the rank whose name and hints count.
  ///   - info: hints to MPI; at the root.
  /// - Returns: an intercommunicator whose remote group are those that accepted.
  /// - Throws: ``ErrorClass/argument`` on every rank if the root gives nil; ``ErrorClass/root``; ``ErrorClass/port``,
  ///   or with Open MPI ``ErrorClass/internal``, for what is no port.
  public final func connect(
    to port: String?, root: Int = 0, info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> InterCommunicator {
    let (port, info) = try checked(port, info, root, "connect")
    try enterCollective("connect", Never.self, root: root, file, line)
    var handle = CMPI_COMM_NULL
    try check(
      withInfo(info, "connect") { MPI_Comm_connect(port, $0, CInt(root), rawValue, &handle) }, "connect")
    return try InterCommunicator(
      unwrapped(handle), ownership: .owned, local: self, "connect", CallSite(file, line))
  }

  /// What counts at the root alone, checked there; every rank throws what is wrong with it.
  private func checked(
    _ port: String?, _ info: [String: String], _ root: Int, _ operation: StaticString
  ) throws(MPIError) -> (port: String, info: [String: String]) {
    try checkRoot(root, operation)
    var wrong: MPIError? = nil
    if rank == root {
      do throws(MPIError) {
        _ = try withInfo(info, operation) { _ in 0 }
        guard let port else { throw missingAtRoot(operation) }
        try require(
          !port.isEmpty && port.utf8.count < Int(CMPI_MAX_PORT_NAME), .port, operation,
          "'\(port)' is no name of a port: it must have 1 to \(CMPI_MAX_PORT_NAME - 1) bytes")
      } catch { wrong = error }
    }
    _ = try agree(SIMD2(0, 0), wrong, root: root, operation)
    return rank == root ? (port ?? "", info) : ("", [:])
  }
}
