// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

/// The memory in bytes that a buffered message needs beyond its own length.
///
/// C: `MPI_BSEND_OVERHEAD`. MPI-3.1, section 3.6.
public var sendBufferOverhead: Int { Int(CMPI_BSEND_OVERHEAD) }

/// Gives MPI memory for buffered sends while `body` runs, then waits until all of them are delivered.
///
/// ```swift
/// try withSendBuffer(byteCount: 4 * (800 + sendBufferOverhead)) {
///   for neighbor in neighbors { try world.send(edge, to: neighbor, mode: .buffered) }
/// }
/// ```
///
/// A process has one such buffer at a time.
///
/// C: `MPI_Buffer_attach`, `MPI_Buffer_detach`. MPI-3.1, section 3.6.
///
/// - Parameters:
///   - byteCount: for each message that may be in flight at once, its bytes and ``sendBufferOverhead``; below 2³¹.
///   - body: what sends.
/// - Throws: ``ErrorClass/argument`` for a length that MPI can't take, ``ErrorClass/buffer`` if one is in use, and what
///   `body` throws.
public func withSendBuffer<Result>(byteCount: Int, _ body: () throws -> Result) throws -> Result {
  guard let length = CInt(exactly: byteCount), length >= 0 else {
    throw MPIError(
      .argument, "byteCount \(byteCount) is out of range: MPI takes 0 to \(CInt.max)", operation: "withSendBuffer")
  }
  // MPIs refuse a buffer in which not even an empty message has room.
  let attached = max(length, CMPI_BSEND_OVERHEAD)
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(attached), alignment: 16)
  defer { memory.deallocate() }
  let code = MPI_Buffer_attach(memory.baseAddress, attached)
  guard code == 0 else {
    // Open MPI's code for it belongs to no class.
    throw MPIError(
      .buffer, "MPI does not take the buffer: the process has one already, or \(MPIError.words(for: code))",
      operation: "withSendBuffer", code: code)
  }
  attachedByteCount.store(byteCount, ordering: .relaxed)
  defer {
    attachedByteCount.store(notAttached, ordering: .relaxed)
    // Waits until the messages are out of the memory.
    var start: UnsafeMutableRawPointer? = nil
    var count: CInt = 0
    MPI_Buffer_detach(&start, &count)
  }
  return try body()
}

/// The length of the memory that was attached here; ``notAttached`` if none was, though a C library may have.
private let attachedByteCount = Atomic<Int>(notAttached)
private let notAttached = -1

extension Communicator {
  /// Throws for a message that the memory for buffered sends can't hold even when it is empty.
  ///
  /// MPI would find that too: see `Fault.fullSendBufferStopsDelivery`.
  @usableFromInline
  func checkSendBuffer(_ byteCount: Int, _ operation: StaticString) throws(MPIError) {
    let attached = attachedByteCount.load(ordering: .relaxed)
    guard attached == notAttached || byteCount + sendBufferOverhead <= attached else {
      throw failure(
        .buffer, operation,
        """
        a message of \(byteCount) bytes needs \(byteCount + sendBufferOverhead) in the buffer, which has \(attached): \
        give withSendBuffer(byteCount:) more
        """)
    }
  }
}
