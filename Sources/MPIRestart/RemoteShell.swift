// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase

/// How commands run on the hosts of a job.
package struct RemoteShell: Sendable {
  /// The words in front of a host's name.
  let words: [String]

  /// The remote shell that the launcher uses.
  ///
  /// - Parameters:
  ///   - given: what mpi-restart was told to use.
  ///   - option: what the launcher's options name.
  ///   - variable: the value of an environment variable.
  package init(given: String?, option: String?, variable: (String) -> String?) {
    let names = [
      "OMPI_MCA_plm_rsh_agent", "PRTE_MCA_plm_ssh_agent", "PRTE_MCA_plm_rsh_agent", "HYDRA_LAUNCHER_EXEC",
      "HYDRA_BOOTSTRAP_EXEC", "I_MPI_HYDRA_BOOTSTRAP_EXEC",
    ]
    let text = given ?? option ?? names.lazy.compactMap(variable).first ?? "ssh"
    // Open MPI takes several, with colons between, and uses the first that exists. That is the first, mostly.
    let first = text.split(separator: ":").first ?? "ssh"
    var words = first.split(separator: " ").map { String($0) }
    if words.isEmpty { words = ["ssh"] }
    if words.count == 1, words[0].split(separator: "/").last == "ssh" {
      words += ["-x", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
    }
    self.words = words
  }

  /// The command that runs a script of the shell on a host.
  func command(_ script: String, on address: String, isLocal: Bool) -> [String] {
    // The remote shell joins the words, and gives them to the user's shell, which may be none of this kind. No script
    // here has a single quote in it.
    isLocal ? ["/bin/sh", "-c", script] : words + [address, "exec /bin/sh -c '\(script)'"]
  }

  /// Whether a name is that of this host.
  package static func isThisHost(_ name: String) -> Bool {
    let this = hostName()
    return name == this || name == "localhost" || name.hasPrefix("127.") || name == "::1"
      || name.split(separator: ".").first == this.split(separator: ".").first
        && (!name.contains(".") || !this.contains("."))
  }

  /// What a probe of a host shows.
  static func answer(_ end: HostCommand.End, output: String) -> HostWatch.Answer {
    switch end {
    case .status(0): .here
    // The host is there; it does not let this user in without a password.
    case .status where refusals.contains { output.contains($0) }: .here
    case .status(126), .status(127): .unusable
    case .status, .late: .silence
    }
  }

  private static let refusals = [
    "Permission denied", "Host key verification failed", "Too many authentication failures",
  ]
}

/// The script that ends what a run has left behind on a host.
///
/// A process is the run's if it has the run's mark, a random number of 128 bits, in its environment or among its arguments.
/// Another user's processes can't be read, so they are never touched.
struct Sweep {
  /// The mark of a run: 32 hexadecimal digits.
  let mark: String

  /// The variables by which launchers carry the mark to all hosts.
  ///
  /// Open MPI passes its own settings on, to its daemons and to the ranks, also such as it does not know. Hydra and srun
  /// pass on all variables.
  static let variables = ["OMPI_MCA_mpi_restart_run", "PRTE_MCA_mpi_restart_run"]

  init() {
    var generator = SystemRandomNumberGenerator()
    let digits = (0..<2).map { _ -> String in
      let text = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }
    mark = digits.joined()
  }

  /// Prints the number of each process that had to be killed. They get two seconds to end by themselves.
  var script: String {
    // The brackets keep the script's own shell from matching.
    let pattern = "[\(mark.prefix(1))]\(mark.dropFirst())"
    let find = "grep -ls \"\(pattern)\" /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | cut -d / -f 3 | sort -u"
    // A process that is found may be about to start another.
    return """
      [ -d /proc/self ] || exit 0; n=0; while [ $n -lt 60 ]; do f=$(\(find)); [ -n "$f" ] || exit 0; \
      if [ $n -ge 20 ]; then for p in $f; do kill -KILL $p 2>/dev/null && echo $p; done; fi; \
      n=$((n+1)); sleep 0.1; done
      """
  }
}
