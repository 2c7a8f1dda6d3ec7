// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// What uses an exchange: this rank's end of a service that the other ranks have as well.
///
/// The exchange's thread makes all these calls, and the service never waits in one.
protocol ExchangeService: AnyObject, Sendable {
  associatedtype Message: ExchangeMessage

  /// Notes that all ranks have come: messages can be sent now. Collective.
  ///
  /// - Parameters:
  ///   - communicator: one of the exchange's own.
  ///   - node: its ranks on this node.
  func meet(on communicator: Communicator, node: Communicator) throws

  /// Handles a message.
  ///
  /// - Parameter byteCount: how many bytes traveled.
  func receive(_ frame: consuming Frame<Message>, byteCount: Int, from rank: Int) throws

  /// Does what is due, whether all ranks have come or not.
  ///
  /// - Returns: whether there was anything.
  func advance() throws -> Bool

  /// What is known after a look that found nothing.
  func outlook(at now: Int) -> Pace.Outlook

  /// Whether it sends nothing more, and nothing more is sent to it.
  var isOver: Bool { get }
}
