import CMPI

extension Communicator {
  /// Sends elements to one rank and receives some from another, at once, so that a ring of ranks can't block itself.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Sendrecv`. MPI-3.1, section 3.10.
  ///
  /// - Parameters:
  ///   - elements: what goes out.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that goes out.
  ///   - received: where what comes in goes. From ``MessageSource/null`` nothing comes, and it is left as it was.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: source, tag and length of the message that came.
  /// - Throws: ``ErrorClass/truncate`` for a message longer than the memory; ``ErrorClass/rank`` or ``ErrorClass/tag`` for
  ///   one out of range.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable>(
    _ elements: Span<Element>, to destination: some MessageDestination, tag: Int = 0,
    into received: inout MutableSpan<Element>, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    let (to, from, receiveTag) = try checkExchange(Element.self, destination, tag, source, receiveTag)
    var status = Status()
    enter("sendReceive", file, line)
    let code = exchange(
      elements.start, elements.count, to, tag, received.start, received.count, from, receiveTag, &status)
    try check(code, "sendReceive")
    return status
  }

  /// Sends a value to one rank and receives one from another, at once.
  ///
  /// ```swift
  /// let fromLeft = try world.sendReceive(mine, to: right, from: left)
  /// ```
  ///
  /// C: `MPI_Sendrecv`. MPI-3.1, section 3.10.
  ///
  /// - Returns: what came. From ``MessageSource/null`` nothing can come: that is an error here, for there is no value to
  ///   return; at the edge of a grid use the form in place, which leaves the value as it was.
  @inlinable
  public func sendReceive<Element: BitwiseCopyable>(
    _ value: Element, to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    let (to, from, receiveTag) = try checkExchange(Element.self, destination, tag, source, receiveTag)
    var status = Status()
    enter("sendReceive", file, line)
    let (element, code) = makeElement(Element.self) { into in
      withElement(value) { exchange($0, 1, to, tag, into, 1, from, receiveTag, &status) }
    }
    try check(code, "sendReceive")
    try checkOne(status, Element.self, "sendReceive")
    return element
  }

  /// Sends an array to one rank and receives one, of whatever length it has, from another, at once.
  ///
  /// The message that comes is probed for its length: one allocation and a request, no message more.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv`. MPI-3.1, sections 3.7.2 and 3.8.2.
  @inlinable
  public func sendReceive<Element: BitwiseCopyable>(
    _ elements: [Element], to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    // All is checked before anything is sent.
    _ = try checkExchange(Element.self, destination, tag, source, receiveTag)
    let outgoing = try nonblocking.send(elements, to: destination, tag: tag, file: file, line: line)
    let received: [Element] = try receive(from: source, tag: receiveTag, file: file, line: line)
    _ = try outgoing.wait(file: file, line: line)
    return received
  }

  /// Sends any `Codable` value to one rank and receives one from another, at once.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.7.2 and 3.8.2.
  ///
  /// - Throws: ``ErrorClass/serialization`` where a value can't be encoded, or what came is not of the same type.
  public func sendReceive<Object: Codable>(
    object: Object, to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    let bytes = try encoded(object, "sendReceive(object:)")
    return try decoded(
      Object.self,
      sendReceive(bytes, to: destination, tag: tag, from: source, receiveTag: receiveTag, file: file, line: line),
      "sendReceive(object:)")
  }

  /// Sends elements to one rank and puts what comes from another in their place.
  ///
  /// What comes may be shorter, never longer; from ``MessageSource/null`` nothing comes. MPI may copy the elements.
  ///
  /// C: `MPI_Sendrecv_replace`. MPI-3.1, section 3.10.
  ///
  /// - Returns: source, tag and length of the message that came.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, to destination: some MessageDestination, tag: Int = 0,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Status {
    let (to, from, receiveTag) = try checkExchange(Element.self, destination, tag, source, receiveTag)
    var status = Status()
    enter("sendReceive", file, line)
    let code = transfer(elements.count, of: Element.self) { count, type in
      MPI_Sendrecv_replace(
        elements.start, count, type, to, CInt(truncatingIfNeeded: tag), from, receiveTag, rawValue, &status.value)
    }
    try check(code, "sendReceive")
    return status
  }

  /// Sends an array's elements to one rank and puts what comes from another in their place.
  ///
  /// C: `MPI_Sendrecv_replace`. MPI-3.1, section 3.10.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], to destination: some MessageDestination, tag: Int = 0,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Status {
    var span = elements.mutableSpan
    return try sendReceive(
      inPlace: &span, to: destination, tag: tag, from: source, receiveTag: receiveTag, file: file, line: line)
  }

  /// Sends a value to one rank and puts what comes from another in its place; from ``MessageSource/null``, nothing.
  ///
  /// C: `MPI_Sendrecv_replace`. MPI-3.1, section 3.10.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable>(
    inPlace value: inout Element, to destination: some MessageDestination, tag: Int = 0,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Status {
    var one = [value]
    let status = try sendReceive(
      inPlace: &one, to: destination, tag: tag, from: source, receiveTag: receiveTag, file: file, line: line)
    if status.source != nil { try checkOne(status, Element.self, "sendReceive") }
    value = one[0]
    return status
  }

  /// Checks the arguments of an exchange, before MPI sees them, and gives ranks and tag as MPI takes them.
  @inlinable @inline(__always)
  func checkExchange<Element>(
    _: Element.Type, _ destination: some MessageDestination, _ tag: Int, _ source: some MessageSource,
    _ receiveTag: some MessageTag
  ) throws(MPIError) -> (to: CInt, from: CInt, receiveTag: CInt) {
    let to = try rank(of: destination, "sendReceive")
    let from = try rank(of: source, "sendReceive")
    try checkTag(tag, "sendReceive")
    let receiveTag = try number(of: receiveTag, "sendReceive")
    try checkElement(Element.self, "sendReceive")
    return (to, from, receiveTag)
  }

  @inlinable @inline(__always)
  func exchange<Element>(
    _ out: UnsafePointer<Element>?, _ outCount: Int, _ to: CInt, _ tag: Int,
    _ into: UnsafeMutablePointer<Element>?, _ intoCount: Int, _ from: CInt, _ receiveTag: CInt,
    _ status: inout Status
  ) -> CInt {
    transfer(outCount, of: Element.self) { outCount, outType in
      transfer(intoCount, of: Element.self) { intoCount, intoType in
        MPI_Sendrecv(
          out, outCount, outType, to, CInt(truncatingIfNeeded: tag), into, intoCount, intoType, from, receiveTag,
          rawValue, &status.value)
      }
    }
  }
}

