// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// Frames to and from the ranks of a communicator. One thread uses it.
///
/// A frame is one message, one more if its payload has many bytes, and one for each of its long arrays: these go from
/// where they lie, and come to where they stay.
final class Mailbox {
  /// From how many bytes on those of the payload are a message of their own.
  static let longPayload = 32 << 10

  private enum Tag {
    static let frame = 0
    static let bytes = 1
    static let attachment = 2
  }

  private let communicator: Communicator
  /// What is on its way out.
  private var sends: [Sending] = []
  /// What has come and can't be handed out yet, by sender: more of it is on its way.
  private var incoming: [Int: [Arriving]] = [:]

  init(_ communicator: Communicator) { self.communicator = communicator }

  /// A message on its way.
  private final class Transfer<Output> {
    private var request: Request<Output>?

    init(_ request: consuming Request<Output>) { self.request = consume request }

    /// Gives its output, once; nil before it has completed.
    func output() throws(MPIError) -> Output? {
      guard try request?.test() ?? false else { return nil }
      return try request.take()?.wait()
    }
  }

  /// A message on its way out.
  private enum Sending {
    case bytes(Transfer<[UInt8]>, areOurs: Bool)
    case attachment(Transfer<ObjectAttachment>)

    func isOver() throws(MPIError) -> Bool {
      switch self {
      case .attachment(let transfer): return try transfer.output() != nil
      case .bytes(let transfer, let areOurs):
        guard let bytes = try transfer.output() else { return false }
        if areOurs { PayloadMemory.shared.give(bytes) }
        return true
      }
    }
  }

  /// A frame on its way in.
  private final class Arriving {
    var frame: Frame
    /// The number of bytes of the message and the payload.
    var byteCount: Int
    var bytes: Transfer<[UInt8]>?
    var attachments: [Transfer<ObjectAttachment>] = []

    init(_ frame: Frame, byteCount: Int) { (self.frame, self.byteCount) = (frame, byteCount) }

    func isThere() throws(MPIError) -> Bool {
      if let transfer = bytes {
        guard let output = try transfer.output() else { return false }
        frame.payload.bytes = output
        byteCount += output.count
        bytes = nil
      }
      while frame.payload.attachments.count < attachments.count {
        guard let output = try attachments[frame.payload.attachments.count].output() else { return false }
        frame.payload.attachments.append(output)
        byteCount += output.byteCount
      }
      return true
    }
  }

  /// Whether anything is on its way out.
  var isSending: Bool { !sends.isEmpty }

  /// Whether anything is on its way, out or in. MPI moves long messages when it is asked for them.
  var isMoving: Bool { isSending || !incoming.isEmpty }

  /// Whether a message has come that was not received: none may be left when both sides have ended.
  var hasMessage: Bool { (try? communicator.nonblocking.probe(from: .any)) != nil }

  /// Sends a frame; returns at once.
  ///
  /// - Returns: how many bytes travel.
  @discardableResult
  func send(_ frame: Frame, to rank: Int) throws(MPIError) -> Int {
    let channel = communicator.nonblocking
    let head = Head(of: frame)
    let first = head.message(frame)
    var byteCount = first.count
    sends.append(.bytes(Transfer(try channel.send(first, to: rank, tag: Tag.frame)), areOurs: false))
    if head.hasLongPayload {
      let transfer = Transfer(try channel.send(frame.payload.bytes, to: rank, tag: Tag.bytes))
      // Shared values are kept for workers that come late.
      sends.append(.bytes(transfer, areOurs: !frame.message.isShare))
      byteCount += frame.payload.bytes.count
    }
    for attachment in frame.payload.attachments {
      sends.append(.attachment(Transfer(try channel.send(attachment, to: rank, tag: Tag.attachment))))
      byteCount += attachment.byteCount
    }
    return byteCount
  }

