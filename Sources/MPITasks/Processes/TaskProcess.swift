// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CTaskProcess

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A process that runs tasks for this rank, as the thread sees it that keeps them. That thread alone uses it.
final class TaskProcess {
  /// A batch that is in its hands.
  struct Flight {
    var errand: any Errand
    var line: TaskPage.Line
    var count: Int
    /// How many tasks it waits for that it has submitted.
    var children = 0
    /// When its process is ended, in nanoseconds, because results of it are not needed any more.
    var end: Int?
  }

  /// How far it is.
  enum Stage {
    /// It has not come to where it runs tasks.
    case starting
    /// It makes ready what tasks need.
    case preparing
    case working
    /// It is dead or being ended, and not yet reaped.
    case ended
  }

  /// Why this rank has ended it.
  enum Ending {
    /// A batch of it went beyond a limit.
    case exceeded(batch: Int, TaskDeath.Cause)
    /// Results of what it was at are not needed any more.
    case unneeded
  }

  /// How many lines of standard error are kept.
  private static let lineCount = 20
  /// The line by which it reports that it begins with tasks. What it has written before is for the case that it never
  /// begins.
  static let beginning = "\u{0}"

  let id: pid_t
  let page: TaskPage
  /// When it was started, in nanoseconds.
  let start = monotonicNanoseconds()
  private(set) var stage = Stage.starting
  private(set) var flights: [Int: Flight] = [:]
  /// How many of them don't wait for others.
  private(set) var activeCount = 0
  /// Those that have a limit, or whose results are not needed any more.
  private(set) var watched: Set<Int> = []
  /// Lines that batches had which have come back, and the largest number of a line so far.
  private var freeLines: [Int] = []
  private var lastLine = 0
  /// The numbers of the types of tasks that it knows.
  var knownTypes: Set<Int> = []
  /// Why this rank has ended it; nil if it has not.
  var ending: Ending?
  /// Whether it has come to where it runs tasks.
  private(set) var hasWorked = false
  private let socket: Int32
  private let outputPipe: Int32
  private let errorPipe: Int32
  private var outgoing: [UInt8] = []
  private var sent = 0
  private var parser = FrameParser()
  private let blocks: LentBlocks
  /// What it has been lent and may still have.
  private var lent: [LentBlock] = []
  private var output: PipedLines
  private var error: PipedLines
  private var hasBegun = false
  private(set) var lastLines: [String] = []

  /// - Parameter blocks: where long arrays go.
  init(_ started: TaskProcessStart.Started, _ page: TaskPage, _ blocks: LentBlocks) {
    self.blocks = blocks
    (id, socket, outputPipe, errorPipe) = (started.process, started.socket, started.output, started.error)
    self.page = page
    output = PipedLines(outputPipe)
    error = PipedLines(errorPipe)
  }

  deinit { for descriptor in [socket, outputPipe, errorPipe] { close(descriptor) } }

  // MARK: Messages

  /// Has a frame sent.
  func post(_ frame: Frame<PoolMessage>) {
    guard stage != .ended else { return }
    lent += FrameBytes.append(frame, to: &outgoing, blocks)
    if lent.count > 16 { lent.removeAll { !$0.isInUse } }
    if frame.payload.bytes.count > Mailbox.longPayload, !frame.isKept { PayloadMemory.shared.give(frame.payload.bytes) }
  }

  /// Sends as much as the process takes now.
  func flush() {
    while sent < outgoing.count, stage != .ended {
      let count = outgoing.withUnsafeBytes { bytes in
        task_process_send(socket, bytes.baseAddress! + sent, bytes.count - sent)
      }
      // That it is gone is seen when its messages are read.
      if count < 0 { break }
      sent += count
    }
    if sent == outgoing.count {
      (outgoing, sent) = ([], 0)
    } else if sent > 1 << 20 {
      outgoing.removeFirst(sent)
      sent = 0
    }
  }

  /// Reads what has come.
  ///
  /// - Returns: the frames, and whether the process is gone.
  func receive() -> (frames: [Frame<PoolMessage>], isGone: Bool) {
    var frames: [Frame<PoolMessage>] = []
    while true {
      let reading = parser.read(from: socket)
      do {
        while let frame = try parser.next() { frames.append(frame) }
      } catch {
        // Its memory can't be reached any more, so it is dead.
        return (frames, true)
      }
      switch reading {
      case .bytes: break
      case .nothing: return (frames, false)
      case .end: return (frames, true)
      }
    }
  }

  /// Notes how far it is.
  func note(_ stage: Stage) {
    self.stage = stage
    if stage == .working { hasWorked = true }
  }

  // MARK: Lines

