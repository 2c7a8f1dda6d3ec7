// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension PackedMessage: OutgoingBuffer {
  /// Its bytes.
  public typealias Element = UInt8

  @inlinable
  public func _withMemory<Result, Failure: Error>(
    _ body: (BufferMemory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let form = PackedForm(communicator)
    return try bytes.withUnsafeBufferPointer { (memory) throws(Failure) in
      try body(BufferMemory(memory.baseAddress, memory.count, form: form))
    }
  }
}

/// Bytes that were packed for the ranks of a communicator, and go there alone.
@usableFromInline
final class PackedForm: BufferForm {
  private let owner: Communicator

  @usableFromInline
  init(_ owner: Communicator) { self.owner = owner }

  @usableFromInline
  func piece(
    _ memory: BufferMemory, of element: Any.Type, stride: Int, travels: Int, copies: Int, isReceived: Bool,
    _ communicator: Communicator, _ operation: StaticString
  ) throws(MPIError) -> Piece {
    try communicator.require(
      owner === communicator, .communicator, operation,
      "the message was packed for \(owner.name): pack it for the communicator that it goes over")
    return Piece(memory.start, count: memory.count, type: CMPI_PACKED, byteCount: memory.count)
  }
}

extension Communicator {
  /// Receives a packed message, of whatever length it has.
  ///
  /// From ``MessageSource/null`` it is empty.
  ///
  /// C: `MPI_Mprobe`, `MPI_Mrecv` of `MPI_PACKED`. MPI-3.1, sections 3.8.2 and 4.2.
  ///
  /// - Parameters:
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: the tag to receive; any unless given.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range; ``ErrorClass/count`` if the message has
  ///   more than 2³¹−1 bytes, and it is dropped then.
  public func receive(
    _: PackedMessage.Type, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PackedMessage {
    let rank = try self.rank(of: source, "receive")
    let tag = try number(of: tag, "receive")
    enter("receive", file, line)
    var handle = CMPI_MESSAGE_NULL
    var status = Status()
    try check(MPI_Mprobe(rank, tag, rawValue, &handle, &status.value), "receive")
    let length = status.byteCount
    guard let count = CInt(exactly: length) else {
      // Dropped, it is received as bytes and forgotten.
      _ = Message(unwrapped(handle), status: status, communicator: self)
      throw failure(.count, "receive", "a message of \(length) bytes is no packed one: those have at most \(CInt.max)")
    }
    let (bytes, code) = makeArray(length) { (start: UnsafeMutablePointer<UInt8>?) in
      MPI_Mrecv(start, count, CMPI_PACKED, &handle, CMPI_STATUS_IGNORE)
    }
    try check(code, "receive")
    return PackedMessage(bytes, of: self)
  }

  /// Gives the root's packed message to every rank.
  ///
  /// The length goes first, in a broadcast of its own.
  ///
  /// C: `MPI_Bcast` of `MPI_PACKED`. MPI-3.1, sections 4.2 and 5.4.
  ///
  /// - Parameters:
  ///   - message: at the root the message; elsewhere it is not used, and may be nil.
  ///   - root: the rank whose message it is.
  /// - Returns: the message, from its beginning.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil; ``ErrorClass/communicator`` for a message that was
  ///   packed for other ranks; ``ErrorClass/root`` for a root out of range.
  public func broadcast(
    _ message: PackedMessage?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PackedMessage {
    try checkRoot(root, "broadcast")
    if rank == root {
      guard let message else { throw missingAtRoot("broadcast") }
      try checkPacked(message, "broadcast")
    }
    try enterCollective("broadcast", Never.self, root: root, file, line)
    var length = Int64(rank == root ? message?.bytes.count ?? 0 : 0)
    try check(MPI_Bcast(&length, 1, CMPI_INT64_T, CInt(root), rawValue), "broadcast")
    var bytes = rank == root ? message?.bytes ?? [] : [UInt8](repeating: 0, count: Int(length))
    let code = bytes.withUnsafeMutableBytes { memory in
      MPI_Bcast(memory.baseAddress, CInt(memory.count), CMPI_PACKED, CInt(root), rawValue)
    }
    if code != 0 { throw failure(code: code, "broadcast") }
    return PackedMessage(bytes, of: self)
  }

  private func checkPacked(_ message: PackedMessage, _ operation: StaticString) throws(MPIError) {
    try require(
      message.communicator === self, .communicator, operation,
      "the message was packed for \(message.communicator.name): pack it for the communicator that it goes over")
  }
}
