// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A run of the job: the launcher, while it is there.
struct Run {
  /// The launcher's process, which leads a process group of its own.
  let process: pid_t
  /// The mark of all processes of this run.
  let sweep: Sweep
  let start = ContinuousClock.now
  /// What the launcher writes, as it passes by.
  private struct Channel {
    let reader: Int32
    /// Where it goes.
    let target: Int32
    var line: [UInt8] = []
  }

  /// The launcher's standard error, and its standard output if it reports losses there.
  private var channels: [Channel] = []
  private(set) var report = LauncherReport()
  private(set) var end: ProcessEnd?
  /// When the launcher reported that the job is at its end.
  private(set) var endingSince: ContinuousClock.Instant?
  /// When mpi-restart told the launcher to end.
  private(set) var endedAt: ContinuousClock.Instant?
  private var isKilled = false

  /// Starts the launcher.
  ///
  /// - Parameters:
  ///   - words: the command.
  ///   - settings: variables of its environment, beside those of this process.
  ///   - input: its standard input.
  ///   - readsOutput: whether its standard output is read on its way, as its standard error is.
  init(
    _ words: [String], settings: [String: String], input: Int32, readsOutput: Bool
  ) throws(SpawnFailure) {
    let sweep = Sweep()
    var made: [Channel] = []
    var writers: [Int32: Int32] = [1: 1]
    defer { for writer in writers.values where writer > 2 { close(writer) } }
    do throws(SpawnFailure) {
      for target: Int32 in readsOutput ? [1, 2] : [2] {
        guard let pipe = closingPipe() else { throw SpawnFailure(code: errno) }
        made.append(Channel(reader: pipe.reader, target: target))
        writers[target] = pipe.writer
      }
      let descriptors = (input, writers[1] ?? 1, writers[2] ?? 2)
      process = try spawn(
        words, environment: Self.environment(settings, mark: sweep.mark), descriptors: descriptors, inNewGroup: true)
    } catch {
      for channel in made { close(channel.reader) }
      throw error
    }
    self.sweep = sweep
    channels = made
  }

  /// The variables of this process, with these settings and the mark of the run.
  private static func environment(_ settings: [String: String], mark: String) -> [String] {
    var settings = settings
    for name in Sweep.variables {
      // A job within a job has the marks of both.
      let outer = getenv(name).map { String(cString: $0) + "." } ?? ""
      settings[name] = outer + mark
    }
    let kept = environmentLines().filter { settings[String($0.prefix { $0 != "=" })] == nil }
    return kept + settings.map { "\($0.key)=\($0.value)" }
  }

  /// The descriptors that become readable when the launcher writes; none when it has closed them.
  var readers: [Int32] { channels.map { $0.reader } }

  /// Passes on what the launcher has written, and reads it.
  mutating func passOutput() {
    var index = 0
    while index < channels.count {
      if passOutput(of: index) {
        index += 1
      } else {
        close(channels.remove(at: index).reader)
      }
    }
  }

  /// - Returns: whether there may be more to come.
  private mutating func passOutput(of index: Int) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 65536)
    // Not forever: a program that writes a lot must not keep signals waiting.
    for _ in 0..<16 {
      let count = read(channels[index].reader, &bytes, bytes.count)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return true }
      guard count > 0 else { return false }
      writeAll(bytes.prefix(count), to: channels[index].target)
      for byte in bytes.prefix(count) {
        if byte == UInt8(ascii: "\n") {
          readLine(of: index)
        } else if channels[index].line.count < 1000 {
          // No line of a launcher is longer.
          channels[index].line.append(byte)
        }
      }
    }
    return true
  }

  private mutating func readLine(of index: Int) {
    report.read(line: String(decoding: channels[index].line, as: UTF8.self))
    channels[index].line.removeAll(keepingCapacity: true)
    if report.isEnding, endingSince == nil { endingSince = .now }
  }

  mutating func closeOutput() {
    for channel in channels { close(channel.reader) }
    channels = []
  }

  /// Looks whether the launcher has ended.
  mutating func look() {
    var status: Int32 = 0
    guard end == nil, waitpid(process, &status, WNOHANG) == process else { return }
    end = ProcessEnd(waitStatus: status)
  }

  /// Sends a signal to the launcher.
  func pass(_ signal: Int32) {
    if end == nil { kill(process, signal) }
  }

  /// Sends a signal to the launcher and to all in its group.
  func passToGroup(_ signal: Int32) { kill(-process, signal) }

  /// Tells the launcher to end, and kills it if it has not done so five seconds later.
  mutating func finish() {
    guard end == nil else { return }
    if endedAt == nil {
      endedAt = .now
      pass(SIGTERM)
    } else if let endedAt, endedAt + .seconds(5) <= .now, !isKilled {
      isKilled = true
      passToGroup(SIGKILL)
    }
  }

  /// How long it has lasted.
  var duration: Duration { .now - start }
}
