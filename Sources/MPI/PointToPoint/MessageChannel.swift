// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A ``Communicator`` or an ``InterCommunicator``, over which messages are sent and received.
///
/// The ranks that an operation names are the peers: the ranks of the communicator, or those of the remote group of the
/// intercommunicator. Every operation has up to three modes: it blocks (`world.send`), it begins and returns at once
/// (`world.nonblocking.send`), or it is made ready to be started many times (`world.persistent.send`).
///
/// The requirement is for this package: a type of a program's own can't conform.
///
/// C: `MPI_Comm`. MPI-3.1, sections 3.2.3 and 6.6.
public protocol MessageChannel: AnyObject, Sendable {
  /// The communicator whose peers are meant.
  ///
  /// - Throws: ``ErrorClass/communicator`` after an intercommunicator was disconnected.
  func _communicator(_ operation: StaticString) throws(MPIError) -> Communicator
}

extension Communicator: MessageChannel {
  @inlinable @inline(__always)
  public final func _communicator(_ operation: StaticString) -> Communicator { self }
}

extension InterCommunicator: MessageChannel {
  @inlinable @inline(__always)
  public func _communicator(_ operation: StaticString) throws(MPIError) -> Communicator { try connected(operation) }
}

extension MessageChannel {
  /// The same operations, begun and not waited for.
  @inlinable
  public var nonblocking: Nonblocking<Self> { Nonblocking(self) }

  /// The same operations, made ready to be started many times.
  public var persistent: Persistent<Self> { Persistent(base: self) }
}
