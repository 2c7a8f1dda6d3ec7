// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Synchronization

/// A rank other than 0: has the tasks run that rank 0 sends, until the pool ends.
///
/// The exchange's thread talks to rank 0; a ``TaskHost`` has the tasks.
final class PoolWorker: ExchangeService, TaskOutlet, @unchecked Sendable {
  private struct State {
    /// What is to be sent.
    var frames: [Frame<PoolMessage>] = []
    /// Whether tasks may begin.
    var isReady = false
    /// Whether this rank has sent its hello to rank 0.
    var hasGreeted = false
    var failure: (any Error)?
    var waiter: UnsafeContinuation<Void, Never>?
  }

  private let exchange: Exchange
  private let state = Mutex(State())
  private let place: TaskPlace
  /// How many tasks this rank is to run at a time; nil for its share of the cores.
  private let threads: Int?
  /// Has the tasks run.
  private var host: (any TaskHost)!

  // Of the exchange's thread alone.
  private var side = LinkSide(.worker)
  /// When the next time limit is; nil if there is none.
  private var nextLimit: Double?
  /// Watches the time; nil if the pool does not stop in time.
  private var stop: PoolStop?
  /// Whether time is up and rank 0 is to be notified.
  private let isTimeUp = Atomic<Bool>(false)

  init(_ exchange: Exchange, place: TaskPlace, threads: Int?, _ isolation: (where: TaskIsolation, call: Int)) {
    self.exchange = exchange
    self.place = place
    self.threads = threads
    if let settings = isolation.where.settings {
      host = TaskRelay(self, place: place, settings, call: isolation.call)
    } else {
      host = TaskRunner(self, place: place)
    }
  }

  /// Works until the pool ends.
  func run() async throws {
    await withUnsafeContinuation { continuation in
      state.withLock { $0.waiter = continuation }
      do {
        try Thread { [self] in
          do {
            orBreak { () throws(MPIError) in try host.prepare() }
            try exchange.run([self], into: host.blocks)
          } catch {
            state.withLock { $0.failure = error }
          }
          close()
        }.detach()
      } catch {
        state.withLock { $0.failure = error }
        close()
      }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  /// Lets go of all that waits.
  private func close() {
    host.close()
    PayloadMemory.shared.clear()
    state.withLock { $0.waiter.take() }?.resume()
  }

  // MARK: From other threads

  func post(_ frame: Frame<PoolMessage>) {
    state.withLock { $0.frames.append(frame) }
    exchange.bell.ring()
  }

  func noteReady() {
    let hasGreeted = state.withLock { state in
      state.isReady = true
      return state.hasGreeted
    }
    // Else its hello has it.
    if hasGreeted { post(Frame(.ready)) }
  }

  func ring() { exchange.bell.ring() }

  // MARK: The exchange's thread

  func meet(on communicator: Communicator, node: Communicator) throws {
    let count = try ThreadCount.measured(communicator, node: node, asked: threads).count
    orBreak { () throws(MPIError) in try host.grow(to: count) }
    if side.begin() { try send(hello(threads: count)) }
  }

  func advance() throws -> Bool {
    var hasMoved = false
    if isTimeUp.exchange(false, ordering: .relaxed) {
      post(Frame(.timeUp(signals: JobClock.signal?.rawValue ?? 0, left: JobClock.nanosecondsLeft ?? .max)))
    }
    if exchange.hasMet, try sendFrames() { hasMoved = true }
    nextLimit = orBreak { () throws(MPIError) in try host.checkLimits() } ?? nil
    return hasMoved
  }

  var isOver: Bool { side.isOver }

  func outlook(at now: Int) -> Pace.Outlook {
    var outlook = Pace.Outlook(awake: host.isBusy ? 0 : Pace.awake, next: nextLimit.map(nanoseconds))
    // What is in hand lasts for a while, and when a thread is done with it, that thread rings.
    if host.hasMore, !exchange.isMoving { outlook.calm = .max }
    return outlook
  }

  private func send(_ frame: Frame<PoolMessage>) throws(MPIError) { try exchange.send(frame, to: 0) }

  private func hello(threads: Int) -> Frame<PoolMessage> {
    let isReady = state.withLock { state in
      state.hasGreeted = true
      return state.isReady
    }
    return Frame(.hello(threads: threads, isReady: isReady, host: place.host, node: place.node))
  }

  /// Sends what is to be sent; nothing after this side's last message.
  ///
  /// - Returns: whether there was anything.
  private func sendFrames() throws(MPIError) -> Bool {
    let frames = state.withLock { state in
      defer { state.frames = [] }
      return state.frames
    }
    for frame in frames where side.isOpen { try send(frame) }
    return !frames.isEmpty
  }

  /// Does something without which this rank can't go on; if it throws, rank 0 is notified, and ends the pool.
  @discardableResult
  private func orBreak<Result>(_ body: () throws(MPIError) -> Result) -> Result? {
    do throws(MPIError) {
      return try body()
    } catch {
      post(Frame(.broken("rank \(place.rank) (\(place.host)): \(error.text)")))
      return nil
    }
  }

  func receive(_ frame: consuming Frame<PoolMessage>, byteCount: Int, from rank: Int) throws {
    switch frame.message {
    case .end:
      // What tasks have brought counts in the summary.
      _ = try sendFrames()
      if side.otherCloses() { try send(Frame(.bye)) }
    case .watchTime:
      stop = orBreak { () throws(MPIError) in
        try PoolStop(asksBatchSystem: false) { [weak self] in
          self?.isTimeUp.store(true, ordering: .relaxed)
          self?.ring()
        }
      }
    case let message: host.take(message, frame.payload.take())
    }
  }
}