extension Nonblocking {
  /// Begins to send elements to one rank and to receive some from another, and waits for both when the work is done.
  ///
  /// No allocation but one for the second request, no copy.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, which `MPI_Isendrecv` stands for. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - elements: what goes out.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that goes out.
  ///   - received: where what comes in goes.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  ///   - work: runs while both are under way.
  /// - Returns: what the work returns, and source, tag and length of the message that came.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable, Result>(
    _ elements: Span<Element>, to destination: some MessageDestination, tag: Int = 0,
    into received: inout MutableSpan<Element>, from source: some MessageSource, receiveTag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line, while work: (inout Pending) throws -> Result
  ) throws -> (result: Result, status: Status) {
    let (to, from, receiveTag) = try communicator.checkExchange(
      Element.self, destination, tag, source, receiveTag)
    var pending = Pending(communicator, "sendReceive", .send, file, line)
    let code = communicator.startExchange(
      .now, elements.start, elements.count, to, tag, received.start, received.count, from, receiveTag,
      &pending.handles)
    return try pending.run(code, work)
  }

  /// Begins to send an array to one rank and to receive one of at most `count` elements from another.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, which `MPI_Isendrecv` stands for. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - elements: what goes out. The request owns it until it is over.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that goes out.
  ///   - count: the room for what comes; as many as go out unless given.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  /// - Returns: a request for the elements that come, as many as come.
  @inlinable
  public func sendReceive<Element: BitwiseCopyable>(
    _ elements: [Element], to destination: some MessageDestination, tag: Int = 0, count: Int? = nil,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let room = count ?? elements.count
    try communicator.require(room >= 0, .count, "sendReceive", "count \(room) is below 0")
    let (to, from, receiveTag) = try communicator.checkExchange(
      Element.self, destination, tag, source, receiveTag)
    var begun = communicator.begin("sendReceive", .send, file, line)
    let (received, code) = makeArray(room) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { out in
        communicator.startExchange(
          .now, out.baseAddress, out.count, to, tag, into, room, from, receiveTag, &begun.handles)
      }
    }
    return try begun.request(code) { (communicator, status) throws(MPIError) in
      try withExtendedLifetime(elements) { () throws(MPIError) in
        try communicator.whole(received, status, "sendReceive")
      }
    }
  }
}

extension Persistent {
  /// Makes ready to send elements to one rank and to receive at most `count` from another.
  ///
  /// C: `MPI_Send_init`, `MPI_Recv_init`. MPI-3.1, section 3.9.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with. They are copied.
  ///   - destination: where to: a rank, or ``MessageDestination/null``.
  ///   - tag: the tag of the message that goes out.
  ///   - count: the room for what comes; as many as go out unless given.
  ///   - source: where from: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - receiveTag: the tag to receive; any unless given.
  public func sendReceive<Element: BitwiseCopyable>(
    _ elements: [Element], to destination: some MessageDestination, tag: Int = 0, count: Int? = nil,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let room = count ?? elements.count
    try communicator.require(room >= 0, .count, "sendReceive", "count \(room) is below 0")
    let (to, from, receiveTag) = try communicator.checkExchange(
      Element.self, destination, tag, source, receiveTag)
    let begun = communicator.begin("sendReceive", .send, file, line)
    return try begun.persistent(Memory(elements), Memory(count: room)) { out, into, handles in
      communicator.startExchange(
        .later, out, elements.count, to, tag, into, room, from, receiveTag, &handles)
    }
  }
}

extension Communicator {
  /// Begins a send and a receive, or makes them ready.
  @inlinable @inline(__always)
  func startExchange<Element>(
    _ start: Start, _ out: UnsafePointer<Element>?, _ outCount: Int, _ to: CInt, _ tag: Int,
    _ into: UnsafeMutablePointer<Element>?, _ intoCount: Int, _ from: CInt, _ receiveTag: CInt,
    _ handles: inout Handles
  ) -> CInt {
    let tag = CInt(truncatingIfNeeded: tag)
    // The receive is the last: its status is the request's.
    let code = transfer(outCount, of: Element.self) { count, type in
      handles.keep(
        start == .now
          ? MPI_Isend(out, count, type, to, tag, rawValue, &handles.next)
          : MPI_Send_init(out, count, type, to, tag, rawValue, &handles.next))
    }
    if code != 0 { return code }
    return transfer(intoCount, of: Element.self) { count, type in
      handles.keep(
        start == .now
          ? MPI_Irecv(into, count, type, from, receiveTag, rawValue, &handles.next)
          : MPI_Recv_init(into, count, type, from, receiveTag, rawValue, &handles.next))
    }
  }
}
