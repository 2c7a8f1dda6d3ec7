// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The right to write a store, which one process has at a time: a file beside it, that names the process.
///
/// On a file system of one host the system's lock on the file counts, which ends with its process. On one that other
/// hosts have, no lock of the system counts: there the file is made by one process, which changes it every second, and
/// is given up for dead by others that have seen it unchanged for some time.
package final class StoreLock: @unchecked Sendable {
  /// Which process writes a store.
  package struct Owner: Sendable, Hashable {
    package var host: String
    package var pid: Int
    package var program: String
    package var since: String
    /// When the process was started, in the system's own unit: a number of a process is used again.
    var start: String
    var beat: Int

    /// The one of this process.
    static func current(beat: Int = 0) -> Owner {
      Owner(
        host: hostName(), pid: Int(getpid()), program: programName, since: timestamp(), start: startOfProcess(getpid()),
        beat: beat)
    }

    var text: String {
      "\(host)\n\(pid)\n\(program.filter { $0 != "\n" })\n\(since)\n\(start)\n\(beat)\n"
    }

    init?(text: String) {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      guard lines.count >= 6, let pid = Int(lines[1]), let beat = Int(lines[5]) else { return nil }
      self.init(
        host: String(lines[0]), pid: pid, program: String(lines[2]), since: String(lines[3]), start: String(lines[4]),
        beat: beat)
    }

    init(host: String, pid: Int, program: String, since: String, start: String, beat: Int) {
      (self.host, self.pid, self.program, self.since) = (host, pid, program, since)
      (self.start, self.beat) = (start, beat)
    }

    /// Whether the process is known to have ended: it was one of this host.
    var hasEnded: Bool {
      guard host == hostName() else { return false }
      if kill(pid_t(pid), 0) != 0, errno == ESRCH { return true }
      let now = startOfProcess(pid_t(pid))
      return !now.isEmpty && !start.isEmpty && now != start
    }
  }

  /// For how many milliseconds the file of a process of another host must stay unchanged; and how often it is changed.
  package static let patience = Mutex(12_000)
  static let interval = 1_000

  private let path: String
  private let file: Int32
  private let isLocal: Bool
  private struct State {
    var owner: Owner
    var isReleased = false
  }

  private let state: Mutex<State>
  /// Whether another process has taken the lock, because this one seemed to be dead.
  package var isLost: Bool { lost.load(ordering: .relaxed) }
  private let lost = Atomic<Bool>(false)

  /// Takes the lock of a store.
  ///
  /// - Parameters:
  ///   - store: the path of the store.
  ///   - isLocal: whether its file system is that of one host.
  ///   - waiting: is called once if this waits to see whether a process of another host still runs.
  /// - Throws: ``StoreFailure``.
  package init(of store: String, isLocal: Bool, waiting: (Owner) -> Void) throws(StoreFailure) {
    path = store + ".lock"
    self.isLocal = isLocal
    let owner = Owner.current()
    state = Mutex(State(owner: owner))
    file = isLocal ? try Self.lock(path, store) : try Self.make(path, store, waiting)
    write(owner)
    if !isLocal { try startBeating() }
  }

  deinit { release() }

  /// Lets another process have it.
  package func release() {
    state.withLock { state in
      guard !state.isReleased else { return }
      state.isReleased = true
      if !isLost { unlink(path) }
      close(file)
    }
  }

  /// Who has the lock of a store; nil if no process that runs has.
  package static func owner(of store: String, isLocal: Bool) -> Owner? {
    guard let owner = read(store + ".lock"), !owner.hasEnded else { return nil }
    guard isLocal else { return owner }
    let file = open(store + ".lock", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard flock(file, LOCK_SH | LOCK_NB) != 0 else { return nil }
    return owner
  }

  /// Shows others that this process lives. A thread calls it every second where that is needed.
  ///
  /// - Returns: whether the lock is still held.
  @discardableResult
  package func beat() -> Bool {
    state.withLock { state in
      guard !isLocal, !isLost, !state.isReleased else { return false }
      state.owner.beat += 1
      let owner = state.owner
      // Another process may have taken the lock while this one was stopped.
      if let found = Self.read(path), found.pid != owner.pid || found.host != owner.host || found.start != owner.start {
        lost.store(true, ordering: .relaxed)
        return false
      }
      write(owner)
      return true
    }
  }

  /// Beats every second, on a thread of its own: what is written may take longer than others wait.
  private func startBeating() throws(StoreFailure) {
    let isStarted = startThread { [weak self] in
      while true {
        sleep(milliseconds: Self.interval)
        guard let self, self.beat() else { return }
      }
    }
    guard isStarted else {
      throw StoreFailure(.other, "no thread could be started for the store's lock \(path): let this process have more")
    }
  }

  private func write(_ owner: Owner) {
    let text = Array(owner.text.utf8)
    _ = text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
    ftruncate(file, off_t(text.count))
    if !isLocal { fsync(file) }
  }

  private static func read(_ path: String) -> Owner? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { memory in
      let count = pread(file, memory.baseAddress, 4096, 0)
      guard count > 0 else { return nil }
      return Owner(text: String(decoding: memory[..<count], as: UTF8.self))
    }
  }

  /// On a file system of one host: the lock of the system.
  private static func lock(_ path: String, _ store: String) throws(StoreFailure) -> Int32 {
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw cannotMake(path, store) }
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        // The owner writes its name right after it has the lock.
        var owner = read(path)
        for _ in 0..<20 where owner == nil {
          sleep(milliseconds: 5)
          owner = read(path)
        }
        close(file)
        throw inUse(store, owner)
      }
      // The owner before may have removed the file that this has opened.
      var (mine, there) = (stat(), stat())
      if fstat(file, &mine) == 0, stat(path, &there) == 0, mine.st_ino == there.st_ino, mine.st_dev == there.st_dev {
        return file
      }
      close(file)
    }
  }

  /// On a file system that other hosts have: a file that one process makes.
  private static func make(
    _ path: String, _ store: String, _ waiting: (Owner) -> Void
  ) throws(StoreFailure) -> Int32 {
    var seen: Owner?
    var since = 0
    var hasSaid = false
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      if file >= 0 { return file }
      guard errno == EEXIST else { throw cannotMake(path, store) }
      let owner = read(path)
      if let owner, owner.hasEnded {
        remove(path, owner)
        continue
      }
      if owner?.host == hostName(), let owner { throw inUse(store, owner) }
      if owner != seen || since == 0 {
        if hasSaid, let owner, seen != nil { throw inUse(store, owner) }
        (seen, since) = (owner, 0)
      }
      if since >= patience.withLock({ $0 }) {
        remove(path, owner)
        (seen, since) = (nil, 0)
        continue
      }
      if !hasSaid, let owner {
        waiting(owner)
        hasSaid = true
      }
      sleep(milliseconds: 100)
      since += 100
    }
  }

  /// Removes the file of a process that has ended, unless another process has done so meanwhile.
  private static func remove(_ path: String, _ owner: Owner?) {
    // Renaming is atomic: one process gets it.
    let grave = "\(path).\(hostName()).\(getpid())"
    guard rename(path, grave) == 0 else { return }
    if read(grave) != owner {
      // It was another one's after all.
      if link(grave, path) != 0 { _ = rename(grave, path) }
    }
    unlink(grave)
  }

  private static func inUse(_ store: String, _ owner: Owner?) -> StoreFailure {
    guard let owner else {
      return StoreFailure(.inUse, "another process writes the store \(store): its file \(store).lock has no name yet")
    }
    return StoreFailure(
      .inUse,
      """
      another job writes the store \(store): \(owner.program), process \(owner.pid) on \(owner.host), since \
      \(owner.since). Wait until it has ended, end it, or use another store
      """)
  }

  private static func cannotMake(_ path: String, _ store: String) -> StoreFailure {
    let (code, reason) = (errno, String(cString: strerror(errno)))
    switch code {
    case ENOENT, ENOTDIR:
      return StoreFailure(.noFolder, "the folder of the store \(store) does not exist: make it first")
    case ENOSPC, EDQUOT:
      return StoreFailure(.full, "there is no room on the file system of the store \(store): make room, or move it")
    default:
      return StoreFailure(
        .notWritable,
        "the store \(store) can't be written: \(path): \(reason). The file and its folder must be writable for this user"
      )
    }
  }
}

