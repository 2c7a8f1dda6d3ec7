// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase

/// MPI as one part of a program uses it, without a world: which sets of processes there are, and communicators of them.
///
/// ``withSession(threads:info:_:)-7z9l7`` begins and ends one.
///
/// C: `MPI_Session`. MPI-4.0, section 11.3.
public struct Session: ~Copyable {
  /// The handle, for C libraries: an `MPI_Session`. It is valid until `withSession` ends.
  public let rawValue: CMPI_Session

  /// Begins a session.
  init(_ asked: ThreadLevel, _ info: [String: String]) throws(MPIError) {
    var hints = info
    hints["thread_level"] = asked.mpiName
    var handle = CMPI_SESSION_NULL
    try check(
      withInfo(hints, "withSession") { hints in YieldingWaits.choose { cmpi_session_init(hints, &handle) } },
      "withSession")
    rawValue = unwrapped(handle)
    // Until it is known what was given, what was asked for.
    Runtime.beginSession(Runtime.OpenSession(level: asked, thread: threadIdentifier()))
  }

  /// Throws if MPI gives a lower thread level than was asked for.
  func requireThreadLevel(_ asked: ThreadLevel) throws(MPIError) {
    guard let name = try info["thread_level"], let given = ThreadLevel(mpiName: name), given < asked else { return }
    throw MPIError(
      .environment, "threads: .\(asked) was asked for and this MPI gives .\(given): ask for that",
      operation: "withSession")
  }

  /// Ends the session.
  consuming func end() throws(MPIError) {
    var handle = CMPI_SESSION_NULL
    handle = rawValue
    try check(Runtime.endSession { cmpi_session_finalize(&handle) }, "withSession")
  }

  /// The names of the sets of processes that MPI knows, this process's own sets among them.
  ///
  /// `mpi://WORLD`, all processes that were started together, and `mpi://SELF`, this one, are always there.
  ///
  /// C: `MPI_Session_get_num_psets`, `MPI_Session_get_nth_pset`. MPI-4.0, section 11.3.2.
  public var processSets: [String] {
    get throws(MPIError) {
      var count: CInt = 0
      try check(cmpi_session_get_num_psets(rawValue, &count), "processSets")
      var names: [String] = []
      for index in 0..<count {
        let capacity = CMPI_MAX_PSET_NAME_LEN
        var code: CInt = 0
        let name = cString(capacity: Int(capacity)) { text, length in
          length.pointee = capacity
          code = cmpi_session_get_nth_pset(rawValue, index, length, text)
          return code
        }
        try check(code, "processSets")
        names.append(name ?? "")
      }
      return names
    }
  }

  /// The properties of a set of processes: `mpi_size`, the number of processes, and others that MPI knows.
  ///
  /// C: `MPI_Session_get_pset_info`. MPI-4.0, section 11.3.3.
  ///
  /// - Parameter processSet: one of ``processSets``.
  /// - Throws: ``ErrorClass/argument`` for a set that there is not.
  public func info(of processSet: String) throws(MPIError) -> [String: String] {
    try checkName(processSet, "info(of:)")
    var info = CMPI_INFO_NULL
    try check(cmpi_session_get_pset_info(rawValue, processSet, &info), "info(of:)")
    defer { MPI_Info_free(&info) }
    return try entries(of: unwrapped(info), "info(of:)")
  }

  /// Hints about the session, as MPI understood them; `thread_level` among them.
  ///
  /// C: `MPI_Session_get_info`. MPI-4.0, section 11.3.3.
  public var info: [String: String] {
    get throws(MPIError) {
      var info = CMPI_INFO_NULL
      try check(cmpi_session_get_info(rawValue, &info), "info")
      defer { MPI_Info_free(&info) }
      return try entries(of: unwrapped(info), "info")
    }
  }

  /// The processes of a set.
  ///
  /// C: `MPI_Group_from_session_pset`. MPI-4.0, section 7.3.2.
  ///
  /// - Parameter processSet: one of ``processSets``, that this process is in.
  /// - Throws: ``ErrorClass/argument`` for a set that there is not.
  public func group(of processSet: String) throws(MPIError) -> Group {
    try checkName(processSet, "group(of:)")
    var handle = CMPI_GROUP_NULL
    try check(cmpi_group_from_session_pset(rawValue, processSet, &handle), "group(of:)")
    return try Group(unwrapped(handle))
  }

  /// Throws unless MPI knows a set. Not every MPI checks it itself. Names are the same in capitals.
  private func checkName(_ processSet: String, _ operation: StaticString) throws(MPIError) {
    let names = try processSets
    guard names.contains(where: { $0.lowercased() == processSet.lowercased() }) else {
      throw MPIError(
        .argument, "there is no process set '\(processSet)': there are \(names.joined(separator: ", "))",
        operation: "\(operation)")
    }
  }

