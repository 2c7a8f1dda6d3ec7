// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A message of a service, and values that may be long.
struct Frame<Message: ExchangeMessage>: Sendable {
  var message: Message
  var payload: Payload
  /// Whether the sender keeps the payload's bytes, so that their memory can't be used for other messages.
  var isKept: Bool

  init(_ message: Message, payload: Payload = Payload(), isKept: Bool = false) {
    self.message = message
    self.payload = payload
    self.isKept = isKept
  }
}

/// The messages of one service: a type whose fields are written and read side by side.
protocol ExchangeMessage: Sendable {
  /// The service's number, which each message has.
  static var service: UInt8 { get }
  /// Writes its fields.
  func write(to writer: inout FieldWriter)
  /// Reads the fields of a message.
  init(from reader: inout FieldReader)
}
