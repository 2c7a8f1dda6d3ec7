// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase

// Requests of files in flight: what they hold, and how they are waited for.

extension MPIFile {
  /// The same operations, begun and not waited for: `file.nonblocking.write(…)`.
  ///
  /// Some return a ``Request``, which owns the memory; the others take a closure, which runs while the operation is in
  /// flight, and memory of any kind. The file is open until all have completed.
  public struct Nonblocking {
    let file: MPIFile
  }

  /// The same operations, begun and not waited for.
  public var nonblocking: Nonblocking { Nonblocking(file: self) }

  /// What a request holds as long as it lives, so that the file is not closed before.
  final class Ticket {
    let underWay: UnderWay

    init(_ file: MPIFile) {
      underWay = file.underWay
      underWay.count.add(1, ordering: .relaxed)
    }

    deinit { underWay.count.subtract(1, ordering: .relaxed) }
  }

  /// Whether no request is in flight. Those that were dropped are waited for, for a while.
  func requestsAreOver() -> Bool {
    let begin = MPI_Wtime()
    while underWay.count.load(ordering: .relaxed) > 0 {
      Runtime.releaseWaiting()
      if underWay.count.load(ordering: .relaxed) == 0 { break }
      if MPI_Wtime() - begin > 2 { return false }
      sleep(milliseconds: 1)
    }
    return true
  }

  /// Begins a read or write of this rank alone, up to the call of MPI itself.
  func begin(_ operation: StaticString, _ file: StaticString, _ line: Int) -> Begun {
    var begun = communicator.begin(operation, .send, file, line)
    begun.isFile = true
    return begun
  }

  /// Begins a read or write of all ranks, up to the call of MPI itself.
  func beginCollective<Element>(
    _ operation: StaticString, _: Element.Type, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Begun {
    var begun = try communicator.beginCollective(operation, Element.self, file, line)
    begun.isFile = true
    return begun
  }
}

extension Begun {
  /// Notes that there is nothing to wait for, so that checked mode does not look for a wait.
  func needsNoWait() { checks?.leak = -1 }
}

extension Handles {
  /// Waits until all have completed.
  ///
  /// `Fault.failedFileRequestsCrash`: such an MPI is asked for the status, and the request is given back without a
  /// wait. The length in the status shows whether it failed.
  ///
  /// - Returns: the first error.
  @usableFromInline
  mutating func waitForFile(_ status: inout Status) -> CInt {
    if !Fault.failedFileRequestsCrash.isHere { return wait(&status) }
    var failed: CInt = 0
    while over < count {
      let code = testFile(&status)
      if failed == 0 { failed = code }
    }
    return failed
  }

  /// Looks whether all have completed, without waiting.
  ///
  /// - Returns: the first error; one that failed has completed.
  mutating func testFile(_ status: inout Status) -> CInt {
    if !Fault.failedFileRequestsCrash.isHere { return test(&status) }
    ownOthers()
    var failed: CInt = 0
    while over < count {
      next = over == 0 ? first : others!.list[over - 1]
      var flag: CInt = 0
      let code = MPI_Request_get_status(next, &flag, &status.value)
      if code == 0 && flag == 0 { return failed }
      MPI_Request_free(&next)
      if over == 0 { first = next } else { others!.list[over - 1] = next }
      over += 1
      if failed == 0 { failed = code }
    }
    return failed
  }
}

/// What programs that hold requests of files have to know.
@usableFromInline
enum FileFaults {
  /// Whether requests are asked for their status instead of being waited for.
  @usableFromInline static var mustBeAsked: Bool { Fault.failedFileRequestsCrash.isHere }
}
