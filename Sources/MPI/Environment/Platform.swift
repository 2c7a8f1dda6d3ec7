// The few calls of the C library that the core needs, in one place.
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The host's name, of the operating system.
package func hostName() -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 257) { buffer in
    buffer.initialize(repeating: 0)
    guard gethostname(buffer.baseAddress!, 256) == 0 else { return "unknown host" }
    return String(cString: buffer.baseAddress!)
  }
}

/// The value of an environment variable, or nil.
package func environmentVariable(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}

/// Sets an environment variable of this process.
func setEnvironmentVariable(_ name: String, to value: String) {
  setenv(name, value, 1)
}

/// Writes a line to standard error in one piece, so that lines of several processes do not run into each other.
package func writeToStandardError(_ line: String) {
  var bytes = Array((line + "\n").utf8)[...]
  while !bytes.isEmpty {
    let written = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    guard written > 0 else { return }
    bytes = bytes.dropFirst(written)
  }
}

/// Hands what was printed so far to the operating system.
package func flushStandardStreams() { StandardStreams.flush() }

/// Waits until what was printed so far has been read at the other end of the pipe, for a second at most.
///
/// What a launcher hasn't read when it is told to end the job may be lost (with MPICH's, it is).
func waitUntilOutputIsRead() {
  #if canImport(Darwin)
    let unreadCount: UInt = 0x4004_667F  // FIONREAD, a macro there that Swift can't import
  #else
    let unreadCount = UInt(FIONREAD)
  #endif
  flushStandardStreams()
  for stream: CInt in [1, 2] {
    var kind = stat()
    var unread: CInt = 0
    guard fstat(stream, &kind) == 0, kind.st_mode & S_IFMT == S_IFIFO else { continue }
    var patience = 1000
    while patience > 0, ioctl(stream, unreadCount, &unread) == 0, unread > 0 {
      sleep(milliseconds: 1)
      patience -= 1
    }
  }
}

/// Ends the process at once with a status, after what was printed is out.
package func endProcess(status: Int32) -> Never {
  flushStandardStreams()
  exit(status)
}

/// Waits without using the processor.
package func sleep(milliseconds: Int) {
  var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
  nanosleep(&time, nil)
}

/// Whether there is a file at a path that may be run as a program.
func isProgram(_ path: String) -> Bool {
  var information = stat()
  return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
}

/// The folder that relative paths begin at; nil where it is gone.
func currentFolder() -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4097) { buffer in
    getcwd(buffer.baseAddress!, 4096).map { String(cString: $0) }
  }
}

/// The name of the program that this process runs.
var programName: String {
  CommandLine.arguments.first?.split(separator: "/").last.map { String($0) } ?? "the program"
}

/// The folder of the program that this process runs; nil where the system does not say.
func programFolder() -> String? {
  #if os(Linux)
    let path: String? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4097) { buffer in
      let length = readlink("/proc/self/exe", buffer.baseAddress!, 4096)
      guard length > 0 else { return nil }
      buffer[length] = 0
      return String(cString: buffer.baseAddress!)
    }
  #else
    let path = CommandLine.arguments.first
  #endif
  guard let path, let slash = path.lastIndex(of: "/") else { return nil }
  return String(path[..<slash])
}

/// A number that tells this thread from others.
package func threadIdentifier() -> UInt {
  #if canImport(Darwin)
    UInt(bitPattern: pthread_self())
  #else
    UInt(pthread_self())
  #endif
}

/// A thread that runs a function once.
package final class Thread: @unchecked Sendable {
  private let body: @Sendable () -> Void
  #if canImport(Darwin)
    private var handle: pthread_t? = nil
  #else
    private var handle = pthread_t()
  #endif

  /// Starts one.
  ///
  /// - Throws: where the system has none to give.
  package init(_ body: @escaping @Sendable () -> Void) throws(MPIError) {
    self.body = body
    let argument = Unmanaged.passRetained(self)
    let code = pthread_create(
      &handle, nil,
      { argument in
        // A pointer that may be null in one C library, and not in another.
        let argument: UnsafeMutableRawPointer? = argument
        let thread = Unmanaged<Thread>.fromOpaque(argument!).takeRetainedValue()
        RankSignals.withSignalStack(thread.body)
        return nil
      }, argument.toOpaque())
    guard code == 0 else {
      argument.release()
      throw MPIError(
        .other,
        "no thread could be started (\(String(cString: strerror(code)))): let this process have more threads or memory (ulimit -u, ulimit -v), or use fewer",
        operation: "threads")
    }
  }

  /// Throws if the system has not so many threads to give to this process.
  ///
  /// What runs Swift's tasks on Linux, libdispatch, tries again without end if it gets no thread: a program would hang without
  /// a word. So some are started, all at the same time, and ended.
  package static func require(_ count: Int) throws(MPIError) {
    let gate = Mutex(())
    var started: [Thread] = []
    let failure = gate.withLock { _ in
      for _ in 0..<count {
        do throws(MPIError) {
          started.append(try Thread { gate.withLock { _ in } })
        } catch {
          return MPIError?.some(error)
        }
      }
      return nil
    }
    for thread in started { thread.join() }
    if let failure { throw failure }
  }

  /// Lets it end by itself: nobody waits for it.
  package func detach() {
    #if canImport(Darwin)
      if let handle { pthread_detach(handle) }
    #else
      pthread_detach(handle)
    #endif
  }

  /// Waits until the function has returned.
  package func join() {
    #if canImport(Darwin)
      if let handle { pthread_join(handle, nil) }
    #else
      pthread_join(handle, nil)
    #endif
  }
}
