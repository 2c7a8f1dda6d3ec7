// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// Frames to and from the ranks of a communicator, of all services. One thread uses it.
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
  private let bells: NodeBells
  /// Where long arrays are received; nil for memory of this process.
  private let blocks: LentBlocks?
  /// What is on its way out, and to which rank.
  private var sends: [(rank: Int, what: Sending)] = []
  /// What has come and can't be handed out yet, by sender: more of it is on its way.
  private var incoming: [Int: [Arriving]] = [:]

  init(_ communicator: Communicator, _ bells: NodeBells, _ blocks: LentBlocks?) {
    (self.communicator, self.bells, self.blocks) = (communicator, bells, blocks)
  }

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

  /// A frame that has come.
  struct Arrival {
    var source: Int
    /// The service's number.
    var service: UInt8
    /// How many bytes traveled.
    var byteCount: Int
    /// At the message's fields. What follows them is the payload, if that is short.
    fileprivate var reader: FieldReader
    fileprivate var payload: Payload?

    /// Takes the message out of it, once.
    consuming func frame<Message: ExchangeMessage>(_: Message.Type) -> Frame<Message> {
      let message = Message(from: &reader)
      guard let payload else { return Frame(message, payload: Payload(bytes: reader.rest())) }
      var whole = payload
      if whole.bytes.isEmpty { whole.bytes = reader.rest() }
      return Frame(message, payload: whole)
    }
  }

  /// A frame on its way in.
  private final class Arriving {
    var arrival: Arrival
    var bytes: Transfer<[UInt8]>?
    var attachments: [Transfer<ObjectAttachment>] = []
    private var payload = Payload()

    init(_ arrival: Arrival) { self.arrival = arrival }

    /// The frame, once all of it is here.
    func whole() throws(MPIError) -> Arrival? {
      if let transfer = bytes {
        guard let output = try transfer.output() else { return nil }
        payload.bytes = output
        arrival.byteCount += output.count
        bytes = nil
      }
      while payload.attachments.count < attachments.count {
        guard let output = try attachments[payload.attachments.count].output() else { return nil }
        payload.attachments.append(output)
        arrival.byteCount += output.byteCount
      }
      arrival.payload = payload.take()
      return arrival
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
  func send<Message>(_ frame: Frame<Message>, to rank: Int) throws(MPIError) -> Int {
    let channel = communicator.nonblocking
    let head = Head(of: frame)
    let first = head.message(frame)
    var byteCount = first.count
    try keep(.bytes(Transfer(try channel.send(first, to: rank, tag: Tag.frame)), areOurs: false), to: rank)
    if head.hasLongPayload {
      let transfer = Transfer(try channel.send(frame.payload.bytes, to: rank, tag: Tag.bytes))
      try keep(.bytes(transfer, areOurs: !frame.isKept), to: rank)
      byteCount += frame.payload.bytes.count
    }
    for attachment in frame.payload.attachments {
      try keep(.attachment(Transfer(try channel.send(attachment, to: rank, tag: Tag.attachment))), to: rank)
      byteCount += attachment.byteCount
    }
    bells.ring(rank)
    return byteCount
  }

  /// Keeps a message that has begun to be sent, unless it is sent: most are.
  private func keep(_ sending: Sending, to rank: Int) throws(MPIError) {
    if try !sending.isOver() { sends.append((rank, sending)) }
  }

  /// Lets go of what is sent.
  ///
  /// - Returns: whether there was any.
  func finishSends() throws(MPIError) -> Bool {
    guard !sends.isEmpty else { return false }
    let before = sends.count
    var left: [(rank: Int, what: Sending)] = []
    for send in sends {
      if try send.what.isOver() {
        // It may have left this rank only now.
        bells.ring(send.rank)
      } else {
        left.append(send)
      }
    }
    sends = left
    return sends.count < before
  }

  /// The next frame that has arrived; nil if there is none. Frames of one sender keep their order.
  func receive() throws(MPIError) -> Arrival? {
    for (source, queue) in incoming {
      guard let arrival = try queue[0].whole() else { continue }
      incoming[source] = queue.count > 1 ? Array(queue.dropFirst()) : nil
      return arrival
    }
    while let message = try communicator.nonblocking.matchedProbe(from: .any, tag: Tag.frame) {
      let source = message.status.source!
      let first = try message.receive([UInt8].self)
      let (head, arrival) = Head.parse(first, from: source)
      if head.isAll, incoming[source] == nil { return arrival }
      let arriving = Arriving(arrival)
      try receiveRest(of: arriving, head, from: source)
      // What is on its way from others is looked at as well.
      if incoming[source] == nil, let arrival = try arriving.whole() { return arrival }
      incoming[source, default: []].append(arriving)
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
      let channel = communicator.nonblocking
      if let block = blocks?.take(message.status.byteCount) {
        arriving.attachments.append(
          Transfer(try channel.receive(message, lying: block.start, in: block, elementType: type)))
      } else {
        arriving.attachments.append(Transfer(try channel.receive(message, elementType: type)))
      }
    }
  }
}

/// The header in the first message of a frame. That message has the rest of the frame, too.
private struct Head {
  private let service: UInt8
  /// Whether the bytes of the payload are a message of their own.
  let hasLongPayload: Bool
  /// The numbers of the element types of the long arrays, each of which is a message.
  let elementTypes: [UInt64]

  /// Whether there are no others.
  var isAll: Bool { !hasLongPayload && elementTypes.isEmpty }

  init<Message>(of frame: Frame<Message>) {
    self.init(
      service: Message.service, hasLongPayload: frame.payload.bytes.count > Mailbox.longPayload,
      elementTypes: frame.payload.attachments.map(\.elementType))
  }

  private init(service: UInt8, hasLongPayload: Bool, elementTypes: [UInt64]) {
    self.service = service
    self.hasLongPayload = hasLongPayload
    self.elementTypes = elementTypes
  }

  /// The message: the head, the fields, and the payload if it is short.
  func message<Message>(_ frame: Frame<Message>) -> [UInt8] {
    let bytes = hasLongPayload ? [] : frame.payload.bytes
    var writer = FieldWriter()
    writer.bytes.reserveCapacity(96 + 8 * elementTypes.count + bytes.count)
    writer.put(service)
    writer.put(UInt8(hasLongPayload ? 1 : 0))
    writer.put(UInt32(elementTypes.count))
    for type in elementTypes { writer.put(type) }
    frame.message.write(to: &writer)
    writer.bytes += bytes
    return writer.bytes
  }

  /// The header of a message, and the frame as far as it has arrived.
  static func parse(_ bytes: [UInt8], from source: Int) -> (head: Head, arrival: Mailbox.Arrival) {
    var reader = FieldReader(bytes)
    let (service, hasLongPayload) = (reader.take(UInt8.self), reader.take(UInt8.self) == 1)
    let typeCount = Int(reader.take(UInt32.self))
    let types: [UInt64] = (0..<typeCount).map { _ in reader.take() }
    return (
      Head(service: service, hasLongPayload: hasLongPayload, elementTypes: types),
      Mailbox.Arrival(source: source, service: service, byteCount: bytes.count, reader: reader)
    )
  }
}
