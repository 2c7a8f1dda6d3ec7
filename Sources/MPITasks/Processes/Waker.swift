// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CTaskProcess
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What wakes a thread that waits for descriptors.
final class Waker: Sendable {
  private let ends: (read: Int32, write: Int32)
  private let isWoken = Atomic<Bool>(false)

  init() {
    var pair: [Int32] = [-1, -1]
    // Without it the thread wakes less often.
    if task_process_pipe(&pair) == 0 { for descriptor in pair { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) } }
    ends = (pair[0], pair[1])
  }

  deinit { for descriptor in [ends.read, ends.write] where descriptor >= 0 { close(descriptor) } }

  /// What the thread waits for.
  var descriptor: pollfd { pollfd(fd: ends.read, events: Int16(POLLIN), revents: 0) }

  /// Wakes it, or lets it not fall asleep.
  func wake() {
    guard !isWoken.exchange(true, ordering: .sequentiallyConsistent) else { return }
    var byte: UInt8 = 1
    _ = write(ends.write, &byte, 1)
  }

  /// Notes that the thread looks for what there is.
  func clear() {
    // First: a wake-up that comes in between is of something that the thread is about to see.
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { _ = read(ends.read, $0.baseAddress, $0.count) }
    isWoken.store(false, ordering: .sequentiallyConsistent)
  }
}