  /// Passes on the lines that it has written.
  func passLines(to writer: LineWriter, isLast: Bool = false) {
    for line in error.take(isLast: isLast) {
      let text = String(decoding: line, as: UTF8.self)
      if !hasBegun, text == Self.beginning {
        hasBegun = true
        lastLines = []
        continue
      }
      // A trace of the stack follows the message of a trap.
      if text.contains("Fatal error") { lastLines = [] }
      let isTrap = lastLines.first?.contains("Fatal error") ?? false
      if lastLines.count == Self.lineCount { lastLines.remove(at: isTrap ? 1 : 0) }
      lastLines.append(text)
      if hasBegun { writer.put(line, to: .error) }
    }
    for line in output.take(isLast: isLast) { writer.put(line, to: .output) }
  }

  // MARK: What is waited for

  /// Adds what to wait for.
  ///
  /// - Parameter takesLines: whether its lines can be passed on.
  func listen(_ descriptors: inout [pollfd], takesLines: Bool) {
    if stage != .ended {
      let events = sent < outgoing.count ? POLLIN | POLLOUT : POLLIN
      descriptors.append(pollfd(fd: socket, events: Int16(events), revents: 0))
    }
    guard takesLines else { return }
    if !output.hasEnded { descriptors.append(pollfd(fd: outputPipe, events: Int16(POLLIN), revents: 0)) }
    if !error.hasEnded { descriptors.append(pollfd(fd: errorPipe, events: Int16(POLLIN), revents: 0)) }
  }

  // MARK: The end

  /// Ends it, and the processes that its tasks have started.
  func end() {
    stage = .ended
    // Its number is its own as long as it has not been reaped.
    kill(-id, SIGKILL)
    kill(id, SIGKILL)
  }

  /// How it ended and how much memory it had at most; nil if it is not there yet.
  func reap() -> (cause: TaskDeath.Cause, peakMemory: Int)? {
    var status: Int32 = 0
    var usage = rusage()
    let found = wait4(id, &status, WNOHANG, &usage)
    if found == 0 || (found < 0 && errno == EINTR) { return nil }
    // The program may have had the system forget how processes end.
    for block in lent { block.free() }
    guard found == id else { return (.signal(SIGKILL), 0) }
    #if canImport(Darwin)
      let peak = Int(usage.ru_maxrss)
    #else
      let peak = Int(usage.ru_maxrss) << 10
    #endif
    let signal = status & 0x7f
    return (signal == 0 ? .exit(status: (status >> 8) & 0xff) : .signal(signal), peak)
  }

  /// How much memory it has of its own, in bytes; nil if the system does not report it.
  var memory: Int? {
    #if os(Linux)
      let file = open("/proc/\(id)/statm", O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
      defer { close(file) }
      return withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { room in
        let count = read(file, room.baseAddress, room.count)
        guard count > 0 else { return nil }
        // In pages: all of it, what is in memory, and what of this belongs to files.
        let numbers = String(decoding: room[..<count], as: UTF8.self).split(separator: " ").prefix(3).compactMap {
          Int($0)
        }
        return numbers.count == 3 ? (numbers[1] - numbers[2]) * sysconf(Int32(_SC_PAGESIZE)) : nil
      }
    #else
      return nil
    #endif
  }

  // MARK: Batches

  /// A line of its page that no batch has; nil if there is none.
  func takeLine() -> TaskPage.Line? {
    if let number = freeLines.popLast() { return page.newLine(number) }
    guard lastLine < TaskPage.lastLine, let line = page.newLine(lastLine + 1) else { return nil }
    lastLine += 1
    return line
  }

  /// Gives back a line that was not used.
  func giveBack(_ line: TaskPage.Line) { freeLines.append(line.number) }

  /// Notes a batch that it gets.
  func add(_ batch: Int, _ flight: Flight) {
    flights[batch] = flight
    activeCount += 1
    if flight.errand.timeLimit != nil || flight.errand.memoryLimit != nil { watched.insert(batch) }
  }

  /// Notes a batch that has come back.
  func remove(_ batch: Int) -> Flight? {
    guard let flight = flights.removeValue(forKey: batch) else { return nil }
    if flight.children == 0 { activeCount -= 1 }
    watched.remove(batch)
    freeLines.append(flight.line.number)
    return flight
  }

  /// Notes that a batch waits for a task more, or for one less.
  func count(children: Int, of batch: Int) {
    guard let before = flights[batch]?.children else { return }
    flights[batch]!.children += children
    if before == 0 { activeCount -= 1 }
    if before + children == 0 { activeCount += 1 }
  }

  /// Whether a part of what it has was taken back.
  var hasGivenBack: Bool { flights.values.contains { $0.line.isCut } }

  /// Notes how many tasks of a batch it keeps.
  func cut(_ batch: Int, to count: Int) { flights[batch]?.count = count }

  /// Notes when it is ended because results of a batch are not needed any more.
  func cancel(_ batch: Int, end: Int) {
    flights[batch]?.end = end
    watched.insert(batch)
  }
}
