// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

/// How many communicators can still be made in this process: see `Fault.numbersOfCommunicatorsRunOut`.
enum CommunicatorRoom {
  private struct State {
    /// Whether a number near the last was seen.
    var isShort = false
    /// How many windows were made, whose numbers can't be asked for.
    var windows = 0
  }

  private static let state = Mutex(State())

  /// How many numbers there are.
  private static let limit = 65_535
  /// How many are left alone: the ranks must find a number that is free on all of them.
  private static let reserve = 64

  /// Notes a communicator that MPI has just made.
  static func note(_ handle: MPI_Comm) {
    guard Fault.numbersOfCommunicatorsRunOut.isHere else { return }
    if Int(cmpi_communicator_number(handle)) > limit - 1024 { state.withLock { $0.isShort = true } }
  }

  /// Notes that MPI has made a window.
  static func noteWindow() {
    guard Fault.numbersOfCommunicatorsRunOut.isHere else { return }
    state.withLock { state in
      state.windows += 1
      if state.windows % 1024 == 0 { state.isShort = true }
    }
  }

  /// In words, why no further communicator can be made; nil if one can.
  static func obstacle() -> String? {
    guard state.withLock({ $0.isShort }), MPIEnvironment.hasWorld else { return nil }
    Runtime.releaseWaiting()
    var probe = CMPI_COMM_NULL
    // Without a message, and with the lowest number that is free.
    if MPI_Comm_dup(CMPI_COMM_SELF, &probe) == 0 {
      let number = Int(cmpi_communicator_number(unwrapped(probe)))
      MPI_Comm_free(&probe)
      if number <= limit - 1024 { state.withLock { $0.isShort = false } }
      if number <= limit - reserve { return nil }
    }
    return """
      Open MPI numbers communicators, files and windows up to \(limit) in a process, and here they are used up: let go of \
      communicators, and close files and free windows
      """
  }
}

extension Communicator {
  /// Begins a call by which all ranks make something together: checks what each rank gives, and throws on every rank if
  /// one can't go on, before MPI is called. One all-reduce.
  ///
  /// It stands behind `enterCollective`. What all ranks have dropped on this communicator is given back here.
  ///
  /// - Parameter check: checks this rank's arguments.
  func prepare<Value>(
    _ operation: StaticString, _ check: () throws(MPIError) -> Value
  ) throws(MPIError) -> Value {
    var outcome = Result(catching: check)
    if let text = CommunicatorRoom.obstacle(), case .success = outcome {
      outcome = .failure(failure(.other, operation, text))
    }
    var own: MPIError? = nil
    if case .failure(let error) = outcome { own = error }
    do throws(MPIError) {
      let (dropped, bounds) = (windows.dropped, windows.bounds)
      if size == 1 {
        if let own { throw own }
        if dropped > 0 { try giveBackDroppedWindows(bounds.first...bounds.last) }
      } else {
        let verdict = try agree(own, least: SIMD4(Int64(dropped), Int64(bounds.first), -Int64(bounds.last), 0))
        if let (first, errorClass) = verdict.failed {
          let words = try words(of: own, from: first)
          throw own ?? failure(errorClass, operation, "rank \(first) failed: \(words)")
        }
        if verdict.least[0] > 0 { try giveBackDroppedWindows(Int(verdict.least[1])...Int(-verdict.least[2])) }
      }
    } catch {
      if isChecked { CallRecord.end() }
      throw error
    }
    return try outcome.get()
  }

  /// The same for a call whose arguments can't be wrong.
  func prepare(_ operation: StaticString) throws(MPIError) {
    try prepare(operation) { () throws(MPIError) in }
  }
}
