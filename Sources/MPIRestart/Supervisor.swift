// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Runs a job by its launcher, again and again until it is complete.
///
/// One thread does it all: it waits for signals, for what the launcher writes, and for the ends of processes.
package final class Supervisor {
  /// What is up to the user.
  package struct Options: Sendable {
    package var policy = RestartPolicy()
    /// Whether the number of ranks stays when a host is left out.
    package var keepsRanks = false
    /// The time between two probes of a host; zero to probe none.
    package var probeInterval = Duration.seconds(30)
    /// How many probes in a row must get no answer.
    package var probes = 3
    package var probeLimit = Duration.seconds(10)
    /// How long a launcher may take to end after it has reported a loss, or was told to end.
    package var patience = Duration.seconds(30)
    /// The pause before a restart.
    package var pause = Duration.seconds(1)

    package init() {}
  }

  /// The status if nothing is left to run on.
  package static let unavailable: Int32 = 69

  private let command: LauncherCommand
  private let shell: RemoteShell
  private let options: Options
  private let signals = SignalPipe()
  private var commands: [HostCommand] = []
  private var interruption: Int32?
  private var interruptedAt: ContinuousClock.Instant?
  /// How many signals have come that end the job.
  private var interruptions = 0
  private var isNotified = false
  private var run: Run?
  private var gone: Set<String> = []
  /// How many probes and the like may run at the same time.
  private let width = 16
  /// Where standard input began, if it is a file.
  private let inputStart: off_t?

  package init(command: LauncherCommand, shell: RemoteShell, options: Options) {
    self.command = command
    self.shell = shell
    self.options = options
    var information = stat()
    inputStart = fstat(0, &information) == 0 && information.st_mode & S_IFMT == S_IFREG ? lseek(0, 0, SEEK_CUR) : nil
  }

  /// Runs the job.
  ///
  /// - Returns: the status to end with.
  package func runToTheEnd() -> Int32 {
    var history = RunHistory(policy: options.policy)
    while true {
      guard let (facts, duration) = runOnce(number: history.runs.count + 1) else { return 127 }
      let end = facts.end
      let next: RunHistory.Next =
        isNotified && end == .runAgain ? .leave : history.next(after: end, lasting: duration)
      let number = max(history.runs.count, 1)
      let status = exitStatus(facts)
      if next != .stop || end != .complete && history.runs.count > 1 {
        say("run \(number) \(end.words) after \(durationWords(duration))")
      }
      switch next {
      case .stop:
        if end == .complete, number > 1 {
          say("run \(number) is complete, after \(countWords(number - 1, "restart", "restarts"))")
        }
        return status
      case .leave:
        say("not starting it again here: the batch system is to do that (--run-again always changes it)")
        return status
      case .giveUp(let reason):
        say("giving up, because \(reason):")
        for line in history.summary { say("  " + line) }
        return status
      case .restart(let count):
        guard leaveOut(facts.goneHosts) else { return Self.unavailable }
        if facts.report.isHostLost, facts.goneHosts.isEmpty, options.probeInterval > .zero, !command.hosts.isEmpty {
          say("no host is left out: they answer")
        }
        let what = "starting run \(number + 1)"
        say(count.map { "\(what) (restart \($0) of \(options.policy.restarts))" } ?? what)
        if count != nil { wait(options.pause) }
      }
      if let interruption { return 128 + interruption }
    }
  }

  /// The status to end with, if the job is not run again.
  private func exitStatus(_ facts: RunFacts) -> Int32 {
    switch facts.end {
    case .complete: 0
    case .lostHosts, .hungLauncher:
      facts.launcher.shellStatus == 0 || facts.isLauncherEnded ? Self.unavailable : facts.launcher.shellStatus
    // The program may take SIGTERM for a notice, and want to be run again.
    case .interrupted(let signal):
      facts.launcher == .status(RunEnd.runAgainStatus) ? RunEnd.runAgainStatus : 128 + signal
    default: facts.launcher.shellStatus
    }
  }

  // MARK: - A run

  /// Runs the job once.
  ///
  /// - Returns: what is known of its end, and how long it lasted; nil if the launcher can't be started.
  private func runOnce(number: Int) -> (facts: RunFacts, duration: Duration)? {
    isNotified = false
    let hosts = command.hosts.filter { !gone.contains($0) }
    var watch = HostWatch(
      hosts: options.probeInterval == .zero ? [] : hosts, isLocal: RemoteShell.isThisHost, limit: options.probes,
      interval: options.probeInterval, retry: min(options.probeInterval, .seconds(5)), from: .now)
    guard start() else { return nil }
    var isLauncherEnded = false
    var lost: [String] = []
    var isCoverageReported = number > 1
    while let run, run.end == nil {
      turn(.milliseconds(250))
      probe(&watch)
      if !isCoverageReported, watch.isKnown {
        isCoverageReported = true
        reportUnwatched(watch)
      }
      if lost.isEmpty, !watch.gone.isEmpty {
        lost = watch.gone
        say(
          "\(listWords(lost)) \(lost.count == 1 ? "does" : "do") not answer, \(options.probes) times in a row: "
            + "ending what is left of the job")
      }
      if let reason = reasonToFinish(run, lost) {
        if run.endedAt == nil, lost.isEmpty, interruption == nil { say(reason) }
        if interruption == nil { isLauncherEnded = true }
        self.run?.finish()
      }
    }
    let duration = run?.duration ?? .zero
    drain()
    // What the launcher has left in its group, if it did not end by itself in good order.
    if run?.end != .status(0), run?.end != .status(RunEnd.runAgainStatus) { run?.passToGroup(SIGKILL) }
    guard let run, let end = run.end else { return nil }
    var facts = RunFacts(launcher: end)
    facts.report = run.report
    facts.isLauncherEnded = isLauncherEnded
    facts.goneHosts = lost
    // A signal for all processes of a job reaches the launcher first, now and then.
    if end == .signal(SIGTERM) || end == .signal(SIGINT) || end == .signal(SIGHUP) { wait(.milliseconds(300)) }
    facts.interruption = interruption
    clean(after: &facts, &watch, of: run)
    if interruption != nil { facts.interruption = interruption }
    self.run = nil
    return (facts, duration)
  }

  /// Starts the launcher, without the hosts that are gone.
  private func start() -> Bool {
    var files: [Int32] = []
    defer { for file in files { close(file) } }
    let ranks = gone.isEmpty || options.keepsRanks ? nil : command.fittingRanks(without: gone)
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(null) }
    do {
      let words = try command.words(without: gone, ranks: ranks) { text in
        let file = try openText(text)
        files.append(file)
        return "/dev/fd/\(file)"
      }
      if let inputStart { lseek(0, inputStart, SEEK_SET) }
      run = try Run(
        words, settings: settings(), input: inputStart == nil ? null : 0,
        // Hydra reports on standard output that a rank was lost.
        readsOutput: command.kind == .hydra)
      return true
    } catch {
      let reason = (error as? SpawnFailure)?.words ?? "\(error)"
      say("can't run '\(command.words[0])': \(reason)")
      return false
    }
  }

  /// Variables for the launcher: what makes Open MPI notice within twelve seconds that a host is cut off, and not after
  /// eight minutes; and, if there may be more ranks than slots, what lets it start them. What the user has set stays.
  private func settings() -> [String: String] {
    var wanted: [String: String] = [:]
    for prefix in ["OMPI_MCA", "PRTE_MCA"] {
      wanted["\(prefix)_oob_tcp_keepalive_time"] = "5"
      wanted["\(prefix)_oob_tcp_keepalive_intvl"] = "2"
      wanted["\(prefix)_oob_tcp_keepalive_probes"] = "3"
    }
    if !gone.isEmpty, options.keepsRanks {
      wanted["OMPI_MCA_rmaps_base_oversubscribe"] = "1"
      wanted["PRTE_MCA_rmaps_default_mapping_policy"] = ":oversubscribe"
      wanted["OMPI_MCA_mpi_yield_when_idle"] = "1"
    }
    return wanted.filter { environmentVariable($0.key) == nil }
  }

  /// Why the launcher has to be ended now; nil if it has not.
  private func reasonToFinish(_ run: Run, _ lost: [String]) -> String? {
    if let interruptedAt { return interruptedAt + options.patience <= .now ? "" : nil }
    if !lost.isEmpty { return "" }
    guard let since = run.endingSince, since + options.patience <= .now else { return nil }
    if command.survivesLosses, !run.report.isHostLost, !run.report.isAborted { return nil }
    return "the launcher reported a loss and has not ended after \(durationWords(options.patience)): ending it"
  }

  /// Reads the rest of what the launcher wrote. Processes that it left behind may hold the pipes open.
  private func drain() {
    let limit = ContinuousClock.now + .milliseconds(500)
    while run?.readers.isEmpty == false, .now < limit { turn(.milliseconds(50)) }
    run?.passOutput()
    run?.closeOutput()
  }

  /// Finds out which hosts are gone, and ends what is left on the others.
  private func clean(after facts: inout RunFacts, _ watch: inout HostWatch, of run: Run) {
    stopCommands()
    // Open MPI 5 ends with 0, and without a word, if a host has lost its power.
    if facts.end == .runAgain || facts.end == .complete && command.kind != .openMPI5 { return }
    if facts.interruption == nil, facts.goneHosts.isEmpty {
      watch.examine(at: .now)
      while !watch.isExamined, interruption == nil {
        probe(&watch)
        turn(.milliseconds(100))
      }
      stopCommands()
      facts.goneHosts = watch.gone
    }
    if facts.end == .complete { return }
    let hosts = command.hosts.filter { !gone.contains($0) && !facts.goneHosts.contains($0) }
    // On this host in any case: the launcher itself may have left something.
    let others = options.probeInterval == .zero ? [] : hosts.filter { !RemoteShell.isThisHost($0) }
    sweep(run.sweep, on: ["localhost"] + others)
  }

  /// Ends what a run has left behind on hosts.
  private func sweep(_ sweep: Sweep, on hosts: [String]) {
    var waiting = hosts[...]
    let signalsBefore = interruptions
    var found: [(host: String, count: Int)] = []
    while !waiting.isEmpty || !commands.isEmpty {
      // Ctrl-C once more ends this, too.
      if interruptions > signalsBefore + 1 { break }
      while commands.count < width, let host = waiting.popFirst() {
        let words = shell.command(
          sweep.script, on: command.address(of: host), isLocal: RemoteShell.isThisHost(host))
        if let command = try? HostCommand(words, on: host, limit: options.probeLimit + .seconds(10)) {
          commands.append(command)
        }
      }
      turn(.milliseconds(50))
      for (command, end) in takeEnded() {
        if case .status(0) = end {
          let processes = Set(command.output.split(separator: "\n").compactMap { Int($0) })
          if !processes.isEmpty { found.append((command.host, processes.count)) }
        } else if interruption == nil {
          say("what is left on \(command.host) can't be ended: \(firstLine(command.output))")
        }
      }
    }
    stopCommands()
    for (host, count) in found {
      say(
        "ended \(countWords(count, "process", "processes")) that the run left behind on \(host == "localhost" ? hostName() : host)"
      )
    }
  }

  // MARK: - Hosts

  /// Starts the probes that are due, and notes the answers of those that have ended.
  private func probe(_ watch: inout HostWatch) {
    for (command, end) in takeEnded() {
      watch.note(RemoteShell.answer(end, output: command.output), of: command.host, at: .now)
    }
    for host in watch.due(at: .now, atMost: max(0, width - commands.count)) {
      let words = shell.command("exit 0", on: command.address(of: host), isLocal: false)
      do {
        commands.append(try HostCommand(words, on: host, limit: options.probeLimit))
      } catch {
        watch.note(.unusable, of: host, at: .now)
      }
    }
  }

  /// Names the hosts whose loss only the launcher can notice.
  private func reportUnwatched(_ watch: HostWatch) {
    let hosts = watch.unwatched
    if hosts.isEmpty { return }
    say(
      "\(listWords(hosts)) \(hosts.count == 1 ? "does" : "do") not answer to '\(shell.words.joined(separator: " "))': "
        + "if such a host is lost, only the launcher can notice (--remote-shell names another command)")
  }

  /// Leaves out hosts from now on, and reports what that means.
  ///
  /// - Returns: whether there is a host left.
  private func leaveOut(_ hosts: [String]) -> Bool {
    if hosts.isEmpty { return true }
    gone.formUnion(hosts)
    let left = command.hosts.filter { !gone.contains($0) }
    guard !left.isEmpty else {
      say("giving up: no host is left")
      return false
    }
    var words = "leaving out \(listWords(hosts)); \(listWords(left)) \(left.count == 1 ? "is" : "are") left"
    if let ranks = command.ranks {
      let fitting = command.fittingRanks(without: gone) ?? ranks
      if options.keepsRanks {
        words += ", for \(countWords(ranks, "rank", "ranks")) as before"
      } else {
        words +=
          fitting == ranks
          ? ", with room for \(countWords(ranks, "rank", "ranks")) as before"
          : ", for \(countWords(fitting, "rank", "ranks")) in place of \(ranks) (--keep-ranks keeps the number)"
      }
    }
    say(words)
    return true
  }

  // MARK: - Waiting

  /// Waits for something to happen, at most so long, and sees to signals and to the launcher.
  private func turn(_ limit: Duration) {
    var wanted = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
    for reader in run?.readers ?? [] { wanted.append(pollfd(fd: reader, events: Int16(POLLIN), revents: 0)) }
    let milliseconds = limit.components.seconds * 1000 + limit.components.attoseconds / 1_000_000_000_000_000
    _ = poll(&wanted, nfds_t(wanted.count), Int32(milliseconds))
    for signal in signals.take() { note(signal) }
    run?.passOutput()
    run?.look()
  }

  private func note(_ signal: Int32) {
    if SignalPipe.ending.contains(signal) {
      interruptions += 1
      if interruption == nil {
        interruption = signal
        interruptedAt = .now
        run?.pass(signal)
      } else {
        run?.passToGroup(SIGKILL)
      }
    } else if SignalPipe.notices.contains(signal) {
      isNotified = true
      run?.pass(signal)
    } else if signal == SIGTSTP {
      run?.passToGroup(SIGTSTP)
      kill(getpid(), SIGSTOP)
    } else if signal == SIGCONT {
      run?.passToGroup(SIGCONT)
    }
  }

  /// Waits, unless the job is interrupted.
  private func wait(_ duration: Duration) {
    let limit = ContinuousClock.now + duration
    while .now < limit, interruption == nil { turn(min(limit - .now, .milliseconds(250))) }
  }

  /// The commands that have ended, taken from the list.
  private func takeEnded() -> [(HostCommand, HostCommand.End)] {
    var ended: [(HostCommand, HostCommand.End)] = []
    var left: [HostCommand] = []
    for var command in commands {
      if let end = command.end() { ended.append((command, end)) } else { left.append(command) }
    }
    commands = left
    return ended
  }

  /// Ends the commands that still run.
  private func stopCommands() {
    for index in commands.indices { commands[index].kill() }
    while !commands.isEmpty {
      _ = takeEnded()
      usleep(1000)
    }
  }

  private func say(_ words: String) { writeToStandardError("mpi-restart: \(words)") }

  private func firstLine(_ text: String) -> String {
    text.split(separator: "\n").last.map { String($0) } ?? "the remote shell did not answer"
  }
}
