// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIEnvironment {
  /// Begins a session in which performance variables are read, and ends it with `body`.
  ///
  /// What one session starts, stops or resets, another does not see.
  ///
  /// ```swift
  /// try withMPI { world in
  ///   guard let sent = try MPIEnvironment.performanceVariable(named: "pml_monitoring_messages_count") else { return }
  ///   try MPIEnvironment.withPerformanceSession { session in
  ///     let counter = try session.handle(for: sent, on: world)
  ///     try counter.start()
  ///     let before = try counter.read()
  ///     try exchange(world)
  ///     print("messages to each rank: \(before) before, \(try counter.read()) after")
  ///   }
  /// }
  /// ```
  ///
  /// C: `MPI_T_pvar_session_create`, `MPI_T_pvar_session_free`. MPI-3.1, section 14.3.7.
  ///
  /// - Parameter body: what to do in the session. Its handles are of no use afterwards, nor once MPI is started or
  ///   ended within it.
  /// - Throws: what `body` throws; ``MPIError`` if MPI has no session to give.
  public static func withPerformanceSession<Result>(_ body: (PerformanceSession) throws -> Result) throws -> Result {
    let session = try PerformanceSession()
    defer { session.end() }
    return try body(session)
  }
}

/// A session in which performance variables are read: see ``MPIEnvironment/withPerformanceSession(_:)``.
///
/// C: `MPI_T_pvar_session`. MPI-3.1, section 14.3.7.
public final class PerformanceSession {
  fileprivate var rawValue = CMPI_T_PVAR_SESSION_NULL
  private let generation: Int
  private var handles: [PerformanceHandle] = []
  private var isOver = false

  fileprivate init() throws(MPIError) {
    generation = try ToolsInterface.begin("withPerformanceSession")
    try checkTools(MPI_T_pvar_session_create(&rawValue), "withPerformanceSession", "the session")
  }

  /// A handle to read a variable by.
  ///
  /// C: `MPI_T_pvar_handle_alloc`, `MPI_T_pvar_handle_free`. MPI-3.1, section 14.3.7.
  ///
  /// - Parameters:
  ///   - variable: what to read.
  ///   - communicator: its communicator, if its binding is ``VariableBinding/communicator``; else it is not used.
  /// - Throws: ``ErrorClass/argument`` if MPI has no such variable any more, or a communicator is wanted and none
  ///   given; ``ErrorClass/unsupportedOperation`` if it belongs to another kind of object.
  public func handle(
    for variable: PerformanceVariable, on communicator: Communicator? = nil
  ) throws(MPIError) -> PerformanceHandle {
    try check("PerformanceSession.handle", variable.name)
    let handle = try PerformanceHandle(variable, self, communicator, generation)
    handles.append(handle)
    return handle
  }

  /// Starts all the variables that the session has handles for, but those that always run.
  ///
  /// C: `MPI_T_pvar_start`. MPI-3.1, section 14.3.7.
  ///
  /// - Throws: ``ErrorClass/environment`` if the session has ended, or MPI was started or ended in it;
  ///   ``ErrorClass/unsupportedOperation`` if MPI can't start one of them. Those before it have been started then.
  public func start() throws(MPIError) {
    try check("PerformanceSession.start", "the session")
    for handle in handles { try handle.start() }
  }

  /// Stops all the variables that the session has handles for, but those that always run.
  ///
  /// C: `MPI_T_pvar_stop`. MPI-3.1, section 14.3.7.
  ///
  /// - Throws: ``ErrorClass/environment`` if the session has ended, or MPI was started or ended in it;
  ///   ``ErrorClass/unsupportedOperation`` if MPI can't stop one of them. Those before it have been stopped then.
  public func stop() throws(MPIError) {
    try check("PerformanceSession.stop", "the session")
    for handle in handles { try handle.stop() }
  }

  /// Sets all the variables that the session has handles for to where they began, but those that can't be.
  ///
  /// C: `MPI_T_pvar_reset`. MPI-3.1, section 14.3.7.
  ///
  /// - Throws: ``ErrorClass/environment`` if the session has ended, or MPI was started or ended in it;
  ///   ``ErrorClass/unsupportedOperation`` if MPI can't reset one of them. Those before it have been reset then.
  public func reset() throws(MPIError) {
    try check("PerformanceSession.reset", "the session")
    for handle in handles where !handle.variable.isReadOnly { try handle.reset() }
  }

  /// Throws if the session has ended.
  fileprivate func check(_ operation: StaticString, _ name: String) throws(MPIError) {
    guard !isOver, !MPIEnvironment.isFinalized, ToolsInterface.isCurrent(generation) else {
      throw MPIError(
        .environment, "\(name): its session has ended, because its scope has, or MPI was started or ended in it",
        operation: "\(operation)")
    }
  }

  fileprivate func end() {
    isOver = true
    guard !MPIEnvironment.isFinalized, ToolsInterface.isCurrent(generation) else { return }
    for handle in handles { handle.free() }
    MPI_T_pvar_session_free(&rawValue)
  }
}

/// A performance variable as a session sees it: see ``PerformanceSession/handle(for:on:)``.
///
/// C: `MPI_T_pvar_handle`. MPI-3.1, section 14.3.7.
public final class PerformanceHandle {
  /// The variable that it reads.
  public let variable: PerformanceVariable
  /// The number of elements of the variable: one, or for example one for each rank of the communicator.
  public let count: Int
  private unowned let session: PerformanceSession
  private let object: VariableObject
  private let format: VariableFormat
  private var rawValue = CMPI_T_PVAR_HANDLE_NULL

