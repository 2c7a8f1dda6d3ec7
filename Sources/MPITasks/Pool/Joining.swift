// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// How the ranks of a pool come together: without a rank that waits keeping a core, however late the last one is.
///
/// It begins on the thread that calls withTaskPool, and goes on, from then on, on the one that talks.
struct Joining: @unchecked Sendable {
  /// What a rank knows when all are there.
  struct Joined {
    var mailbox: Mailbox
    var threads: Int
    /// What is odd about the threads.
    var warning: String?
  }

  private let communicator: Communicator
  private let asked: Int?
  private let meeting: Meeting?
  private(set) var isOver = false

  private final class Meeting {
    var request: Request<Void>?

    init(_ request: consuming Request<Void>) { self.request = consume request }
  }

  /// Begins.
  ///
  /// - Parameters:
  ///   - threads: how many compute threads this rank is to have; nil for its share of the cores.
  ///   - file: with `line`, where the program calls withTaskPool, for checked mode.
  init(_ communicator: Communicator, threads: Int?, file: StaticString, line: Int) throws {
    self.communicator = communicator
    asked = threads
    meeting =
      communicator.size == 1
      ? nil
      : try communicator.partOfCall("withTaskPool", file, line) {
        Meeting(try communicator.nonblocking.barrier(file: file, line: line))
      }
  }

  /// Goes on as far as that is possible without waiting for a rank that is not there yet.
  ///
  /// - Returns: the outcome, once.
  mutating func advance() throws -> Joined? {
    if isOver { return nil }
    if let meeting {
      guard try meeting.request?.test() ?? true else { return nil }
      try meeting.request.take()?.wait()
    }
    isOver = true
    // All are here, so none waits long in these. On the program's own object, collective calls are refused by now.
    let own = try Communicator(borrowing: communicator.rawValue).channel("withTaskPool")
    let count = try ThreadCount.measured(own, asked: asked)
    return Joined(mailbox: Mailbox(own), threads: count.count, warning: count.warning)
  }
}
