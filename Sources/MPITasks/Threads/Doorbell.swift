// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the thread that exchanges messages with other ranks sleeps on. Threads of its own process ring it when they
/// have something for that thread, and other ranks of the node when they have sent a message.
///
/// MPI can't wake a thread. A message of a rank that can't ring has to be looked for, again and again: see ``Pace``.
///
/// One thread sleeps on it. It notes ``rings``, looks for work, and if there is none sleeps until there are more; so
/// nothing that came in between is missed.
final class Doorbell: @unchecked Sendable {
  /// How often it has been rung.
  struct Rings: Sendable, Hashable {
    fileprivate var own: Int
    fileprivate var others = 0

    /// Whether other ranks have rung since.
    func haveOthers(since before: Rings) -> Bool { others != before.others }
  }

  /// What wakes the thread that sleeps.
  enum Ringer: Sendable {
    /// Threads of this process and other ranks.
    case any
    /// Threads of this process alone.
    case own
  }

  #if os(Linux)
    /// The part that other ranks may reach, and what its memory belongs to if that is not this object.
    private struct Place {
      var cell: Cell
      var owner: AnyObject?
    }

    private let own = Atomic<Int>(0)
    private let first: Cell
    private let place: Mutex<Place>

    init() {
      let first = Cell(.allocate(byteCount: Cell.byteCount, alignment: Cell.byteCount))
      first.initialize()
      self.first = first
      place = Mutex(Place(cell: first))
    }

    deinit { first.start.deallocate() }

    var rings: Rings {
      Rings(own: own.load(ordering: .sequentiallyConsistent), others: place.withLock(\.cell).ringCount)
    }

    /// Rings it, from a thread of this process.
    func ring() {
      own.add(1, ordering: .sequentiallyConsistent)
      // Under the lock: the memory may go when the bell is moved.
      place.withLock { $0.cell.wake(by: .own) }
    }

    /// Lets other ranks reach it in memory that the node shares. Called by the thread that sleeps on it, which looks
    /// for work once more before it does: a thread that rings the first part has left its work by then.
    ///
    /// - Parameters:
    ///   - cell: is initialized.
    ///   - owner: what the memory belongs to.
    func move(to cell: Cell, of owner: some AnyObject & Sendable) {
      place.withLock { $0 = Place(cell: cell, owner: owner) }
    }

    /// Lets no other rank reach it any longer, and lets go of the memory. Called by the thread that sleeps on it.
    func moveBack() { place.withLock { [first] in $0 = Place(cell: first) } }

    /// Sleeps until it has been rung since, or for a time. It may return earlier.
    func sleep(since rings: Rings, nanoseconds: Int, until ringer: Ringer = .any) {
      let cell = place.withLock(\.cell)
      cell.listen(for: ringer)
      defer { cell.stopListening() }
      let now = self.rings
      guard now.own == rings.own, ringer == .own || now.others == rings.others else { return }
      cell.wait(nanoseconds: nanoseconds)
    }
  #else
    // The system has no unnamed semaphores: no other rank reaches it.
    private let signal = Signal()

    var rings: Rings { Rings(own: signal.generation) }

    func ring() { signal.notify() }

    func moveBack() {}

    func sleep(since rings: Rings, nanoseconds: Int, until ringer: Ringer = .any) {
      signal.wait(since: rings.own, microseconds: max(1, nanoseconds / 1000))
    }
  #endif
}

#if os(Linux)
  extension Doorbell {
    /// The part of a doorbell that other processes may reach.
    struct Cell: @unchecked Sendable {
      /// Two lines of a cache, so that those of two ranks share none.
      static let byteCount = 128

      private static let awake = 0
      private static let listensToAny = 1
      private static let listensToOwn = 2

      let start: UnsafeMutableRawPointer

      init(_ start: UnsafeMutableRawPointer) { self.start = start }

      private var rings: UnsafeMutablePointer<Atomic<Int>> { start.assumingMemoryBound(to: Atomic<Int>.self) }
      private var state: UnsafeMutablePointer<Atomic<Int>> { rings + 1 }
      private var semaphore: UnsafeMutablePointer<sem_t> { (start + 64).assumingMemoryBound(to: sem_t.self) }

      /// Makes it ready, once, before anything else.
      func initialize() {
        rings.initialize(to: Atomic(0))
        state.initialize(to: Atomic(Self.awake))
        sem_init(semaphore, 1, 0)
      }

      /// Rings it, from another process.
      func ring() {
        rings.pointee.add(1, ordering: .sequentiallyConsistent)
        wake(by: .any)
      }

      fileprivate var ringCount: Int { rings.pointee.load(ordering: .sequentiallyConsistent) }

      /// Wakes the thread that sleeps, if this wakes it. Of several that ring at once, one does.
      fileprivate func wake(by ringer: Ringer) {
        let before = state.pointee.load(ordering: .sequentiallyConsistent)
        guard before == Self.listensToAny || (before == Self.listensToOwn && ringer == .own) else { return }
        let (isFirst, _) = state.pointee.compareExchange(
          expected: before, desired: Self.awake, ordering: .sequentiallyConsistent)
        if isFirst { sem_post(semaphore) }
      }

      fileprivate func listen(for ringer: Ringer) {
        let listening = ringer == .any ? Self.listensToAny : Self.listensToOwn
        state.pointee.store(listening, ordering: .sequentiallyConsistent)
      }

      fileprivate func stopListening() { state.pointee.store(Self.awake, ordering: .sequentiallyConsistent) }

      /// Sleeps. A wake-up that comes too late ends the next sleep at once, which does no harm.
      fileprivate func wait(nanoseconds: Int) {
        var time = timespec()
        let clock = Self.waitByClock == nil ? CLOCK_REALTIME : CLOCK_MONOTONIC
        clock_gettime(clock, &time)
        let end = time.tv_sec * 1_000_000_000 + time.tv_nsec + nanoseconds
        time = timespec(tv_sec: end / 1_000_000_000, tv_nsec: end % 1_000_000_000)
        if let waitByClock = Self.waitByClock {
          _ = waitByClock(semaphore, clock, &time)
        } else {
          sem_timedwait(semaphore, &time)
        }
      }

      /// `sem_clockwait`, which waits by a clock that no change of the time moves. Headers don't show it to Swift, and
      /// not every C library has it.
      private static let waitByClock = dlsym(nil, "sem_clockwait").map {
        unsafeBitCast(
          $0,
          to: (@convention(c) (UnsafeMutablePointer<sem_t>, clockid_t, UnsafePointer<timespec>) -> Int32).self)
      }
    }
  }
#endif
