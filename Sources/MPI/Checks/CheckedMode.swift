// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase
import Synchronization

/// Checked mode: the ranks compare what they call, and a call that waits too long is found.
///
/// The environment variable `MPI_CHECK=1` turns it on, at the start of MPI; nothing is rebuilt. `MPI_CHECK_TIMEOUT`
/// sets after how many seconds a call has waited too long.
enum CheckedMode {
  /// How long a call may wait, unless the environment sets it.
  static let defaultTimeout = 60.0

  private struct Settings {
    var isOn = false
    var timeout = defaultTimeout
  }

  private static let settings = Mutex(Settings())

  /// Whether communicators made from now on check their calls.
  static var isOn: Bool { settings.withLock { $0.isOn } }

  /// How long a call may wait, in seconds.
  static var timeout: Double { settings.withLock { $0.timeout } }

  /// Reads the environment, before MPI is started.
  static func configure() throws(MPIError) {
    switch environmentVariable("MPI_CHECK") ?? "" {
    case "", "0": return
    case "1": break
    case let other:
      throw MPIError(.argument, "MPI_CHECK is '\(other)': it must be 1, for checked mode, or 0", operation: "withMPI")
    }
    var timeout = defaultTimeout
    if let text = environmentVariable("MPI_CHECK_TIMEOUT"), !text.isEmpty {
      guard let seconds = Double(text), seconds > 0, seconds.isFinite else {
        throw MPIError(
          .argument, "MPI_CHECK_TIMEOUT is '\(text)': it must be a number of seconds above 0", operation: "withMPI")
      }
      timeout = seconds
    }
    let found = Settings(isOn: true, timeout: timeout)
    settings.withLock { $0 = found }
  }

  /// Begins to look for calls that wait too long. Called by every rank, at the beginning of an outermost `withMPI`.
  static func begin() throws(MPIError) {
    if isOn { try HangWatch.begin() }
  }

  /// Makes sure that every rank is at the end, and lists what this one leaves behind.
  static func end(_ world: Communicator) {
    guard isOn else { return }
    do throws(MPIError) {
      // Where a rank has failed and the program went on without it, there is nothing to compare with; all agree on
      // that.
      var isWhole = true
      if Runtime.survivesFailures { isWhole = try world.agree(world.failedRanks.isEmpty) }
      if isWhole {
        try world.compare("the end of withMPI", Never.self, nil, nil, nil)
        CallRecord.end()
      }
    } catch {
      guard error.isProcessFailure else { JobFailure.end(with: error) }
    }
    HangWatch.end()
    Leaks.list(rank: world.rank)
  }

  /// Lists what this rank leaves behind, if there was no world to compare in.
  static func endWithoutWorld() {
    guard isOn else { return }
    Leaks.list(rank: Launch.current?.rank ?? 0)
    settings.withLock { $0.isOn = false }
  }
}
