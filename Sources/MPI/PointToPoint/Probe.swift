// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MessageChannel {
  /// Waits until a message can be received, and returns its source, tag and length.
  ///
  /// If several threads receive, another may take the message in between: use ``matchedProbe(from:tag:file:line:)``.
  ///
  /// C: `MPI_Probe`. MPI-3.1, section 3.8.1. At once: ``Nonblocking/probe(from:tag:)``.
  ///
  /// - Parameters:
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: the tag to look for; any unless given.
  /// - Returns: source, tag and length of the message.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range; ``ErrorClass/communicator`` after an
  ///   intercommunicator was disconnected.
  @inlinable
  public func probe(
    from source: some MessageSource, tag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    let communicator = try _communicator("probe")
    let rank = try communicator.rank(of: source, "probe")
    let tag = try communicator.number(of: tag, "probe")
    var status = Status()
    communicator.enter("probe", file, line)
    try communicator.check(MPI_Probe(rank, tag, communicator.rawValue, &status.value), "probe")
    return status
  }

  /// Waits until a message is there, and takes it out of line: only the ``Message`` returned can receive it.
  ///
  /// C: `MPI_Mprobe`. MPI-3.1, section 3.8.2. At once: ``Nonblocking/matchedProbe(from:tag:)``.
  ///
  /// - Parameters:
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: the tag to look for; any unless given.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range; ``ErrorClass/communicator`` after an
  ///   intercommunicator was disconnected.
  @inlinable
  public func matchedProbe(
    from source: some MessageSource, tag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Message {
    try _communicator("matchedProbe").takeMessage(source, tag, "matchedProbe", file, line)
  }
}

extension Communicator {
  /// A matched probe, for whichever operation.
  @inlinable
  func takeMessage(
    _ source: some MessageSource, _ tag: some MessageTag, _ operation: StaticString, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Message {
    let rank = try self.rank(of: source, operation)
    let tag = try number(of: tag, operation)
    var handle = CMPI_MESSAGE_NULL
    var status = Status()
    enter(operation, file, line)
    try check(MPI_Mprobe(rank, tag, rawValue, &handle, &status.value), operation)
    return Message(unwrapped(handle), status: status, communicator: self)
  }
}

extension Nonblocking {
  /// Returns the status of a message that has arrived, or nil if none has.
  ///
  /// C: `MPI_Iprobe`. MPI-3.1, section 3.8.1.
  ///
  /// - Parameters:
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: the tag to look for; any unless given.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range; ``ErrorClass/communicator`` after an
  ///   intercommunicator was disconnected.
  @inlinable
  public func probe(
    from source: some MessageSource, tag: some MessageTag = AnyTag()
  ) throws(MPIError) -> Status? {
    let communicator = try base._communicator("probe")
    let rank = try communicator.rank(of: source, "probe")
    let tag = try communicator.number(of: tag, "probe")
    var flag: CInt = 0
    var status = Status()
    try communicator.check(MPI_Iprobe(rank, tag, communicator.rawValue, &flag, &status.value), "probe")
    return flag == 0 ? nil : status
  }

  /// Takes a message that is there out of line, for the ``Message`` returned to receive; nil if there is none.
  ///
  /// C: `MPI_Improbe`. MPI-3.1, section 3.8.2.
  ///
  /// - Parameters:
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: the tag to look for; any unless given.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range; ``ErrorClass/communicator`` after an
  ///   intercommunicator was disconnected.
  @inlinable
  public func matchedProbe(
    from source: some MessageSource, tag: some MessageTag = AnyTag()
  ) throws(MPIError) -> Message? {
    let communicator = try base._communicator("matchedProbe")
    let rank = try communicator.rank(of: source, "matchedProbe")
    let tag = try communicator.number(of: tag, "matchedProbe")
    var flag: CInt = 0
    var handle = CMPI_MESSAGE_NULL
    var status = Status()
    try communicator.check(
      MPI_Improbe(rank, tag, communicator.rawValue, &flag, &handle, &status.value), "matchedProbe")
    return flag == 0 ? nil : Message(unwrapped(handle), status: status, communicator: communicator)
  }
}
