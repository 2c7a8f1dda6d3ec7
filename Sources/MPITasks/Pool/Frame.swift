// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A message of the pool, and values that may be long.
struct Frame: Sendable {
  var message: PoolMessage
  var payload = Payload()

  init(_ message: PoolMessage, payload: Payload = Payload()) {
    self.message = message
    self.payload = payload
  }
}
