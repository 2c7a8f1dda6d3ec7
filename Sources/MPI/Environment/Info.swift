// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Hints to MPI are dictionaries of strings: an argument `info: [String: String] = [:]`. MPI's own objects for them live
// as long as one call.

/// Calls `body` with an info object of a dictionary's entries, or with the null one if there are none.
///
/// C: `MPI_Info_create`, `MPI_Info_set`, `MPI_Info_free`. MPI-3.1, chapter 9.
///
/// - Throws: ``ErrorClass/infoKey`` or ``ErrorClass/infoValue`` for an entry that MPI can't take.
func withInfo(
  _ entries: [String: String], _ operation: StaticString, _ body: (MPI_Info) -> CInt
) throws(MPIError) -> CInt {
  let info = try makeInfo(entries, operation)
  defer { freeInfo(info) }
  return body(info)
}

/// Lends hints to MPI as an `MPI_Info` object, for a C library that takes one: HDF5, NetCDF, PnetCDF.
///
/// ```swift
/// try withMPIInfo(["striping_factor": "8"]) { info in
///   openTogether(path, channel.rawValue, info)     // the library's
/// }
/// ```
///
/// No hints, `[:]`, are `MPI_INFO_NULL`. The object is freed when the body returns or throws, so the library must copy
/// it if it needs it for longer, as those above do. Each rank makes its own: no message is sent.
///
/// C: `MPI_Info_create`, `MPI_Info_set`, `MPI_Info_free`, `MPI_INFO_NULL`. MPI-3.1, chapter 9.
///
/// - Parameters:
///   - hints: the entries. MPI and the library take those that they know.
///   - body: gets the object.
/// - Returns: what the body returns.
/// - Throws: ``ErrorClass/infoKey`` or ``ErrorClass/infoValue`` for an entry that MPI can't take;
///   ``ErrorClass/environment`` if MPI does not run; what the body throws.
@discardableResult
public func withMPIInfo<Result>(
  _ hints: [String: String] = [:], _ body: (MPI_Info) throws -> Result
) throws -> Result {
  guard MPIEnvironment.isRunning else {
    throw MPIError(
      .environment, "MPI does not run: call it inside withMPI { … }, after MPI has started and before it ends",
      operation: "withMPIInfo")
  }
  let info = try makeInfo(hints, "withMPIInfo")
  defer { freeInfo(info) }
  return try body(info)
}

/// An info object of a dictionary's entries, which the caller frees; the null one if there are none.
private func makeInfo(_ entries: [String: String], _ operation: StaticString) throws(MPIError) -> MPI_Info {
  var info = CMPI_INFO_NULL
  if entries.isEmpty { return unwrapped(info) }
  for (key, value) in entries { try checkEntry(key, value, operation) }
  try check(MPI_Info_create(&info), operation)
  for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
    let code = MPI_Info_set(unwrapped(info), key, value)
    if code != 0 { freeInfo(unwrapped(info)) }
    try check(code, operation)
  }
  return unwrapped(info)
}

private func freeInfo(_ info: MPI_Info) {
  var handle = CMPI_INFO_NULL
  if info == handle { return }
  handle = info
  MPI_Info_free(&handle)
}

/// Throws unless MPI takes an entry.
private func checkEntry(_ key: String, _ value: String, _ operation: StaticString) throws(MPIError) {
  guard !key.isEmpty, key.utf8.count <= Int(CMPI_MAX_INFO_KEY) else {
    throw MPIError(
      .infoKey, "info key '\(key)' has \(key.utf8.count) bytes: it must have 1 to \(CMPI_MAX_INFO_KEY)",
      operation: "\(operation)")
  }
  guard !value.isEmpty, value.utf8.count <= Int(CMPI_MAX_INFO_VAL) else {
    throw MPIError(
      .infoValue,
      "the value of info key '\(key)' has \(value.utf8.count) bytes: it must have 1 to \(CMPI_MAX_INFO_VAL)",
      operation: "\(operation)")
  }
}

/// The entries of an info object.
///
/// C: `MPI_Info_get_nkeys`, `MPI_Info_get_nthkey`, `MPI_Info_get_valuelen`, `MPI_Info_get`. MPI-3.1, chapter 9.
func entries(of info: MPI_Info, _ operation: StaticString) throws(MPIError) -> [String: String] {
  var count: CInt = 0
  try check(MPI_Info_get_nkeys(info, &count), operation)
  var entries: [String: String] = [:]
  for index in 0..<count {
    // MPI ends the string, and returns no length.
    guard
      let key = cString(capacity: Int(CMPI_MAX_INFO_KEY), { text, _ in MPI_Info_get_nthkey(info, index, text) })
    else { continue }
    var length: CInt = 0
    var found: CInt = 0
    guard MPI_Info_get_valuelen(info, key, &length, &found) == 0, found != 0 else { continue }
    entries[key] = cString(capacity: Int(length) + 1) { text, _ in MPI_Info_get(info, key, length, text, &found) }
  }
  return entries
}

extension MPIEnvironment {
  /// The command, hosts and folder with which the job was started, as far as MPI knows: `command`, `maxprocs`, `host`,
  /// `wdir`.
  ///
  /// C: `MPI_INFO_ENV`, `MPI_Info_create_env`. MPI-3.1, section 10.5.3; MPI-4.0, section 11.2.1.
  public static var info: [String: String] {
    var info = CMPI_INFO_NULL
    guard isRunning, cmpi_info_create_env(&info) == 0 else { return [:] }
    defer { MPI_Info_free(&info) }
    return (try? entries(of: unwrapped(info), "MPIEnvironment.info")) ?? [:]
  }
}

extension Communicator {
  /// Hints about the communicator, as MPI understood them.
  ///
  /// C: `MPI_Comm_get_info`. MPI-3.1, section 6.4.4.
  public final var info: [String: String] {
    get throws(MPIError) {
      var info = CMPI_INFO_NULL
      try check(MPI_Comm_get_info(rawValue, &info), "info")
      if info == CMPI_INFO_NULL { return [:] }
      defer { MPI_Info_free(&info) }
      return try entries(of: unwrapped(info), "info")
    }
  }

  /// Gives MPI hints about the communicator, the same on every rank. It takes those that it knows.
  ///
  /// Collective, with an all-reduce before it, by which the ranks agree that all their entries can be taken.
  ///
  /// C: `MPI_Comm_set_info`. MPI-3.1, section 6.4.4.
  ///
  /// - Parameter info: the entries.
  /// - Throws: ``ErrorClass/infoKey`` or ``ErrorClass/infoValue``, on every rank, for an entry that MPI can't take.
  public final func setInfo(
    _ info: [String: String], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try enterCollective("setInfo", Never.self, file, line)
    try agreeing("setInfo") { () throws(MPIError) in _ = try withInfo(info, "setInfo") { _ in 0 } }
    try check(withInfo(info, "setInfo") { MPI_Comm_set_info(rawValue, $0) }, "setInfo")
  }
}
