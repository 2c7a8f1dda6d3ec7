// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

/// The windows that the ranks of a communicator have made together and not freed, in the order in which they were made,
/// which is the same on every rank.
///
/// One rank can't free a window. What was dropped waits here until every rank has dropped it and all come to make
/// something else together.
final class WindowLedger: Sendable {
  /// What is left of a window that was dropped.
  struct Remains: @unchecked Sendable {
    let handle: MPI_Win
    let state: UnsafeMutablePointer<WindowState>
    /// The memory that MPI may use until the window is freed.
    let memory: [AnyObject]
  }

  private struct Entry {
    let number: Int
    var remains: Remains?
  }

  private struct State {
    var next = 0
    var entries: [Entry] = []

    /// Where the window of a number is.
    func index(of number: Int) -> Int? {
      // In ascending order.
      var (low, high) = (0, entries.count)
      while low < high {
        let middle = (low + high) / 2
        if entries[middle].number < number { low = middle + 1 } else { high = middle }
      }
      return low < entries.count && entries[low].number == number ? low : nil
    }
  }

  private let state = Mutex(State())

  deinit {
    // Other ranks may still reach the memory: it stays until the process ends.
    state.withLock { state in
      for memory in state.entries.compactMap(\.remains).flatMap(\.memory) { _ = Unmanaged.passRetained(memory) }
    }
  }

  /// How many of them this rank has dropped.
  var dropped: Int { state.withLock { $0.entries.lazy.count { $0.remains != nil } } }

  /// Notes that a window was made, by all ranks.
  ///
  /// - Returns: its number.
  func add() -> Int {
    state.withLock { state in
      state.next += 1
      state.entries.append(Entry(number: state.next, remains: nil))
      return state.next
    }
  }

  /// Notes that other ranks made a window and this one failed, so that numbers stay the same on all ranks.
  func skip() { state.withLock { $0.next += 1 } }

  /// Notes that a window was freed, by all ranks.
  func remove(_ number: Int) {
    state.withLock { state in
      if let index = state.index(of: number) { state.entries.remove(at: index) }
    }
  }

  /// Notes that this rank has dropped a window. One that is not listed keeps its memory until the process ends.
  func drop(_ number: Int, _ remains: Remains) {
    state.withLock { state in
      if let index = state.index(of: number) {
        state.entries[index].remains = remains
      } else {
        for memory in remains.memory { _ = Unmanaged.passRetained(memory) }
      }
    }
  }

  /// The numbers of the first and the last window that is listed here.
  var bounds: (first: Int, last: Int) {
    state.withLock { ($0.entries.first?.number ?? .max, $0.entries.last?.number ?? 0) }
  }

  /// For each number of a range, a bit that is set if this rank lets go of that window: it has dropped it or has it
  /// no more.
  func droppedBits(_ numbers: ClosedRange<Int>) -> [UInt64] {
    state.withLock { state in
      var bits = [UInt64](repeating: .max, count: numbers.count / 64 + 1)
      for entry in state.entries where entry.remains == nil {
        let place = entry.number - numbers.lowerBound
        bits[place / 64] &= ~(1 << UInt64(place % 64))
      }
      return bits
    }
  }

  /// Frees the windows whose bit is set on all ranks. Called by all ranks at the same place.
  func giveBack(_ numbers: ClosedRange<Int>, _ bits: [UInt64]) {
    let given = state.withLock { state in
      var (given, kept): ([Remains], [Entry]) = ([], [])
      for entry in state.entries {
        let place = entry.number - numbers.lowerBound
        if let remains = entry.remains, bits[place / 64] >> UInt64(place % 64) & 1 != 0 {
          given.append(remains)
        } else {
          kept.append(entry)
        }
      }
      state.entries = kept
      return given
    }
    for remains in given { remains.giveBack() }
  }
}

extension WindowLedger.Remains {
  /// Frees the window and its memory.
  fileprivate func giveBack() {
    if state.pointee.epoch == .lockAll { MPI_Win_unlock_all(handle) }
    var variable = CMPI_WIN_NULL
    variable = handle
    guard MPI_Win_free(&variable) == 0 else {
      // It may still be in use.
      for memory in memory { _ = Unmanaged.passRetained(memory) }
      return
    }
    state.pointee.deallocate()
    state.deallocate()
  }
}

extension Communicator {
  /// Gives back the windows that all ranks have dropped. Collective, with an all-reduce of a bit for each window.
  ///
  /// - Parameter numbers: from the first to the last window that is listed on any rank.
  func giveBackDroppedWindows(_ numbers: ClosedRange<Int>) throws(MPIError) {
    var bits = windows.droppedBits(numbers)
    if size > 1 {
      let code = bits.withUnsafeMutableBufferPointer {
        MPI_Allreduce(CMPI_IN_PLACE, $0.baseAddress, CInt($0.count), CMPI_UINT64_T, CMPI_BAND, rawValue)
      }
      try MPI.check(code, "window")
    }
    windows.giveBack(numbers, bits)
  }
}
