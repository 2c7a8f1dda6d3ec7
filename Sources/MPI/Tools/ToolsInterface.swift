// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase
import Synchronization

/// The library's hold on MPI's tools interface, which has a life of its own: it may begin before MPI does.
///
/// It begins with the first use, and ends before MPI does. In between it stays, because an MPI forgets what was set
/// when it goes; but see `willStartMPI`.
enum ToolsInterface {
  private struct State {
    /// Whether it has begun, and not ended.
    var isOn = false
    /// How often it has begun: places in MPI's lists of variables hold for one of these.
    var generation = 0
    /// Whether it began before MPI was started.
    var isOlderThanMPI = false
    /// What was set by way of the environment, until MPI reads it.
    var waiting: [String: VariableValue] = [:]
  }

  private static let state = Mutex(State())

  /// Whether the interface must not be on while MPI starts. Other MPIs crash if it was on and is not any more.
  private static let startsAnew = Fault.toolsCrashAsMPIStarts.isHere

  /// Whether a value that is set now reaches MPI by the environment, of which it makes its variables as it starts.
  static var takesEnvironment: Bool { startsAnew && !MPIEnvironment.isInitialized }

  /// Begins, unless it has begun.
  ///
  /// - Returns: the generation.
  static func begin(_ operation: StaticString) throws(MPIError) -> Int {
    guard !MPIEnvironment.isFinalized else {
      throw MPIError(.environment, "MPI has ended, and its variables with it", operation: "\(operation)")
    }
    // The level that is given here must be that of MPI: see `Fault.toolsCrashAsMPIStarts`.
    let running = MPIEnvironment.threadLevel
    let (generation, code, isStale) = state.withLock { state in
      if state.isOn { return (state.generation, CInt(0), startsAnew && state.isOlderThanMPI && running != nil) }
      var given: CInt = 0
      let code = YieldingWaits.choose {
        MPI_T_init_thread(running?.constant ?? CMPI_THREAD_SERIALIZED, &given)
      }
      if code == 0 {
        state.isOn = true
        state.generation += 1
        state.isOlderThanMPI = running == nil
      }
      return (state.generation, code, false)
    }
    try checkTools(code, operation, "the tools interface")
    if isStale {
      throw MPIError(
        .environment,
        "MPI was started by other code after its variables had been looked at, and this Open MPI can't have that: "
          + "look at them after, or start MPI by withMPI", operation: "\(operation)")
    }
    return generation
  }

  /// Whether what was found in a generation is still valid.
  static func isCurrent(_ generation: Int) -> Bool {
    state.withLock { $0.isOn && $0.generation == generation }
  }

  /// Called before MPI is started: what was set stays, in MPI or in the environment.
  static func willStartMPI() {
    if startsAnew { end() }
    state.withLock { $0.waiting = [:] }
  }

  /// Ends it, if it is on. Called before MPI ends: some crash in the other order.
  static func end() {
    state.withLock { state in
      guard state.isOn else { return }
      state.isOn = false
      MPI_T_finalize()
    }
  }

  /// Sets a variable by way of the environment.
  static func setInEnvironment(_ name: String, _ value: VariableValue) {
    setEnvironmentVariable("OMPI_MCA_\(name)", to: value.environmentText)
    state.withLock { $0.waiting[name] = value }
  }

  /// What was set by way of the environment and isn't in MPI yet.
  static func waitingValue(_ name: String) -> VariableValue? {
    state.withLock { $0.waiting[name] }
  }
}

/// Throws what a return value of the tools interface means, unless it means success.
///
/// - Parameter subject: what the call was about, for the error's words.
func checkTools(_ code: CInt, _ operation: StaticString, _ subject: @autoclosure () -> String) throws(MPIError) {
  if code != 0 { throw toolsError(code, operation, subject()) }
}

/// The codes of the tools interface are apart from MPI's own: `MPI_Error_class` and `MPI_Error_string` need not know
/// them, and may not be called before MPI is started.
func toolsError(_ code: CInt, _ operation: StaticString, _ subject: String) -> MPIError {
  let hint = MPIEnvironment.vendor.settingHint(subject)
  let (errorClass, words): (ErrorClass, String) =
    switch code {
    case CMPI_T_ERR_MEMORY: (.noMemory, "there is not enough memory")
    case CMPI_T_ERR_OUT_OF_HANDLES: (.noMemory, "MPI has no more handles: end a session")
    case CMPI_T_ERR_OUT_OF_SESSIONS: (.noMemory, "MPI has no more sessions: end one")
    case CMPI_T_ERR_NOT_INITIALIZED, CMPI_T_ERR_CANNOT_INIT: (.environment, "MPI's tools interface can't be started")
    case CMPI_T_ERR_INVALID_INDEX, CMPI_T_ERR_INVALID_NAME:
      (.argument, "MPI has no such variable, or no longer: a part of MPI that is not in use takes its own with it")
    case CMPI_T_ERR_INVALID_ITEM: (.argument, "MPI has no such item")
    case CMPI_T_ERR_INVALID_HANDLE, CMPI_T_ERR_INVALID_SESSION: (.argument, "MPI does not know the handle any more")
    case CMPI_T_ERR_CVAR_SET_NEVER: (.unsupportedOperation, "it can't be set by a program" + hint)
    case CMPI_T_ERR_CVAR_SET_NOT_NOW:
      (.unsupportedOperation, "it can't be set now, or not to this" + hint)
    case CMPI_T_ERR_PVAR_NO_STARTSTOP: (.unsupportedOperation, "it can't be started or stopped")
    case CMPI_T_ERR_PVAR_NO_WRITE: (.unsupportedOperation, "it can't be written or reset")
    case CMPI_T_ERR_PVAR_NO_ATOMIC: (.unsupportedOperation, "it can't be read and reset at once")
    case CMPI_T_ERR_INVALID: (.argument, "MPI refuses it, and does not say why")
    default: (.other, "MPI's tools interface returned \(code)")
    }
  return MPIError(errorClass, "\(subject): \(words)", operation: "\(operation)", code: code)
}