  /// Throws if one process runs without a world and MPI would crash.
  private func refuseAlone(_ operation: StaticString) throws(MPIError) {
    guard Fault.sessionOfOneCrashes.isHere, !MPIEnvironment.hasWorld,
      try info(of: "mpi://WORLD")["mpi_size"] == "1"
    else { return }
    throw MPIError(
      .notSupported, "MPICH 4.0 crashes in a session of one process: start two at least, or be inside withMPI",
      operation: "\(operation)")
  }

  /// A communicator of a group's processes, in the group's order.
  ///
  /// Collective over the group: all of them call it, with the same group and tag, and no others do.
  ///
  /// With Open MPI the processes must have been started by a launcher, even a single rank. With MPICH 4.0 there must be
  /// two processes at least.
  ///
  /// C: `MPI_Comm_create_from_group`. MPI-4.0, section 7.4.2.
  ///
  /// - Parameters:
  ///   - group: of this session; this process must be in it.
  ///   - tag: distinguishes communicators that are made at the same time; reversed domain names keep libraries apart.
  ///   - info: hints about the communicator.
  /// - Throws: ``ErrorClass/group`` if this process is not in the group; ``ErrorClass/argument`` for a tag that is
  ///   longer than MPI takes, 256 bytes or more; ``ErrorClass/notSupported`` in a lone process of MPICH 4.0.
  public func communicator(
    from group: Group, tag: String, info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Communicator {
    let operation: StaticString = "communicator(from:tag:)"
    try checkCreation(from: group, tag, operation)
    var handle = CMPI_COMM_NULL
    let code = try withInfo(info, operation) { cmpi_comm_create_from_group(group.rawValue, tag, $0, &handle) }
    try check(code, operation)
    return try Communicator(unwrapped(handle), ownership: .owned)
  }

  /// An intercommunicator of two groups' processes.
  ///
  /// Collective over both groups: all of them call it, each with its own group first, with the same leaders and tag,
  /// and no others do. The groups have no process in common.
  ///
  /// The notes of ``communicator(from:tag:info:file:line:)`` on Open MPI and MPICH 4.0 hold here too.
  ///
  /// C: `MPI_Intercomm_create_from_groups`. MPI-4.0, section 7.6.2.
  ///
  /// - Parameters:
  ///   - local: this process's group, of this session.
  ///   - localLeader: a rank of it.
  ///   - remote: the other group, of this session.
  ///   - remoteLeader: a rank of that.
  ///   - tag: distinguishes communicators that are made at the same time.
  ///   - info: hints about the intercommunicator.
  /// - Throws: ``ErrorClass/group`` if this process is not in the local group, or the groups have a process in common;
  ///   ``ErrorClass/rank`` for a leader out of range; and as ``communicator(from:tag:info:file:line:)``.
  public func intercommunicator(
    local: Group, localLeader: Int = 0, remote: Group, remoteLeader: Int = 0, tag: String, info: [String: String] = [:],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> InterCommunicator {
    let operation: StaticString = "intercommunicator(local:remote:tag:)"
    try checkCreation(from: local, tag, operation)
    for (group, leader, name) in [(local, localLeader, "local"), (remote, remoteLeader, "remote")] {
      guard (0..<group.size).contains(leader) else {
        throw MPIError(
          .rank, "\(name) leader \(leader) is out of range: the \(name) group has ranks 0 to \(group.size - 1)",
          operation: "\(operation)")
      }
    }
    guard try local.intersection(remote).size == 0 else {
      throw MPIError(.group, "the two groups have a process in common", operation: "\(operation)")
    }
    var handle = CMPI_COMM_NULL
    let code = try withInfo(info, operation) {
      cmpi_intercomm_create_from_groups(
        local.rawValue, CInt(localLeader), remote.rawValue, CInt(remoteLeader), tag, $0, &handle)
    }
    try check(code, operation)
    return try InterCommunicator(
      unwrapped(handle), ownership: .owned, local: nil, operation, CallSite(file, line))
  }

  /// Checks what every communicator of groups needs.
  private func checkCreation(from group: Group, _ tag: String, _ operation: StaticString) throws(MPIError) {
    guard group.rank != nil else {
      throw MPIError(.group, "this process is not in the group", operation: "\(operation)")
    }
    guard tag.utf8.count < Int(CMPI_MAX_STRINGTAG_LEN) else {
      throw MPIError(
        .argument, "the tag has \(tag.utf8.count) bytes: it must have less than \(CMPI_MAX_STRINGTAG_LEN)",
        operation: "\(operation)")
    }
    try refuseAlone(operation)
  }
}

extension ThreadLevel {
  private static let mpiNames: [(String, ThreadLevel)] = [
    ("MPI_THREAD_SINGLE", .single), ("MPI_THREAD_FUNNELED", .funneled), ("MPI_THREAD_SERIALIZED", .serialized),
    ("MPI_THREAD_MULTIPLE", .multiple),
  ]

  /// The name that the hint `thread_level` of a session has for it.
  fileprivate var mpiName: String { Self.mpiNames.first { $0.1 == self }!.0 }

  fileprivate init?(mpiName: String) {
    guard let level = Self.mpiNames.first(where: { $0.0 == mpiName })?.1 else { return nil }
    self = level
  }
}
