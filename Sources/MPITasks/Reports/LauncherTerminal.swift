#if os(Linux)
  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #endif

  /// The terminal at which a person reads what a rank writes to standard error, by way of the launcher.
  ///
  /// A launcher gives each rank a pipe, reads it, and writes what comes to its own standard error, or to another process of
  /// the launcher that does so. That chain is followed: from the pipe to the ancestor that reads it, as long as that is a
  /// launcher, and on from its standard error. If the user sent the rank's or the launcher's standard error elsewhere (to a
  /// file, or by a pipe to another program), the chain ends there, and there is no terminal.
  enum LauncherTerminal {
    /// The programs that pass on what ranks write, by the first 15 characters of their names, as the kernel keeps them.
    private static let launchers: Set<String> = [
      "mpiexec", "mpirun", "orterun", "orted", "prterun", "prun", "prte", "prted", "mpiexec.hydra", "mpiexec.openmpi",
      "mpirun.openmpi", "mpiexec.mpich", "mpirun.mpich", "hydra_pmi_proxy", "hydra_bstrap_pr", "srun", "slurmstepd",
    ]

    /// How far up ancestors are looked at.
    private static let generations = 16

    /// The number of columns of the terminal; nil if there is none.
    static func columns() -> Int? {
      var process = Int(getpid())
      for _ in 0..<4 {
        guard let target = link("/proc/\(process)/fd/2") else { return nil }
        guard target.hasPrefix("pipe:") else {
          return target.hasPrefix("/dev/") ? columns(of: "/proc/\(process)/fd/2") : nil
        }
        guard let reader = launcher(above: process, reading: target) else { return nil }
        process = reader
      }
      return nil
    }

    /// The nearest ancestor that is a launcher, if it reads a pipe.
    private static func launcher(above process: Int, reading pipe: String) -> Int? {
      var ancestor = process
      for _ in 0..<generations {
        guard let (_, parent) = status(ancestor), parent > 1, let (name, _) = status(parent) else { return nil }
        ancestor = parent
        if reads(ancestor, pipe) { return launchers.contains(name) ? ancestor : nil }
      }
      return nil
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
    private static func reads(_ process: Int, _ pipe: String) -> Bool {
      guard let folder = opendir("/proc/\(process)/fd") else { return false }
      defer { closedir(folder) }
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard link("/proc/\(process)/fd/\(name)") == pipe,
          let flags = contents("/proc/\(process)/fdinfo/\(name)")?.split(separator: "\n").first(where: {
            $0.hasPrefix("flags:")
          }),
          let mode = flags.last?.wholeNumberValue
        else { continue }
        if CInt(mode) & O_ACCMODE == O_RDONLY { return true }
      }
      return false
    }

    /// The width of a terminal; nil if this is none.
    private static func columns(of path: String) -> Int? {
      let terminal = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
      guard terminal >= 0 else { return nil }
      defer { close(terminal) }
      return Terminal.columns(of: terminal)
    }

    private static func link(_ path: String) -> String? {
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
