// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// One side of the link between rank 0 and a worker: what it may send, and when it is through.
///
/// A link begins with the worker's hello and ends with a last message each way: first rank 0's, then the worker's
/// answer. A side sends nothing after its last message, and is through once the other side's has come as well. Messages
/// of one direction keep their order, so nothing is on its way then.
///
/// It knows neither messages nor clocks. A test tries every order of messages between two of these.
struct LinkSide: Sendable, Hashable {
  /// Which side it is.
  enum Role: Sendable, Hashable {
    case rank0
    case worker
  }

  let role: Role
  /// Whether the worker's hello was sent, or has come.
  private(set) var hasBegun = false
  /// Whether this side has sent its last message.
  private(set) var hasClosed = false
  /// Whether the other side's last message has come.
  private(set) var otherHasClosed = false

  init(_ role: Role) { self.role = role }

  /// Whether a message may be sent that is not the last one.
  var isOpen: Bool { hasBegun && !hasClosed }

  /// Whether nothing more comes and nothing more is to be sent.
  var isOver: Bool { hasClosed && otherHasClosed }

  /// Notes the worker's hello.
  ///
  /// - Returns: whether it counts: on the worker's side, whether it may be sent; on rank 0's, whether it may be
  ///   answered.
  mutating func begin() -> Bool {
    hasBegun = true
    return !hasClosed
  }

  /// Ends the link from rank 0's side.
  ///
  /// - Returns: whether the last message is to be sent now.
  mutating func close() -> Bool {
    defer { hasClosed = true }
    return !hasClosed
  }

  /// Notes the other side's last message.
  ///
  /// - Returns: whether this side's own is to be sent now, in answer.
  mutating func otherCloses() -> Bool {
    otherHasClosed = true
    return role == .worker && close()
  }
}
