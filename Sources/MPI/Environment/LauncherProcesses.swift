// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #endif

  /// The processes of the launcher above this one, and what they have open, from `/proc`.
  package enum LauncherProcesses {
    /// The programs that start ranks and pass on what they write, by the first 15 characters of their names, as the
    /// kernel keeps them.
    private static let names: Set<String> = [
      "mpiexec", "mpirun", "orterun", "orted", "prterun", "prun", "prte", "prted", "mpiexec.hydra", "mpiexec.openmpi",
      "mpirun.openmpi", "mpiexec.mpich", "mpirun.mpich", "hydra_pmi_proxy", "hydra_bstrap_pr", "srun", "slurmstepd",
    ]
    /// Those that run on the other hosts of a job, and write to the first one over a network.
    private static let daemons: Set<String> = [
      "orted", "prte", "prted", "hydra_pmi_proxy", "hydra_bstrap_pr", "slurmstepd",
    ]
    /// How far up ancestors are looked at.
    private static let generations = 16

    /// The nearest ancestor that reads a pipe, if it is a launcher.
    package static func launcher(above process: Int, reading pipe: String) -> Int? {
      for (ancestor, name) in ancestors(of: process) where reads(ancestor, pipe) {
        return names.contains(name) ? ancestor : nil
      }
      return nil
    }

    /// The launcher that the user started, if it is on this host.
    static var outermost: Int? {
      ancestors(of: Int(getpid())).last { names.contains($0.name) && !daemons.contains($0.name) }?.process
    }

    /// The processes above one, from its parent on, and their names.
    private static func ancestors(of process: Int) -> [(process: Int, name: String)] {
      var found: [(process: Int, name: String)] = []
      var next = status(process)?.parent
      while let parent = next, parent > 1, found.count < generations, let (name, above) = status(parent) {
        found.append((parent, name))
        next = above
      }
      return found
    }

    /// The name of a process, and its parent.
    private static func status(_ process: Int) -> (name: String, parent: Int)? {
      // PID (NAME) STATE PARENT …, where the name may have anything in it.
      guard let text = contents("/proc/\(process)/stat"), let open = text.firstIndex(of: "("),
        let close = text.lastIndex(of: ")")
      else { return nil }
      let fields = text[text.index(after: close)...].split(separator: " ")
      guard fields.count > 1, let parent = Int(fields[1]) else { return nil }
      return (String(text[text.index(after: open)..<close]), parent)
    }

    /// Whether a process has a pipe open for reading.
    private static func reads(_ process: Int, _ pipe: String) -> Bool { modes(process, pipe).contains(O_RDONLY) }

    /// Whether a process was started with a standard stream closed, as far as can be seen.
    ///
    /// Something of its own has the number then, such as an end of a pipe of which it has the other one, too.
    static func hasClosed(_ process: Int, _ stream: CInt) -> Bool {
      // What can't be looked at is taken as open.
      guard link("/proc/\(process)/exe") != nil else { return false }
      guard let target = link("/proc/\(process)/fd/\(stream)") else { return true }
      if target.hasPrefix("anon_inode:") { return true }
      return target.hasPrefix("pipe:") && modes(process, target).isSuperset(of: [O_RDONLY, O_WRONLY])
    }

    /// For what a process has a pipe open, by any of its descriptors.
    private static func modes(_ process: Int, _ pipe: String) -> Set<CInt> {
      guard let folder = opendir("/proc/\(process)/fd") else { return [] }
      defer { closedir(folder) }
      var found: Set<CInt> = []
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard link("/proc/\(process)/fd/\(name)") == pipe,
          let flags = contents("/proc/\(process)/fdinfo/\(name)")?.split(separator: "\n").first(where: {
            $0.hasPrefix("flags:")
          }),
          let mode = flags.last?.wholeNumberValue
        else { continue }
        found.insert(CInt(mode) & O_ACCMODE)
      }
      return found
    }

    /// Where a symbolic link leads; nil if there is none.
    package static func link(_ path: String) -> String? {
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
        let count = readlink(path, buffer.baseAddress!, 512)
        return count > 0 ? String(decoding: UnsafeRawBufferPointer(buffer)[..<count], as: UTF8.self) : nil
      }
    }

    /// What is in a short file.
    private static func contents(_ path: String) -> String? {
      let file = open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
      defer { close(file) }
      return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
        let count = read(file, buffer.baseAddress!, 4096)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
      }
    }
  }
#endif
