// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// Values in a message of a service: encoded, the long arrays among them apart.
struct Payload: Sendable {
  var bytes: [UInt8] = []
  /// The long arrays. They go as messages of their own, from where they lie, and come to where they stay.
  var attachments: [ObjectAttachment] = []

  /// From how many bytes on an array is long. Below, a message more costs as much as two copies.
  static let longArray = 128 << 10

  /// How many bytes it has in all.
  var byteCount: Int { attachments.reduce(bytes.count) { $0 + $1.byteCount } }

  /// Takes it out of where it is.
  ///
  /// The reader takes over the arrays; any remaining reference would force a copy on mutation.
  mutating func take() -> Payload {
    defer { self = Payload() }
    return self
  }
}

/// A payload that waits for its reader.
final class PayloadBox: @unchecked Sendable {
  // One thread has it at a time.
  private var payload: Payload

  init(_ payload: Payload) { self.payload = payload }

  /// Takes it out, once.
  func take() -> Payload { payload.take() }
}