  fileprivate init(
    _ variable: PerformanceVariable, _ session: PerformanceSession, _ communicator: Communicator?, _ generation: Int
  ) throws(MPIError) {
    let operation: StaticString = "PerformanceSession.handle"
    var index = variable.index
    if generation != variable.generation {
      let constant = PerformanceVariable.Kind.constants.first { $0.0 == variable.kind }?.1 ?? 0
      try checkTools(MPI_T_pvar_get_index(variable.name, constant, &index), operation, variable.name)
    }
    // The MPI does not report which network is in use.
    if Fault.unusedNetworksCrashWhenRead.isHere, variable.name.hasPrefix("mtl_psm") {
      throw MPIError(
        .unsupportedOperation, "\(variable.name): Open MPI crashes when it is asked for it on any other network",
        operation: "\(operation)")
    }
    guard let format = variable.format else {
      throw MPIError(.unsupportedOperation, "\(variable.name): its datatype is unknown", operation: "\(operation)")
    }
    object = try VariableObject(variable.binding, communicator, operation, variable.name)
    var count: CInt = 0
    var handle = CMPI_T_PVAR_HANDLE_NULL
    try checkTools(
      MPI_T_pvar_handle_alloc(session.rawValue, index, object.address, &handle, &count), operation, variable.name)
    self.variable = variable
    self.session = session
    self.format = format
    self.count = Int(count)
    rawValue = handle
  }

  /// Starts it. A variable that always runs is left as it is.
  ///
  /// C: `MPI_T_pvar_start`. MPI-3.1, section 14.3.7.
  ///
  /// - Throws: ``ErrorClass/environment`` if the session has ended, or MPI was started or ended in it;
  ///   ``ErrorClass/unsupportedOperation`` if MPI can't start it.
  public func start() throws(MPIError) {
    try session.check("PerformanceHandle.start", variable.name)
    if variable.isContinuous { return }
    try checkTools(MPI_T_pvar_start(session.rawValue, rawValue), "PerformanceHandle.start", variable.name)
  }

  /// Stops it: it keeps its value. A variable that always runs is left as it is.
  ///
  /// C: `MPI_T_pvar_stop`. MPI-3.1, section 14.3.7.
  ///
  /// - Throws: ``ErrorClass/environment`` if the session has ended, or MPI was started or ended in it;
  ///   ``ErrorClass/unsupportedOperation`` if MPI can't stop it.
  public func stop() throws(MPIError) {
    try session.check("PerformanceHandle.stop", variable.name)
    if variable.isContinuous { return }
    try checkTools(MPI_T_pvar_stop(session.rawValue, rawValue), "PerformanceHandle.stop", variable.name)
  }

  /// Its value; if ``count`` isn't 1, a ``VariableValue/list(_:)``.
  ///
  /// C: `MPI_T_pvar_read`. MPI-3.1, section 14.3.7.
  ///
  /// - Throws: ``ErrorClass/environment`` if the session has ended, or MPI was started or ended in it; what MPI
  ///   reports.
  public func read() throws(MPIError) -> VariableValue {
    try session.check("PerformanceHandle.read", variable.name)
    return try value("PerformanceHandle.read") { MPI_T_pvar_read(session.rawValue, rawValue, $0) }
  }

  /// Reads its value and resets it, in one step.
  ///
  /// C: `MPI_T_pvar_readreset`. MPI-3.1, section 14.3.7.
  ///
  /// - Throws: ``ErrorClass/unsupportedOperation`` if the variable isn't ``PerformanceVariable/isAtomic``.
  public func readAndReset() throws(MPIError) -> VariableValue {
    try session.check("PerformanceHandle.readAndReset", variable.name)
    return try value("PerformanceHandle.readAndReset") { MPI_T_pvar_readreset(session.rawValue, rawValue, $0) }
  }

  /// Sets it to where it began.
  ///
  /// C: `MPI_T_pvar_reset`. MPI-3.1, section 14.3.7.
  ///
  /// - Throws: ``ErrorClass/unsupportedOperation`` if the variable is ``PerformanceVariable/isReadOnly``.
  public func reset() throws(MPIError) {
    try session.check("PerformanceHandle.reset", variable.name)
    try checkTools(MPI_T_pvar_reset(session.rawValue, rawValue), "PerformanceHandle.reset", variable.name)
  }

  /// Sets it to a value.
  ///
  /// C: `MPI_T_pvar_write`. MPI-3.1, section 14.3.7.
  ///
  /// - Parameter value: one of the variable's type; a ``VariableValue/list(_:)`` if ``count`` isn't 1.
  /// - Throws: ``ErrorClass/argument`` for a value of another type or another ``count``;
  ///   ``ErrorClass/unsupportedOperation`` if the variable is ``PerformanceVariable/isReadOnly``.
  public func write(_ value: VariableValue) throws(MPIError) {
    let operation: StaticString = "PerformanceHandle.write"
    try session.check(operation, variable.name)
    let bytes = try format.bytes(value, count: count, enumeration: variable.enumeration, operation, variable.name)
    if variable.isReadOnly { throw toolsError(CMPI_T_ERR_PVAR_NO_WRITE, operation, variable.name) }
    try checkTools(MPI_T_pvar_write(session.rawValue, rawValue, bytes), operation, variable.name)
  }

  private func value(
    _ operation: StaticString, _ read: (UnsafeMutableRawPointer) -> CInt
  ) throws(MPIError) -> VariableValue {
    try format.value(count: count, enumeration: variable.enumeration, operation, variable.name, read)
  }

  fileprivate func free() { MPI_T_pvar_handle_free(session.rawValue, &rawValue) }
}