/// The time now, as a text of ISO 8601.
package func timestamp() -> String {
  var now = time(nil)
  var parts = tm()
  gmtime_r(&now, &parts)
  return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
    let count = strftime(buffer.baseAddress!, 32, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return count > 0 ? String(cString: buffer.baseAddress!) : ""
  }
}

/// When a process was started, in the system's own unit, with a mark of the system's own start; empty if that is not
/// known.
private func startOfProcess(_ pid: pid_t) -> String {
  #if os(Linux)
    // The 22nd field; the second is a name in parentheses, which may hold anything.
    guard let text = readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return "" }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19 else { return "" }
    // One that has ended, and that its parent has not asked about.
    if fields[0] == "Z" || fields[0] == "X" { return "ended" }
    let boot = readText("/proc/sys/kernel/random/boot_id")?.prefix(8) ?? ""
    return "\(boot)/\(fields[19])"
  #else
    return ""
  #endif
}

/// The first bytes of a small file, as a text.
private func readText(_ path: String) -> String? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { memory in
    let count = read(file, memory.baseAddress, 4096)
    return count > 0 ? String(decoding: memory[..<count], as: UTF8.self) : nil
  }
}

/// Runs a function on a thread of its own.
///
/// - Returns: whether there was one to have.
private func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  #if canImport(Darwin)
    var thread: pthread_t? = nil
  #else
    var thread = pthread_t()
  #endif
  let argument = Unmanaged.passRetained(Box(body))
  let code = pthread_create(
    &thread, nil,
    { argument in
      // A pointer that may be null in one C library, and not in another.
      let argument: UnsafeMutableRawPointer? = argument
      Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
      return nil
    }, argument.toOpaque())
  guard code == 0 else {
    argument.release()
    return false
  }
  #if canImport(Darwin)
    if let thread { pthread_detach(thread) }
  #else
    pthread_detach(thread)
  #endif
  return true
}
