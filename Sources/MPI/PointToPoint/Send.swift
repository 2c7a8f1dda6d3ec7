import CMPI

/// When a send is over.
///
/// C: `MPI_Send`, `MPI_Ssend`, `MPI_Bsend`, `MPI_Rsend`. MPI-3.1, section 3.4.
public enum SendMode: Sendable, Hashable {
  /// When the memory may be used again. MPI decides whether it copies the message or waits for the receiver.
  case standard
  /// When the receiver has begun to receive.
  case synchronous
  /// At once: the message is copied to the memory of ``withSendBuffer(byteCount:_:)``.
  case buffered
  /// As standard, and the program promises that the receive was posted before; an error where it was not.
  case ready
}

extension Communicator {
  /// Sends elements to a rank, from where they lie.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Send`, `MPI_Ssend`, `MPI_Bsend`, `MPI_Rsend`. MPI-3.1, sections 3.2.1 and 3.4.
  ///
  /// - Parameters:
  ///   - elements: any number of them; none is a message too.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``largestTag``.
  ///   - mode: when the send is over.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ elements: Span<Element>, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let rank = try checkSend(Element.self, elements.count, destination, tag, mode)
    enter("send", file, line)
    let code = sendMessage(elements.start, elements.count, rank, tag, mode)
    try check(code, "send")
  }

  /// Sends an array to a rank.
  ///
  /// The length travels with the message: the receiver need not know it.
  ///
  /// C: `MPI_Send` and its kin. MPI-3.1, sections 3.2.1 and 3.4. See ``send(_:to:tag:mode:file:line:)-(Span<Element>,_,_,_,_,_)``.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ elements: [Element], to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in
      try send(elements, to: destination, tag: tag, mode: mode, file: file, line: line)
    }
  }

  /// Sends a value to a rank.
  ///
  /// C: `MPI_Send` and its kin. MPI-3.1, sections 3.2.1 and 3.4. See ``send(_:to:tag:mode:file:line:)-(Span<Element>,_,_,_,_,_)``.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ value: Element, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let rank = try checkSend(Element.self, 1, destination, tag, mode)
    enter("send", file, line)
    try check(withElement(value) { sendMessage($0, 1, rank, tag, mode) }, "send")
  }

  /// Sends any `Codable` value to a rank.
  ///
  /// It travels in a compact binary form, with arrays of elements copied whole. Both ends run the same program.
  ///
  /// C: `MPI_Send` of `MPI_BYTE`. MPI-3.1, section 3.2.1.
  ///
  /// - Throws: ``ErrorClass/serialization`` where the value throws as it is encoded; else as for elements.
  public func send<Object: Encodable>(
    object: Object, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try withEncoded(object, "send(object:)") { (bytes) throws(MPIError) in
      try send(bytes, to: destination, tag: tag, mode: mode, file: file, line: line)
    }
  }

  /// Checks the arguments of a send, before MPI sees them, and gives the rank as MPI takes it.
  @inlinable @inline(__always)
  func checkSend<Element>(
    _: Element.Type, _ count: Int, _ destination: some MessageDestination, _ tag: Int, _ mode: SendMode
  ) throws(MPIError) -> CInt {
    let rank = try self.rank(of: destination, "send")
    try checkTag(tag, "send")
    try checkElement(Element.self, "send")
    if mode == .buffered { try checkSendBuffer(count * MemoryLayout<Element>.stride, "send") }
    return rank
  }

  @inlinable @inline(__always)
  func sendMessage<Element>(
    _ start: UnsafePointer<Element>?, _ count: Int, _ rank: CInt, _ tag: Int, _ mode: SendMode
  ) -> CInt {
    let tag = CInt(truncatingIfNeeded: tag)
    return transfer(count, of: Element.self) { count, type in
      switch mode {
      case .standard: MPI_Send(start, count, type, rank, tag, rawValue)
      case .synchronous: MPI_Ssend(start, count, type, rank, tag, rawValue)
      case .buffered: MPI_Bsend(start, count, type, rank, tag, rawValue)
      case .ready: MPI_Rsend(start, count, type, rank, tag, rawValue)
      }
    }
  }
}

