// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIEnvironment {
  /// Makes a port known by a name, for ``lookUp(_:info:)``, while `body` runs.
  ///
  /// ```swift
  /// try server.withOpenPort { port in
  ///   try MPIEnvironment.withPublishedName("solver", port: server.isRoot ? port : nil) {
  ///     let clients = try server.accept(on: port)
  ///     …
  ///   }
  /// }
  /// ```
  ///
  /// Which processes find it depends on MPI: with Open MPI the processes of the same `mpiexec`, and those of others if
  /// all were given the same server (`ompi-server`, `mpiexec --ompi-server`); with MPICH, those with the same
  /// `hydra_nameserver`. The MPI also decides what happens if a name is taken: Open MPI 4.1 takes the newest.
  ///
  /// C: `MPI_Publish_name`, `MPI_Unpublish_name`. MPI-3.1, section 10.4.4.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - port: the port; nil on a rank that has nothing to publish, where `body` just runs.
  ///   - info: hints to MPI.
  ///   - body: runs while the name is published.
  /// - Returns: what `body` returns.
  /// - Throws: ``ErrorClass/service`` if MPI can't publish it, and what `body` throws.
  public static func withPublishedName<Result>(
    _ name: String, port: String?, info: [String: String] = [:], _ body: () throws -> Result
  ) throws -> Result {
    guard let port else { return try body() }
    try publish(name, port: port, info: info)
    defer { try? unpublish(name, port: port, info: info) }
    return try body()
  }

  /// Makes a port known by a name, until ``unpublish(_:port:info:)``.
  ///
  /// C: `MPI_Publish_name`. MPI-3.1, section 10.4.4.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - port: the port.
  ///   - info: hints to MPI.
  /// - Throws: ``ErrorClass/service`` if MPI can't.
  public static func publish(_ name: String, port: String, info: [String: String] = [:]) throws(MPIError) {
    try check(name, "publish")
    try MPI.check(withInfo(info, "publish") { MPI_Publish_name(name, $0, port) }, "publish")
  }

  /// Takes back what ``publish(_:port:info:)`` made known. Only its publisher may.
  ///
  /// C: `MPI_Unpublish_name`. MPI-3.1, section 10.4.4.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - port: the port that was published by it.
  ///   - info: hints to MPI.
  /// - Throws: ``ErrorClass/service`` if MPI can't; Open MPI does not report a name that was not published.
  public static func unpublish(_ name: String, port: String, info: [String: String] = [:]) throws(MPIError) {
    try check(name, "unpublish")
    try MPI.check(withInfo(info, "unpublish") { MPI_Unpublish_name(name, $0, port) }, "unpublish")
  }

  /// The port that was published by a name.
  ///
  /// One rank looks it up, and gives it to ``Communicator/connect(to:root:info:file:line:)`` as the root.
  ///
  /// C: `MPI_Lookup_name`. MPI-3.1, section 10.4.4.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - info: hints to MPI.
  /// - Throws: ``ErrorClass/name`` if there is no such name, or no server that knows it.
  public static func lookUp(_ name: String, info: [String: String] = [:]) throws(MPIError) -> String {
    try check(name, "lookUp")
    _ = try withInfo(info, "lookUp") { _ in 0 }
    var code: CInt = 0
    let port = cString(capacity: Int(CMPI_MAX_PORT_NAME)) { text, _ in
      code = (try? withInfo(info, "lookUp") { MPI_Lookup_name(name, $0, text) }) ?? CMPI_ERR_INFO
      return code
    }
    if let port { return port }
    throw MPIError(
      ErrorClass(code: code),
      """
      nothing is published by the name '\(name)', or by a job that shares no name server with this one (with Open MPI: \
      ompi-server): \(MPIError.words(for: code))
      """, operation: "lookUp", code: code)
  }

  private static func check(_ name: String, _ operation: StaticString) throws(MPIError) {
    guard isRunning else {
      throw MPIError(.environment, "MPI does not run: use it inside withMPI { … }", operation: "\(operation)")
    }
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw MPIError(.service, "'\(name)' is no name for a service", operation: "\(operation)")
    }
  }
}
