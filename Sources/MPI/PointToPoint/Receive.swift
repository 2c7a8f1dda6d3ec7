import CMPI

extension Communicator {
  /// Receives elements into memory.
  ///
  /// The message may be shorter than the memory: the status says how many elements came, and the rest is left as it was.
  /// No allocation, no copy.
  ///
  /// C: `MPI_Recv`. MPI-3.1, section 3.2.4.
  ///
  /// - Parameters:
  ///   - elements: where they go.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Returns: source, tag and length of the message.
  /// - Throws: ``ErrorClass/truncate`` for a message longer than the memory; ``ErrorClass/rank`` or ``ErrorClass/tag`` for
  ///   one out of range.
  @inlinable
  @discardableResult
  public func receive<Element: BitwiseCopyable>(
    into elements: inout MutableSpan<Element>, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    let rank = try self.rank(of: source, "receive")
    let tag = try number(of: tag, "receive")
    try checkElement(Element.self, "receive")
    var status = Status()
    enter("receive", file, line)
    let code = receiveMessage(elements.start, elements.count, rank, tag, &status)
    try check(code, "receive")
    return status
  }

  /// Receives elements into an array, which keeps its length.
  ///
  /// C: `MPI_Recv`. MPI-3.1, section 3.2.4. See
  /// ``receive(into:from:tag:file:line:)-(MutableSpan<Element>,_,_,_,_)``.
  @inlinable
  @discardableResult
  public func receive<Element: BitwiseCopyable>(
    into elements: inout [Element], from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    var span = elements.mutableSpan
    return try receive(into: &span, from: source, tag: tag, file: file, line: line)
  }

  /// Receives a value.
  ///
  /// ```swift
  /// let pressure: Double = try world.receive(from: 0)
  /// let anyPressure = try world.receive(Double.self, from: .any)
  /// ```
  ///
  /// C: `MPI_Recv`. MPI-3.1, section 3.2.4.
  ///
  /// - Throws: ``ErrorClass/truncate`` or ``ErrorClass/type`` where the message is longer or shorter than one element;
  ///   ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    let rank = try self.rank(of: source, "receive")
    let tag = try number(of: tag, "receive")
    try checkElement(Element.self, "receive")
    var status = Status()
    enter("receive", file, line)
    let (element, code) = makeElement(Element.self) { receiveMessage($0, 1, rank, tag, &status) }
    try check(code, "receive")
    try checkOne(status, Element.self, "receive")
    return element
  }

  /// Receives an array of whatever length it has.
  ///
  /// ```swift
  /// let forces: [SIMD3<Double>] = try world.receive(from: .any)
  /// ```
  ///
  /// The message is probed for its length and then received, which no other receive can come between: one allocation,
  /// no copy, no message more.
  ///
  /// C: `MPI_Mprobe`, `MPI_Mrecv`. MPI-3.1, section 3.8.2.
  ///
  /// - Returns: the elements; none from ``MessageSource/null``.
  /// - Throws: ``ErrorClass/type`` where the message's length is no multiple of the element's; the message is gone then.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try takeMessage(source, tag, "receive", file, line).receive([Element].self, file: file, line: line)
  }

  /// Receives a `Codable` value that was sent by ``send(object:to:tag:mode:file:line:)``.
  ///
  /// C: `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, section 3.8.2.
  ///
  /// - Throws: ``ErrorClass/serialization`` where the bytes are not of such a value.
  public func receive<Object: Decodable>(
    object type: Object.Type, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    try takeMessage(source, tag, "receive(object:)", file, line).receive(object: type, file: file, line: line)
  }

  @inlinable @inline(__always)
  func receiveMessage<Element>(
    _ start: UnsafeMutablePointer<Element>?, _ count: Int, _ rank: CInt, _ tag: CInt, _ status: inout Status
  ) -> CInt {
    transfer(count, of: Element.self) { count, type in
      MPI_Recv(start, count, type, rank, tag, rawValue, &status.value)
    }
  }

  /// Throws unless a message held one element.
  @inlinable @inline(__always)
  func checkOne<Element>(
    _ status: Status, _: Element.Type, _ operation: StaticString
  ) throws(MPIError) {
    if status.byteCount != MemoryLayout<Element>.stride { throw mismatchFailure(status, Element.self, operation) }
  }

  /// As many of the elements that there was room for as came.
  @usableFromInline
  func whole<Element>(
    _ elements: [Element], _ status: Status, _ operation: StaticString
  ) throws(MPIError) -> [Element] {
    let (came, rest) = status.byteCount.quotientAndRemainder(dividingBy: MemoryLayout<Element>.stride)
    guard rest == 0 else {
      throw failure(.type, operation, status.mismatch(Element.self, needs: "a multiple of "))
    }
    return came == elements.count ? elements : Array(elements.prefix(came))
  }

  @usableFromInline @inline(never)
  func mismatchFailure<Element>(
    _ status: Status, _: Element.Type, _ operation: StaticString
  ) -> MPIError {
    failure(.type, operation, status.mismatch(Element.self))
  }
}