extension Nonblocking {
  /// Begins to send elements, from where they lie, and waits when the work is done.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Isend`, `MPI_Issend`, `MPI_Ibsend`, `MPI_Irsend`. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - elements: any number of them.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is over.
  ///   - work: runs while the message is under way.
  /// - Returns: what the work returns.
  @inlinable
  public func send<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> Result {
    let rank = try communicator.checkSend(Element.self, elements.count, destination, tag, mode)
    var pending = Pending(communicator, "send", .send, file, line)
    let code = begin(elements.start, elements.count, rank, tag, mode, &pending.handles)
    return try pending.run(code, work).result
  }

  /// Begins to send an array, which the request owns until it is over and then gives back.
  ///
  /// The array is not copied; a change that is made to it meanwhile is made to a copy, as ever in Swift.
  ///
  /// C: `MPI_Isend`, `MPI_Issend`, `MPI_Ibsend`, `MPI_Irsend`. MPI-3.1, section 3.7.2.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ elements: [Element], to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let rank = try communicator.checkSend(Element.self, elements.count, destination, tag, mode)
    var begun = communicator.begin("send", .send, file, line)
    // The address stays good: `finish` below holds the array, and nobody writes to an array that two hold.
    let code = elements.withUnsafeBufferPointer { memory in
      begin(memory.baseAddress, memory.count, rank, tag, mode, &begun.handles)
    }
    return try begun.request(code) { (_, _) throws(MPIError) in elements }
  }

  /// Begins to send a value.
  ///
  /// C: `MPI_Isend` and its kin. MPI-3.1, section 3.7.2.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ value: Element, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try send([value], to: destination, tag: tag, mode: mode, file: file, line: line)
  }

  /// Begins to send any `Codable` value, as bytes that the request owns and gives back.
  ///
  /// C: `MPI_Isend` of `MPI_BYTE`. MPI-3.1, section 3.7.2.
  public func send<Object: Encodable>(
    object: Object, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[UInt8]> {
    try send(
      communicator.encoded(object, "send(object:)"), to: destination, tag: tag, mode: mode, file: file, line: line)
  }

  @inlinable @inline(__always)
  func begin<Element>(
    _ start: UnsafePointer<Element>?, _ count: Int, _ rank: CInt, _ tag: Int, _ mode: SendMode,
    _ handles: inout Handles
  ) -> CInt {
    let (tag, channel) = (CInt(truncatingIfNeeded: tag), communicator.rawValue)
    return transfer(count, of: Element.self) { count, type in
      let code =
        switch mode {
        case .standard: MPI_Isend(start, count, type, rank, tag, channel, &handles.next)
        case .synchronous: MPI_Issend(start, count, type, rank, tag, channel, &handles.next)
        case .buffered: MPI_Ibsend(start, count, type, rank, tag, channel, &handles.next)
        case .ready: MPI_Irsend(start, count, type, rank, tag, channel, &handles.next)
        }
      return handles.keep(code)
    }
  }
}

extension Persistent {
  /// Makes ready to send elements.
  ///
  /// C: `MPI_Send_init`, `MPI_Ssend_init`, `MPI_Bsend_init`, `MPI_Rsend_init`. MPI-3.1, section 3.9.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with. They are copied; each start sends all of them.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is over.
  public func send<Element: BitwiseCopyable>(
    _ elements: [Element], to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let rank = try communicator.checkSend(Element.self, elements.count, destination, tag, mode)
    var begun = communicator.begin("send", .send, file, line)
    let memory = Memory(elements)
    let (start, tag, channel) = (memory.start, CInt(truncatingIfNeeded: tag), communicator.rawValue)
    let code = transfer(memory.count, of: Element.self) { count, type in
      let code =
        switch mode {
        case .standard: MPI_Send_init(start, count, type, rank, tag, channel, &begun.handles.next)
        case .synchronous: MPI_Ssend_init(start, count, type, rank, tag, channel, &begun.handles.next)
        case .buffered: MPI_Bsend_init(start, count, type, rank, tag, channel, &begun.handles.next)
        case .ready: MPI_Rsend_init(start, count, type, rank, tag, channel, &begun.handles.next)
        }
      return begun.handles.keep(code)
    }
    return try begun.persistent(code, sent: memory, received: Memory([]))
  }
}
