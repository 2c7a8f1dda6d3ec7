// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Memory that a rank and one of its task processes have together. It tells the rank which tasks have begun, also when
/// the process is dead, and lets the rank take back those that have not.
final class TaskPage: Sendable {
  /// The largest number of a line. Lines are numbered from 1. A task that waits for others keeps its line, so
  /// there are as many as are ever needed. A line takes memory only from its first use on.
  static let lastLine = (1 << 20) - 1
  private static let lineSize = 64
  private static let byteCount = (lastLine + 1) * lineSize
  /// How many lines get memory at a time.
  private static let portion = 64

  private let memory: SharedMemory
  /// The lines from this on have no memory. For the rank's side.
  private let end = Atomic<Int>(0)

  /// Where the process finds it.
  var location: SharedMemory.Location { memory.location }

  /// Makes one, for a process that is to be started.
  init() throws(SharedMemory.Problem) {
    memory = try SharedMemory(byteCount: Self.byteCount)
    try reserve(1)
  }

  /// Sees to it that a line has memory: to touch it is an error of the bus otherwise.
  ///
  /// - Throws: if there is no more.
  private func reserve(_ number: Int) throws(SharedMemory.Problem) {
    while number >= end.load(ordering: .relaxed) {
      let first = end.load(ordering: .relaxed)
      try memory.reserve(first * Self.lineSize..<(first + Self.portion) * Self.lineSize)
      end.store(first + Self.portion, ordering: .relaxed)
    }
  }

  /// A line for a batch, ready for use; nil if there is no memory for it. For the rank's side.
  func newLine(_ number: Int) -> Line? {
    guard (try? reserve(number)) != nil else { return nil }
    let line = line(number)
    line?.clear()
    return line
  }

  /// Opens that of the rank.
  init(at location: SharedMemory.Location) throws(SharedMemory.Problem) {
    memory = try SharedMemory(at: location, isWritable: true)
  }

  /// The line on which the process has a task running; 0 if it has none on its compute thread.
  var runningLine: Int { running.pointee.load(ordering: .acquiring) }

  fileprivate var running: UnsafeMutablePointer<Atomic<Int>> { memory.start.assumingMemoryBound(to: Atomic<Int>.self) }

  /// The line of a number.
  func line(_ number: Int) -> Line? {
    guard (1...Self.lastLine).contains(number) else { return nil }
    return Line(memory.start + number * Self.lineSize, number: number, page: self)
  }

  /// What is known of the tasks of one batch that is in a process's hands.
  struct Line: @unchecked Sendable {
    /// Far more than there are tasks in a batch.
    private static let taken = 1 << 40

    private let claims: UnsafeMutablePointer<Atomic<Int>>
    private let owner: AnyObject
    private let page: TaskPage?
    let number: Int

    /// Memory of this process alone.
    private final class Own {
      let claims = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: 1)

      init() { claims.initialize(to: Atomic(0)) }

      deinit { claims.deallocate() }
    }

    /// One that no other process sees.
    init() {
      let own = Own()
      (claims, owner, page, number) = (own.claims, own, nil, 0)
    }

    fileprivate init(_ start: UnsafeMutableRawPointer, number: Int, page: TaskPage) {
      claims = start.assumingMemoryBound(to: Atomic<Int>.self)
      (owner, self.page, self.number) = (page, page, number)
    }

    /// When the first of the tasks began, in nanoseconds; 0 before. For lines of a page.
    private var begun: UnsafeMutablePointer<Atomic<Int>> { claims + 1 }

    /// When the first of the tasks began, in nanoseconds; nil if none has.
    var start: Int? {
      let time = page == nil ? 0 : begun.pointee.load(ordering: .relaxed)
      return time == 0 ? nil : time
    }

    /// Makes it ready for another batch.
    fileprivate func clear() {
      claims.pointee.store(0, ordering: .relaxed)
      if page != nil { begun.pointee.store(0, ordering: .relaxed) }
    }

    /// Takes the right to begin the next task, or so many. False if they were taken back.
    func claim(_ count: Int) -> Bool {
      withExtendedLifetime(owner) { claims.pointee.add(count, ordering: .relaxed).oldValue < Self.taken }
    }

    /// Whether what had not begun was taken back.
    var isCut: Bool { withExtendedLifetime(owner) { claims.pointee.load(ordering: .relaxed) >= Self.taken } }

    /// How many have begun, the first ones, as far as their number was asked for.
    var begunCount: Int { claims.pointee.load(ordering: .relaxed) & (Self.taken - 1) }

    /// Takes back what has not begun. One thread does.
    ///
    /// - Returns: how many have, the first ones; nil if it was done before.
    func cut() -> Int? {
      withExtendedLifetime(owner) {
        isCut ? nil : claims.pointee.add(Self.taken, ordering: .relaxed).oldValue
      }
    }

    /// Notes that the compute thread runs a task of them, or not any longer.
    func note(isRunning: Bool) {
      guard let page else { return }
      if isRunning, begun.pointee.load(ordering: .relaxed) == 0 {
        begun.pointee.store(monotonicNanoseconds(), ordering: .relaxed)
      }
      page.running.pointee.store(isRunning ? number : 0, ordering: .releasing)
    }
  }
}
