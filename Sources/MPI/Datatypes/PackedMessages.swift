import CMPI

extension Communicator {
  /// Sends a packed message to a rank.
  ///
  /// C: `MPI_Send` and its kin, of `MPI_PACKED`. MPI-3.1, section 4.2.
  ///
  /// - Parameters:
  ///   - message: all of it, whatever was read of it.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``largestTag``.
  ///   - mode: when the send is over.
  /// - Throws: ``ErrorClass/communicator`` for a message that was packed for other ranks; ``ErrorClass/rank`` or
  ///   ``ErrorClass/tag`` for one out of range.
  public func send(
    _ message: PackedMessage, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let rank = try checkSend(UInt8.self, message.bytes.count, destination, tag, mode)
    try checkPacked(message, "send")
    let piece = LayoutPiece(count: CInt(message.bytes.count), type: CMPI_PACKED)
    enter("send", file, line)
    let code = message.bytes.withUnsafeBytes { sendPiece($0.baseAddress, piece, rank, tag, mode) }
    try check(code, "send")
  }

  /// Receives a packed message, of whatever length it has.
  ///
  /// From ``MessageSource/null`` it is empty.
  ///
  /// C: `MPI_Mprobe`, `MPI_Mrecv` of `MPI_PACKED`. MPI-3.1, sections 3.8.2 and 4.2.
  public func receive(
    _: PackedMessage.Type, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PackedMessage {
    let rank = try self.rank(of: source, "receive")
    let tag = try number(of: tag, "receive")
    enter("receive", file, line)
    var handle = CMPI_MESSAGE_NULL
    var status = Status()
    try check(MPI_Mprobe(rank, tag, rawValue, &handle, &status.value), "receive")
    let length = status.byteCount
    guard let count = CInt(exactly: length) else {
      // Dropped, it is received as bytes and forgotten.
      _ = Message(unwrapped(handle), status: status, communicator: self)
      throw failure(.count, "receive", "a message of \(length) bytes is no packed one: those have at most \(CInt.max)")
    }
    let (bytes, code) = makeArray(length) { (start: UnsafeMutablePointer<UInt8>?) in
      MPI_Mrecv(start, count, CMPI_PACKED, &handle, CMPI_STATUS_IGNORE)
    }
    try check(code, "receive")
    return PackedMessage(bytes, of: self)
  }

  /// Gives the root's packed message to every rank.
  ///
  /// The length goes first, in a broadcast of its own.
  ///
  /// C: `MPI_Bcast` of `MPI_PACKED`. MPI-3.1, sections 4.2 and 5.4.
  ///
  /// - Parameters:
  ///   - message: at the root the message; elsewhere it is not looked at, and may be nil.
  ///   - root: the rank whose message it is.
  /// - Returns: the message, from its beginning.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil; ``ErrorClass/communicator`` for a message that was packed
  ///   for other ranks; ``ErrorClass/root`` for a root out of range.
  public func broadcast(
    _ message: PackedMessage?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PackedMessage {
    try checkRoot(root, "broadcast")
    if rank == root {
      guard let message else { throw missingAtRoot("broadcast") }
      try checkPacked(message, "broadcast")
    }
    try enterCollective("broadcast", Never.self, root: root, file, line)
    var length = Int64(rank == root ? message?.bytes.count ?? 0 : 0)
    try check(MPI_Bcast(&length, 1, CMPI_INT64_T, CInt(root), rawValue), "broadcast")
    var bytes = rank == root ? message?.bytes ?? [] : [UInt8](repeating: 0, count: Int(length))
    let code = bytes.withUnsafeMutableBytes { memory in
      MPI_Bcast(memory.baseAddress, CInt(memory.count), CMPI_PACKED, CInt(root), rawValue)
    }
    if code != 0 { throw failure(code: code, "broadcast") }
    return PackedMessage(bytes, of: self)
  }

  private func checkPacked(_ message: PackedMessage, _ operation: StaticString) throws(MPIError) {
    try require(
      message.communicator === self, .communicator, operation,
      "the message was packed for \(message.communicator.name): pack it for the communicator that it goes over")
  }
}

extension Nonblocking {
  /// Begins to send a packed message, which the request owns until it is over and then gives back.
  ///
  /// C: `MPI_Isend` and its kin, of `MPI_PACKED`. MPI-3.1, sections 3.7.2 and 4.2.
  public func send(
    _ message: PackedMessage, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<PackedMessage> {
    let rank = try communicator.checkSend(UInt8.self, message.bytes.count, destination, tag, mode)
    try communicator.require(
      message.communicator === communicator, .communicator, "send",
      "the message was packed for \(message.communicator.name): pack it for the communicator that it goes over")
    var begun = communicator.begin("send", .send, file, line)
    let piece = LayoutPiece(count: CInt(message.bytes.count), type: CMPI_PACKED)
    // The address stays good: `finish` below holds the array, and nobody writes to an array that two hold.
    let code = message.bytes.withUnsafeBytes {
      beginSend($0.baseAddress, piece, rank, tag, mode, &begun.handles)
    }
    return try begun.request(code) { (_, _) throws(MPIError) in message }
  }
}
