import MPI

/// Frames to and from the ranks of a communicator. One thread uses it.
///
/// A frame is one message, or two where its payload is long: the payload then goes from where it lies, and comes to where
/// it stays.
final class Mailbox {
  /// From how many bytes on the payload is a message of its own.
  static let longPayload = 32 << 10
  private static let frameTag = 0
  private static let payloadTag = 1

  private let communicator: Communicator
  /// What is on its way out.
  private var sends: [Sending] = []
  /// What has come and can't be handed out yet, by sender: a long payload is on its way.
  private var incoming: [Int: [Arriving]] = [:]

  init(_ communicator: Communicator) { self.communicator = communicator }

  /// A message on its way out.
  private final class Sending {
    private var request: Request<[UInt8]>?
    /// Whether nobody else holds the bytes.
    private let isOurs: Bool

    init(_ request: consuming Request<[UInt8]>, isOurs: Bool = false) {
      self.request = consume request
      self.isOurs = isOurs
    }

    func isOver() throws(MPIError) -> Bool {
      guard try request?.test() ?? true else { return false }
      if let bytes = try request.take()?.wait(), isOurs { PayloadMemory.shared.give(bytes) }
      return true
    }
  }

  /// A frame on its way in.
  private final class Arriving {
    var frame: Frame
    private var payload: Request<[UInt8]>?

    init(_ frame: Frame, payload: consuming Request<[UInt8]>?) {
      self.frame = frame
      self.payload = consume payload
    }

    func isThere() throws(MPIError) -> Bool {
      guard try payload?.test() ?? true else { return false }
      if let bytes = try payload.take()?.wait() { frame.payload = bytes }
      return true
    }
  }

  /// Whether anything is on its way out.
  var isSending: Bool { !sends.isEmpty }

  /// Whether anything is on its way, out or in. MPI moves long messages when it is asked for them.
  var isMoving: Bool { isSending || !incoming.isEmpty }

  /// Sends a frame; returns at once.
  func send(_ frame: Frame, to rank: Int) throws(MPIError) {
    let isLong = frame.payload.count > Self.longPayload
    var message: [UInt8] = []
    message.reserveCapacity(16 + frame.fields.bytes.count + (isLong ? 0 : frame.payload.count))
    message.append(frame.kind.rawValue)
    message.append(isLong ? 1 : 0)
    var length = Frame.Fields()
    length.put(UInt32(frame.fields.bytes.count))
    message += length.bytes
    message += frame.fields.bytes
    if !isLong { message += frame.payload }
    sends.append(Sending(try communicator.nonblocking.send(message, to: rank, tag: Self.frameTag)))
    if isLong {
      // What is shared is kept for those who come late.
      let request = try communicator.nonblocking.send(frame.payload, to: rank, tag: Self.payloadTag)
      sends.append(Sending(request, isOurs: frame.kind != .share))
    }
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

  /// The next frame that is there, with who sent it; nil where there is none. Frames of one sender keep their order.
  func receive() throws(MPIError) -> (source: Int, frame: Frame)? {
    for (source, queue) in incoming where try queue[0].isThere() {
      incoming[source] = queue.count > 1 ? Array(queue.dropFirst()) : nil
      return (source, queue[0].frame)
    }
    while let message = try communicator.nonblocking.matchedProbe(from: .any, tag: Self.frameTag) {
      let source = message.status.source!
      let bytes = try message.receive([UInt8].self)
      var (frame, isLong) = Self.parse(bytes)
      if !isLong, incoming[source] == nil { return (source, frame) }
      guard isLong else {
        incoming[source]?.append(Arriving(frame, payload: nil))
        continue
      }
      frame.payload = []
      // The sender has begun to send it.
      let payload = try communicator.matchedProbe(from: source, tag: Self.payloadTag)
      let room = PayloadMemory.shared.take(payload.status.byteCount)
      let arriving = Arriving(frame, payload: try communicator.nonblocking.receive(payload, into: room))
      incoming[source, default: []].append(arriving)
      // What is on its way from others is looked at as well.
      if try arriving.isThere(), incoming[source]?.count == 1 {
        incoming[source] = nil
        return (source, arriving.frame)
      }
    }
    return nil
  }

  private static func parse(_ bytes: [UInt8]) -> (frame: Frame, isLong: Bool) {
    precondition(bytes.count >= 6, "a message of the pool is too short")
    let count = bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 2, as: UInt32.self)) }
    guard let kind = Frame.Kind(rawValue: bytes[0]) else { preconditionFailure("a message of the pool is unknown") }
    let fields = Frame.Fields(bytes: Array(bytes[6..<6 + count]))
    return (Frame(kind: kind, fields: fields, payload: Array(bytes[(6 + count)...])), bytes[1] == 1)
  }
}
