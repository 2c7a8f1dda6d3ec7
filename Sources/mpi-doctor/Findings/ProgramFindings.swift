// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with what the ranks run: the program, the MPI, its launcher.
enum ProgramFindings {
  /// All of them.
  static func all(_ ranks: [RankFacts]) -> [Finding] {
    differentPrograms(ranks) + differentLibraries(ranks)
  }

  /// The ranks run one program, or there will be crashes and wrong results.
  private static func differentPrograms(_ ranks: [RankFacts]) -> [Finding] {
    let groups = Dictionary(grouping: ranks) { "\($0.programChecksum) \($0.programLength)" }
    guard groups.count > 1 else { return [] }
    let parts = groups.values.sorted { $0[0].rank < $1[0].rank }.map { group in
      "\(ranksInWords(group.map(\.rank))) on \(group.hosts.joined(separator: ", ")): \(group[0].program), "
        + "\(group[0].programLength) bytes, checksum \(group[0].programChecksum)"
    }
    return [
      .problem(
        "different-programs", "the ranks don't run the same program: \(parts.joined(separator: "; ")).",
        remedy: "Build once, in a folder that all hosts share, or copy the program to every host again.")
    ]
  }

  /// One MPI, of one version.
  private static func differentLibraries(_ ranks: [RankFacts]) -> [Finding] {
    let groups = Dictionary(grouping: ranks, by: \.library)
    guard groups.count > 1 else { return [] }
    let parts = groups.values.sorted { $0[0].rank < $1[0].rank }.map { group in
      "\(group[0].library) on \(group.hosts.joined(separator: ", "))"
    }
    return [
      .problem(
        "different-libraries", "the hosts' MPI libraries differ: \(parts.joined(separator: "; ")).",
        remedy: "Install the same version on every host, or load the same module in ~/.bashrc of each.")
    ]
  }

  /// The vendor in the output of `mpiexec --version`, in the words of a library's description; nil if it's unknown.
  static func vendor(ofLauncher version: String) -> String? {
    if version.contains("HYDRA") || version.contains("Hydra") { return "MPICH" }
    if version.contains("Intel") { return "Intel MPI" }
    if version.contains("Open MPI") || version.contains("OpenRTE") || version.contains("PRRTE") { return "Open MPI" }
    return nil
  }

  /// Whether the `mpiexec` in PATH belongs to the library.
  ///
  /// - Parameters:
  ///   - version: the version that it prints; nil if there is none.
  ///   - vendor: the vendor of the library.
  ///   - libraryVersion: the library's version, such as (4, 1, 4).
  static func launcher(
    version: String?, vendor: String, libraryVersion: (major: Int, minor: Int, patch: Int)
  ) -> [Finding] {
    guard let version, let maker = Self.vendor(ofLauncher: version) else { return [] }
    let number = "\(libraryVersion.major).\(libraryVersion.minor).\(libraryVersion.patch)"
    let says = version.split(separator: "\n").first.map(String.init) ?? ""
    guard maker == vendor else {
      return [
        .note(
          "launcher-of-another-mpi",
          "the mpiexec that is first in PATH is \(maker)'s, and this program is linked with \(vendor) \(number).",
          remedy: "Put the mpiexec of \(vendor) first in PATH, or start jobs by its full path.")
      ]
    }
    guard maker == "Open MPI", version.contains("(Open"), !version.contains(number) else { return [] }
    return [
      .note(
        "launcher-of-another-version", "the mpiexec that is first in PATH says '\(says)'; the library is \(number).",
        remedy: "Put the mpiexec of that version first in PATH.")
    ]
  }

  /// The finding if each process is alone, though a launcher started several.
  static func alone(launcher: String, size: Int, vendor: String) -> Finding {
    .problem(
      "launcher-of-another-mpi",
      "\(launcher) started \(size) processes, but each of them is alone, rank 0 of 1: this program is linked with "
        + "\(vendor), and that launcher does not start its jobs.",
      remedy: "Use the mpiexec of \(vendor), or build with MPI_PKG_CONFIG set for the other MPI. Under Slurm: "
        + "srun --mpi=pmix for Open MPI, --mpi=pmi2 for MPICH.")
  }
}
