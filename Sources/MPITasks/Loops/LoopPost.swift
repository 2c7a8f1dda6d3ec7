// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The messages of one loop on one rank. The thread that called the loop sends and receives them.
final class LoopPost {
  let channel: LoopChannel
  let tags: LoopTags
  private let items: (any LoopItems)?
  /// Messages of this rank to itself.
  private var own = Queue<LoopMessage>()
  /// Bytes on their way to other ranks.
  private var outgoing: RequestSet<[UInt8]>
  /// The bytes of items that this rank was sent and that it sent.
  private(set) var itemBytes: (received: Int, sent: Int)

  /// Goes on with what the opening has sent.
  init(_ opening: consuming LoopOpening) {
    (channel, tags, items, itemBytes) = (opening.channel, opening.tags, opening.job.items, opening.itemBytes)
    outgoing = opening.outgoing
  }

  private var communicator: Communicator { channel.communicator }

  /// Sends a message that no bytes follow, perhaps to this rank itself.
  func post(_ message: LoopMessage, to rank: Int) throws(MPIError) {
    if rank == communicator.rank {
      own.append(message)
    } else {
      try channel.send(message, to: rank, tags)
    }
  }

  /// Sends a message to another rank, and the bytes that follow it.
  func send(_ message: LoopMessage, to rank: Int, payload: [UInt8]?) throws(MPIError) {
    try channel.send(message, to: rank, tags)
    // The other may be sending, too: neither waits in a send.
    if let payload { try outgoing.append(communicator.nonblocking.send(payload, to: rank, tag: tags.payload)) }
  }

  /// Sends a block with its items to a rank. Rank 0 may give a chunk to itself.
  ///
  /// - Parameter message: makes the message.
  func hand(_ block: LoopBlock, to rank: Int, _ message: (LoopBlock) -> LoopMessage) throws {
    guard rank != communicator.rank else { return try post(message(block), to: rank) }
    var block = block
    let payload = try items?.encoded(block.first..<block.end)
    block.hasItems = payload != nil
    itemBytes.sent += payload?.count ?? 0
    try send(message(block), to: rank, payload: payload)
  }

  /// The next message, with what follows it; nil if there is none.
  func next() throws(MPIError) -> (message: LoopMessage, source: Int, payload: [UInt8]?)? {
    if let message = own.removeFirst() { return (message, communicator.rank, nil) }
    guard let (message, source) = try channel.nextMessage(tags) else { return nil }
    return (message, source, try payload(of: message, from: source))
  }

  /// What follows a message that has come.
  func payload(of message: LoopMessage, from source: Int) throws(MPIError) -> [UInt8]? {
    guard message.hasPayload else { return nil }
    let bytes = try communicator.receive([UInt8].self, from: source, tag: tags.payload)
    switch message {
    case .block, .chunk: itemBytes.received += bytes.count
    default: break
    }
    return bytes
  }

  /// Whether bytes are on their way out. MPI moves them when it is asked for them.
  func isSending() throws(MPIError) -> Bool {
    if outgoing.isEmpty { return false }
    _ = try outgoing.testSome()
    return !outgoing.isEmpty
  }

  /// Waits until all is sent.
  func finish() throws(MPIError) { _ = try outgoing.waitAll() }
}
