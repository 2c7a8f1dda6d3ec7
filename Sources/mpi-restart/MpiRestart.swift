// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MPIBase
import MPIRestart

/// The program.
@main
struct MpiRestart: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mpi-restart",
    abstract: "Runs an MPI job by its launcher, and starts it again when a rank, a host or the launcher is lost.",
    usage: """
      mpi-restart [<options>] <launcher> [<arguments>]
      mpi-restart --restarts 5 mpiexec -n 16 --hostfile hosts ./program
      """,
    discussion: """
      The launcher is mpiexec (Open MPI's or MPICH's) or srun, with all its options, the program and its arguments. The \
      program has to continue from what it has saved: a store of results, or a checkpoint.

      A run is started again if a rank was ended by a signal, if a host was lost, if the launcher was killed, or if it \
      hangs after a loss. Before that, what is left of the run is ended on all hosts. A host that does not answer is left \
      out from then on. Status 75 of the program ("run me again") starts it again at once, which is no restart after a \
      loss. Another status that is not 0 is the program's own error, and ends the job.

      The hosts are those that the launcher's options name (--hostfile, --host, -f, -hosts). They are probed by the \
      remote shell that the launcher uses; a host is lost only if it does not answer several times in a row. Standard \
      input, if it is a file, is read from its beginning by each run; a terminal or a pipe is not passed on. Ctrl-C ends \
      the job; a second one ends it at once.

      Status: that of the last run; 64 wrong arguments; 66 a host file that can't be read; 69 hosts were lost, and the \
      job was given up; 127 the launcher can't be run.
      """)

  @Option(name: [.customShort("N"), .long], help: "How many times the job is started again after a loss.")
  var restarts = 10

  @Option(help: ArgumentHelp("Give up when the same thing has happened so many times.", valueName: "count"))
  var same = 3

  @Option(
    help: ArgumentHelp(
      "Start again also after these statuses of the program: 1,134.", valueName: "statuses"))
  var restartOn: String?

  @Option(
    help: ArgumentHelp(
      """
      After status 75, start again: always, never, or auto: not in a batch job, whose script puts the job into the queue \
      again.
      """, valueName: "when"))
  var runAgain = RunAgain.auto

  @Option(
    help: ArgumentHelp(
      "A run that ends with status 75 has made progress if it lasted so long. One that has not counts as a loss.",
      valueName: "seconds"))
  var progress = 10.0

  @Option(help: ArgumentHelp("The hosts, if the launcher's options do not name them.", valueName: "file"))
  var hostfile: String?

  @Flag(
    help: """
      Keep the number of ranks when a host is left out, with more ranks than slots on the others. Otherwise there are no \
      more ranks than slots.
      """)
  var keepRanks = false

  @Option(
    help: ArgumentHelp("Probe each host so often. 0: never, and nothing is ended on other hosts.", valueName: "seconds")
  )
  var probeEvery = 30.0

  @Option(help: ArgumentHelp("A host is lost if it does not answer so many times in a row.", valueName: "count"))
  var probes = 3

  @Option(help: ArgumentHelp("How long a host may take to answer.", valueName: "seconds"))
  var probeTimeout = 10.0

  @Option(
    help: ArgumentHelp(
      "The command that runs others on a host. (default: the launcher's, or ssh)", valueName: "command"))
  var remoteShell: String?

  @Option(
    help: ArgumentHelp(
      "How long the launcher may take to end after it has reported a loss, or got Ctrl-C.", valueName: "seconds"))
  var patience = 30.0

  @Option(help: ArgumentHelp("The pause before a restart after a loss.", valueName: "seconds"))
  var wait = 1.0

  @Argument(parsing: .captureForPassthrough, help: "The launcher, its options, the program and its arguments.")
  var command: [String] = []

  /// When a run that ends with status 75 is started again.
  enum RunAgain: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
  }

  private var words: [String] { command.first == "--" ? Array(command.dropFirst()) : command }

  func validate() throws {
    // What comes first and is no option of this program is taken for the launcher.
    if let first = command.first, first.hasPrefix("-"), first != "--" {
      if ["-h", "--help"].contains(first) { throw CleanExit.helpRequest(self) }
      throw ValidationError("unknown option '\(first)'")
    }
    guard (0...9999).contains(restarts) else {
      throw ValidationError("--restarts wants a number from 0 to 9999, not \(restarts)")
    }
    guard (1...9999).contains(same) else { throw ValidationError("--same wants a number from 1 to 9999, not \(same)") }
    guard (1...99).contains(probes) else {
      throw ValidationError("--probes wants a number from 1 to 99, not \(probes)")
    }
    for (name, value, least) in [
      ("progress", progress, 0), ("probe-every", probeEvery, 0), ("probe-timeout", probeTimeout, 0.1),
      ("patience", patience, 0), ("wait", wait, 0),
    ] where !(least...86_400).contains(value) {
      throw ValidationError("--\(name) wants seconds from \(least == 0 ? "0" : "\(least)") to 86400, not \(value)")
    }
    _ = try statuses()
    if words.isEmpty { throw ValidationError("it wants a launcher: mpi-restart mpiexec -n 4 ./program") }
  }

  private func statuses() throws -> Set<Int32> {
    guard let restartOn else { return [] }
    return try Set(
      restartOn.split(separator: ",", omittingEmptySubsequences: false).map { text in
        guard let status = Int32(text), (1...255).contains(status), status != 75 else {
          throw ValidationError("--restart-on wants statuses from 1 to 255 but 75, such as 1,134; '\(text)' is none")
        }
        return status
      })
  }

  func run() throws {
    var text: String?
    if let hostfile {
      text = readText(hostfile)
      guard text != nil else {
        writeToStandardError("mpi-restart: the host file '\(hostfile)' can't be read")
        throw ExitCode(66)
      }
    }
    let parsed: LauncherCommand
    do {
      parsed = try LauncherCommand(words: words, kind: launcherKind(of:), hostFile: text, read: readText(_:))
    } catch {
      throw ValidationError(error.description)
    }
    var options = Supervisor.Options()
    options.policy.restarts = restarts
    options.policy.same = same
    options.policy.progress = .seconds(progress)
    options.policy.restartStatuses = try statuses()
    options.policy.runsAgain =
      switch runAgain {
      case .always: true
      case .never: false
      case .auto: !isBatchJob(environmentVariable)
      }
    options.keepsRanks = keepRanks
    options.probeInterval = .seconds(probeEvery)
    options.probes = probes
    options.probeLimit = .seconds(probeTimeout)
    options.patience = .seconds(patience)
    options.pause = .seconds(wait)
    let shell = RemoteShell(given: remoteShell, option: parsed.remoteShell, variable: environmentVariable)
    throw ExitCode(Supervisor(command: parsed, shell: shell, options: options).runToTheEnd())
  }
}
