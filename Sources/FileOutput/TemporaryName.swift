// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A name for a file that is not whole yet. It is removed when the process ends before the file has another one.
struct TemporaryName {
  private let folder: CInt
  let text: String
  private let slot: Int?

  /// Makes a name that no file has, and notes it for the case that the process ends.
  ///
  /// - Parameters:
  ///   - folder: the folder's descriptor, which stays open as long as the name is in use.
  ///   - name: the name that the file will have.
  init(in folder: CInt, of name: String) {
    self.folder = folder
    // A name may have 255 bytes.
    let beginning = String(decoding: name.utf8.prefix(200), as: UTF8.self)
    text = ".\(beginning).\(String(UInt64.random(in: .min ... .max), radix: 36)).part"
    slot = UnfinishedFiles.add(folder, text)
  }

  /// Makes the file.
  ///
  /// - Returns: its descriptor; -1 with `errno` if it can't be made.
  func open(_ mode: mode_t) -> CInt {
    let descriptor = openat(folder, text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    if descriptor < 0 { forget() }
    return descriptor
  }

  /// Removes the file.
  func remove() {
    unlinkat(folder, text, 0)
    forget()
  }

  /// The file has its final name, or was never made.
  func forget() {
    let code = errno
    if let slot { UnfinishedFiles.remove(slot) }
    errno = code
  }
}

/// The files that are to be removed if the process ends.
///
/// A signal handler may do almost nothing, so what it needs lies in memory that is never freed.
private enum UnfinishedFiles {
  private struct Entry {
    var folder: CInt = -1
    var name: UnsafeMutablePointer<CChar>
  }

  private static let capacity = 64
  private static let length = 256
  /// An entry whose folder is -1 is free. The handler reads it, and a folder is written after the name.
  nonisolated(unsafe) private static let entries: UnsafeMutablePointer<Entry> = {
    let entries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
    for index in 0..<capacity {
      (entries + index).initialize(to: Entry(name: .allocate(capacity: length)))
    }
    return entries
  }()
  private static let lock = Mutex(false)

  /// The signals that end a process unless it handles them; and those of a trap, which it can't survive.
  private static let requests = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGXCPU, SIGXFSZ, SIGUSR1, SIGUSR2,
  ]
  private static let traps = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]
  /// What happened to a signal before.
  nonisolated(unsafe) fileprivate static let before = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)

  /// Adds a file; nil if there are too many, and this one will not be removed.
  static func add(_ folder: CInt, _ name: String) -> Int? {
    lock.withLock { isPrepared in
      if !isPrepared { prepare() }
      isPrepared = true
      guard let slot = (0..<capacity).first(where: { entries[$0].folder < 0 }) else { return nil }
      let bytes = Array(name.utf8CString.prefix(length - 1)) + [0]
      for (index, byte) in bytes.enumerated() { entries[slot].name[index] = byte }
      entries[slot].folder = folder
      return slot
    }
  }

  static func remove(_ slot: Int) {
    lock.withLock { _ in entries[slot].folder = -1 }
  }

  /// Removes all of them. Called by signal handlers too.
  static func removeAll() {
    for index in 0..<capacity where entries[index].folder >= 0 {
      unlinkat(entries[index].folder, entries[index].name, 0)
    }
  }

  private static func prepare() {
    _ = entries
    atexit { UnfinishedFiles.removeAll() }
    var action = sigaction()
    handle(&action) { number in
      UnfinishedFiles.removeAll()
      // The signal does what it would have done.
      sigaction(number, UnfinishedFiles.before + Int(number), nil)
      raise(number)
    }
    for number in requests + traps {
      sigaction(number, nil, before + Int(number))
      // A program that handles a request to end goes on to decide for itself. No handler survives a trap.
      if traps.contains(number) ? !isIgnored(before[Int(number)]) : isDefault(before[Int(number)]) {
        sigaction(number, &action, nil)
      }
    }
  }

  #if canImport(Darwin)
    private static func handle(_ action: inout sigaction, _ handler: @escaping @convention(c) (CInt) -> Void) {
      action.__sigaction_u.__sa_handler = handler
    }
    private static func handler(_ action: sigaction) -> Int {
      unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self)
    }
  #else
    private static func handle(_ action: inout sigaction, _ handler: @escaping @convention(c) (CInt) -> Void) {
      action.__sigaction_handler.sa_handler = handler
    }
    private static func handler(_ action: sigaction) -> Int {
      unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    }
  #endif

  private static func isDefault(_ action: sigaction) -> Bool { handler(action) == 0 }
  private static func isIgnored(_ action: sigaction) -> Bool { handler(action) == 1 }
}