extension Nonblocking {
  /// Begins to receive elements into memory, and waits when the work is done.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - elements: where they go.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  ///   - work: runs while the message is awaited. Where it throws, the receive is canceled.
  /// - Returns: what the work returns, and source, tag and length of the message.
  @inlinable
  @discardableResult
  public func receive<Element: BitwiseCopyable, Result>(
    into elements: inout MutableSpan<Element>, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> (result: Result, status: Status) {
    let rank = try communicator.rank(of: source, "receive")
    let tag = try communicator.number(of: tag, "receive")
    try communicator.checkElement(Element.self, "receive")
    var pending = Pending(communicator, "receive", .receive, file, line)
    let code = transfer(elements.count, of: Element.self) { count, type in
      pending.handles.keep(
        MPI_Irecv(
          elements.start, count, type, rank, tag, communicator.rawValue, &pending.handles.next))
    }
    return try pending.run(code, work)
  }

  /// Begins to receive an array of at most `count` elements.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, section 3.7.2.
  ///
  /// - Returns: a request whose ``Request/wait(file:line:)`` gives the elements that came, as many as came.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _: Element.Type, count: Int, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    var begun = communicator.begin("receive", .receive, file, line)
    let (elements, code) = try begin(Element.self, count, source, tag, &begun.handles)
    return try begun.request(code) { (communicator, status) throws(MPIError) in
      try communicator.whole(elements, status, "receive")
    }
  }

  /// Begins to receive a value.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, section 3.7.2.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _: Element.Type, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    var begun = communicator.begin("receive", .receive, file, line)
    let (elements, code) = try begin(Element.self, 1, source, tag, &begun.handles)
    return try begun.request(code) { (communicator, status) throws(MPIError) in
      try communicator.checkOne(status, Element.self, "receive")
      return elements[0]
    }
  }

  /// Begins a receive into a fresh array. The closure that makes the output holds that array and nothing else, so that it is
  /// not allocated.
  @inlinable @inline(__always)
  func begin<Element: BitwiseCopyable>(
    _: Element.Type, _ count: Int, _ source: some MessageSource, _ tag: some MessageTag, _ handles: inout Handles
  ) throws(MPIError) -> (array: [Element], code: CInt) {
    try communicator.require(count >= 0, .count, "receive", "count \(count) is below 0")
    let rank = try communicator.rank(of: source, "receive")
    let tag = try communicator.number(of: tag, "receive")
    try communicator.checkElement(Element.self, "receive")
    // MPI writes to the address after this call. It stays good: the request holds the array, and nobody else does.
    return makeArray(count) { (start: UnsafeMutablePointer<Element>?) in
      transfer(count, of: Element.self) { count, type in
        handles.keep(MPI_Irecv(start, count, type, rank, tag, communicator.rawValue, &handles.next))
      }
    }
  }
}

extension Persistent {
  /// Makes ready to receive at most `count` elements.
  ///
  /// C: `MPI_Recv_init`. MPI-3.1, section 3.9.
  ///
  /// - Returns: a request whose ``PersistentRequest/output`` has room for `count` elements; its status says how many came.
  public func receive<Element: BitwiseCopyable>(
    _: Element.Type, count: Int, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.require(count >= 0, .count, "receive", "count \(count) is below 0")
    let rank = try communicator.rank(of: source, "receive")
    let tag = try communicator.number(of: tag, "receive")
    try communicator.checkElement(Element.self, "receive")
    var begun = communicator.begin("receive", .receive, file, line)
    let into = Memory<Element>(count: count)
    let code = transfer(count, of: Element.self) { count, type in
      begun.handles.keep(
        MPI_Recv_init(into.start, count, type, rank, tag, communicator.rawValue, &begun.handles.next))
    }
    return try begun.persistent(code, sent: Memory([]), received: into)
  }
}
