// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CTaskProcess
import MPI
import MPIBase
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What a task process is told when it comes to where it runs tasks.
struct ProcessSetup: Sendable {
  var rank: Int
  var rankCount: Int
  var host: String
  var node: String
  var page: SharedMemory.Location
  /// Whether the pool has a `prepare`.
  var isPrepared: Bool
}

extension ProcessSetup {
  func write(to writer: inout FieldWriter) {
    writer.put(rank)
    writer.put(rankCount)
    writer.put(text: host)
    writer.put(text: node)
    writer.put(page)
    writer.put(isPrepared)
  }

  init(from reader: inout FieldReader) {
    (rank, rankCount) = (reader.take(), reader.take())
    (host, node) = (reader.takeText(), reader.takeText())
    (page, isPrepared) = (reader.take(), reader.take())
  }
}

/// This process, if it is one that a rank has started to run tasks.
enum TaskProcessMain {
  /// The number of the pool's call that runs tasks here; nil if this is no such process.
  static var call: Int? {
    let role = task_process_role()
    return role.socket < 0 ? nil : Int(role.call)
  }

  /// Runs tasks, until the rank has no more of them, and ends the process. For the pool's call.
  ///
  /// - Parameter prepare: as the call has it.
  static func run(_ prepare: (@Sendable (_ rank: Int) throws -> any Sendable)?) async -> Never {
    start(prepare)
    // The thread that calls can run what belongs to the main actor.
    while true { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
  }

  /// Runs tasks, until the rank has no more of them, and ends the process. For where the pool's call can't be reached.
  static func run() -> Never {
    start(nil)
    task_process_run_main_queue()
  }

  private static func start(_ prepare: (@Sendable (_ rank: Int) throws -> any Sendable)?) {
    begin()
    do {
      try Thread { work(prepare) }.detach()
    } catch {
      RankLink(socket: task_process_role().socket).post(Frame(.broken(error.text)))
      end()
    }
  }

  private static func work(_ prepare: (@Sendable (_ rank: Int) throws -> any Sendable)?) -> Never {
    let link = RankLink(socket: task_process_role().socket)
    link.post(Frame(.hello(threads: 1, isReady: false, host: "", node: "")))
    guard let frame = link.next(), case .setUp(let setup) = frame.message else { end() }
    func fail(_ text: String) -> Never {
      link.post(Frame(.broken("rank \(setup.rank) (\(setup.host)): \(text)")))
      end()
    }
    if setup.isPrepared, prepare == nil { fail(unreached) }
    do {
      let page = try TaskPage(at: setup.page)
      var place = TaskPlace(rank: setup.rank, rankCount: setup.rankCount, host: setup.host)
      place.node = setup.node
      place.preparation = prepare.map { Preparation(rank: setup.rank, $0) }
      let runner = TaskRunner(link, place: place, page: page)
      try runner.grow(to: 1)
      try runner.prepare()
      while let frame = link.next() {
        if case .end = frame.message { break }
        runner.take(frame.message, frame.payload)
      }
    } catch {
      fail("\(error)")
    }
    end()
  }

  /// Why there is no `prepare` here.
  static let unreached = """
    `prepare` can't be reached in a task process, because the program calls withMPI before withTaskPool: call \
    withTaskPool with no withMPI around it and after none that returns something, or without `prepare`
    """

  /// Sees to what must be so before a task runs.
  private static func begin() {
    // This process and those that its tasks start end with the rank.
    task_process_follow_rank()
    #if os(Linux)
      // If memory runs out, this is what the kernel ends, and not the rank.
      let file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
      if file >= 0 {
        _ = write(file, "1000", 4)
        close(file)
      }
    #endif
    // What was printed until now goes nowhere.
    flushStandardStreams()
    dup2(task_process_role().output, 1)
    close(task_process_role().output)
    task_process_print_lines()
    writeToStandardError("\n" + TaskProcess.beginning)
  }

  /// Ends this process, and those that its tasks have started.
  private static func end() -> Never {
    flushStandardStreams()
    task_process_end()
  }
}

/// The way from a task process to its rank.
private final class RankLink: TaskOutlet, @unchecked Sendable {
  private let socket: Int32
  private let blocks = LentBlocks()
  private let sending = Mutex(())
  /// The long arguments of tasks.
  private let placed = PlacedArrays()
  /// Of the thread alone that takes messages.
  private var parser: FrameParser

  init(socket: Int32) {
    self.socket = socket
    parser = FrameParser(keeping: placed)
  }

  /// Sends a frame, and waits until all of it is on its way.
  func post(_ frame: Frame<PoolMessage>) {
    var bytes: [UInt8] = []
    FrameBytes.append(frame, to: &bytes, blocks)
    if frame.payload.bytes.count > Mailbox.longPayload { PayloadMemory.shared.give(frame.payload.bytes) }
    sending.withLock { _ in
      bytes.withUnsafeBytes { bytes in
        var sent = 0
        while sent < bytes.count {
          let count = task_process_send(socket, bytes.baseAddress! + sent, bytes.count - sent)
          // That the rank is gone is seen by the thread that takes messages.
          if count < 0, errno != EINTR { return }
          sent += max(0, count)
        }
      }
    }
  }

  func noteReady() { post(Frame(.ready)) }

  func ring() {}

  /// The next frame; nil if the rank is gone.
  func next() -> Frame<PoolMessage>? {
    while true {
      // Tasks have ended since the last one.
      placed.giveBack()
      do {
        if let frame = try parser.next() { return frame }
      } catch {
        return nil
      }
      guard case .bytes = parser.read(from: socket) else { return nil }
    }
  }
}

/// Called before `main` in a process that a rank has started: runs tasks at once, or has MPI not begin before the
/// pool's call does.
@_cdecl("swift_mpi_task_process_begins")
func taskProcessBegins() {
  if TaskProcessMain.call == 0 { TaskProcessMain.run() }
  Lifetime.replace(passingOver: TaskProcessMain.call != TaskProcessStart.inWithMPI) { TaskProcessMain.run() }
}