  /// Lets go of what is sent.
  ///
  /// - Returns: whether there was any.
  func finishSends() throws(MPIError) -> Bool {
    let before = sends.count
    var left: [Sending] = []
    for send in sends where try !send.isOver() { left.append(send) }
    sends = left
    return sends.count < before
  }

  /// The next frame that has arrived, with its sender and how many bytes traveled; nil if there is none. Frames of one
  /// sender keep their order.
  func receive() throws(MPIError) -> (source: Int, frame: Frame, byteCount: Int)? {
    for (source, queue) in incoming where try queue[0].isThere() {
      incoming[source] = queue.count > 1 ? Array(queue.dropFirst()) : nil
      return (source, queue[0].frame, queue[0].byteCount)
    }
    while let message = try communicator.nonblocking.matchedProbe(from: .any, tag: Tag.frame) {
      let source = message.status.source!
      let first = try message.receive([UInt8].self)
      let (head, frame) = Head.parse(first)
      if head.isAll, incoming[source] == nil { return (source, frame, first.count) }
      let arriving = Arriving(frame, byteCount: first.count)
      try receiveRest(of: arriving, head, from: source)
      incoming[source, default: []].append(arriving)
      // What is on its way from others is looked at as well.
      if try arriving.isThere(), incoming[source]?.count == 1 {
        incoming[source] = nil
        return (source, arriving.frame, arriving.byteCount)
      }
    }
    return nil
  }

  /// Begins to receive what the sender has begun to send after the head of a frame.
  private func receiveRest(of arriving: Arriving, _ head: Head, from source: Int) throws(MPIError) {
    if head.hasLongPayload {
      let message = try communicator.matchedProbe(from: source, tag: Tag.bytes)
      let room = PayloadMemory.shared.take(message.status.byteCount)
      arriving.bytes = Transfer(try communicator.nonblocking.receive(message, into: room))
    }
    for type in head.elementTypes {
      let message = try communicator.matchedProbe(from: source, tag: Tag.attachment)
      arriving.attachments.append(Transfer(try communicator.nonblocking.receive(message, elementType: type)))
    }
  }
}

/// The header in the first message of a frame. That message has the rest of the frame, too.
private struct Head {
  /// Whether the bytes of the payload are a message of their own.
  let hasLongPayload: Bool
  /// The numbers of the element types of the long arrays, each of which is a message.
  let elementTypes: [UInt64]

  /// Whether there are no others.
  var isAll: Bool { !hasLongPayload && elementTypes.isEmpty }

  init(of frame: Frame) {
    self.init(
      hasLongPayload: frame.payload.bytes.count > Mailbox.longPayload,
      elementTypes: frame.payload.attachments.map(\.elementType))
  }

  private init(hasLongPayload: Bool, elementTypes: [UInt64]) {
    self.hasLongPayload = hasLongPayload
    self.elementTypes = elementTypes
  }

  /// The message: the head, the fields, and the payload if it is short.
  func message(_ frame: Frame) -> [UInt8] {
    let bytes = hasLongPayload ? [] : frame.payload.bytes
    var writer = FieldWriter()
    writer.bytes.reserveCapacity(96 + 8 * elementTypes.count + bytes.count)
    writer.put(UInt8(hasLongPayload ? 1 : 0))
    writer.put(UInt32(elementTypes.count))
    for type in elementTypes { writer.put(type) }
    frame.message.write(to: &writer)
    writer.bytes += bytes
    return writer.bytes
  }

  /// The header of a message, and the frame as far as it has arrived.
  static func parse(_ bytes: [UInt8]) -> (head: Head, frame: Frame) {
    var reader = FieldReader(bytes)
    let hasLongPayload = reader.take(UInt8.self) == 1
    let typeCount = Int(reader.take(UInt32.self))
    let head = Head(hasLongPayload: hasLongPayload, elementTypes: (0..<typeCount).map { _ in reader.take() })
    let message = PoolMessage(from: &reader)
    return (head, Frame(message, payload: Payload(bytes: reader.rest())))
  }
}
