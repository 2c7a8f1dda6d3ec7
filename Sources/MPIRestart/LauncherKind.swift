// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Which launcher starts the ranks.
package enum LauncherKind: Sendable {
  case openMPI4
  /// Open MPI 5 and newer, whose launcher is PRRTE's.
  case openMPI5
  /// MPICH's and Intel MPI's.
  case hydra
  /// Slurm's.
  case srun
  /// One that is only started again.
  case unknown

  /// Whether a word of the command can be a launcher's name.
  static func isName(_ word: String) -> Bool {
    let name = word.split(separator: "/").last ?? ""
    return name == "srun" || ["mpiexec", "mpirun", "orterun", "prterun"].contains { name.hasPrefix($0) }
  }

  /// The kind of a launcher, by its name and by what it prints at `--version`.
  package init(name: String, version: @autoclosure () -> String) {
    let base = name.split(separator: "/").last ?? ""
    guard Self.isName(name) else {
      self = .unknown
      return
    }
    if base == "srun" {
      self = .srun
      return
    }
    let text = version()
    if ["HYDRA", "Hydra", "Intel"].contains(where: { text.contains($0) }) {
      self = .hydra
    } else if text.contains("PRRTE") || text.contains("prterun")
      || text.firstRange(of: "(Open MPI) ").map({ (text[$0.upperBound...].first ?? "0") >= "5" }) == true
    {
      self = .openMPI5
    } else if text.contains("OpenRTE") || text.contains("Open MPI") {
      self = .openMPI4
    } else {
      self = .unknown
    }
  }

  /// How many words follow an option of this launcher; nil for an option that is not known to have any.
  ///
  /// - Parameter option: its name, without dashes.
  func valueCount(of option: Substring) -> Int? {
    let lists: (one: [Substring], two: [Substring])
    switch self {
    case .openMPI4, .openMPI5: lists = (Self.openMPIOne, Self.openMPITwo)
    case .hydra: lists = (Self.hydraOne, ["genv", "env"])
    case .srun, .unknown: return nil
    }
    return lists.one.contains(option) ? 1 : lists.two.contains(option) ? 2 : nil
  }

  private static let openMPIOne: [Substring] = [
    "n", "np", "c", "N", "npernode", "npersocket", "hostfile", "machinefile", "default-hostfile", "host", "H", "x",
    "map-by", "bind-to", "rank-by", "wdir", "wd", "path", "prefix", "pmix-prefix", "output-filename", "output",
    "timeout",
    "personality", "report-uri", "am", "tune", "app", "cpu-list", "cpu-set", "cpus-per-proc", "cpus-per-rank", "rf",
    "rankfile", "stdin", "ppr", "dvm", "dvm-uri", "launch-agent", "max-restarts", "tmpdir", "ompi-server", "with-ft",
    "runtime-options", "display", "server-wait-time", "default-hostfile", "hnp", "pset", "stream-buffering",
    "spawn-timeout", "get-stack-traces-timeout", "mapby", "bindto", "preload-files", "xml-file", "slot-list",
  ]
  private static let openMPITwo: [Substring] = [
    "mca", "gmca", "omca", "gomca", "pmca", "gpmca", "pmixmca", "gpmixmca", "prtemca", "gprtemca",
  ]
  private static let hydraOne: [Substring] = [
    "n", "np", "f", "hostfile", "machinefile", "machine", "hosts", "host", "ppn", "perhost", "grr", "rr", "wdir",
    "launcher", "launcher-exec", "bootstrap", "bootstrap-exec", "iface", "genvlist", "envlist", "bind-to", "map-by",
    "membind", "configfile", "outfile-pattern", "errfile-pattern", "prepend-pattern", "usize", "rmk", "path", "arch",
    "topolib", "demux", "nameserver", "timeout", "order-nodes", "gpus-per-proc", "gpu-subdevs-per-proc", "s", "l10n",
    "localhost", "umask", "binding", "pmi-port-range",
  ]
}
