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
    receiveTag: some MessageTag = AnyTag()
  ) throws(MPIError) -> Status {
    let (to, from, receiveTag) = try checkExchange(Element.self, destination, tag, source, receiveTag)
    var status = Status()
    let code = elements.withUnsafeBufferPointer { out in
      received.withUnsafeMutableBufferPointer { into in
        exchange(out.baseAddress, out.count, to, tag, into.baseAddress, into.count, from, receiveTag, &status)
      }
    }
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
    receiveTag: some MessageTag = AnyTag()
  ) throws(MPIError) -> Element {
    let (to, from, receiveTag) = try checkExchange(Element.self, destination, tag, source, receiveTag)
    var status = Status()
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
    receiveTag: some MessageTag = AnyTag()
  ) throws(MPIError) -> [Element] {
    // All is checked before anything is sent.
    _ = try checkExchange(Element.self, destination, tag, source, receiveTag)
    let outgoing = try nonblocking.send(elements, to: destination, tag: tag)
    let received: [Element] = try receive(from: source, tag: receiveTag)
    _ = try outgoing.wait()
    return received
  }

  /// Sends any `Codable` value to one rank and receives one from another, at once.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.7.2 and 3.8.2.
  ///
  /// - Throws: ``ErrorClass/serialization`` where a value can't be encoded, or what came is not of the same type.
  public func sendReceive<Object: Codable>(
    object: Object, to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag()
  ) throws(MPIError) -> Object {
    let bytes = try encoded(object, "sendReceive(object:)")
    return try decoded(
      Object.self, sendReceive(bytes, to: destination, tag: tag, from: source, receiveTag: receiveTag),
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
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag()
  ) throws(MPIError) -> Status {
    let (to, from, receiveTag) = try checkExchange(Element.self, destination, tag, source, receiveTag)
    var status = Status()
    let code = elements.withUnsafeMutableBufferPointer { memory in
      transfer(memory.count, of: Element.self) { count, type in
        MPI_Sendrecv_replace(
          memory.baseAddress, count, type, to, CInt(truncatingIfNeeded: tag), from, receiveTag, rawValue, &status.value)
      }
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
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag()
  ) throws(MPIError) -> Status {
    var span = elements.mutableSpan
    return try sendReceive(inPlace: &span, to: destination, tag: tag, from: source, receiveTag: receiveTag)
  }

  /// Sends a value to one rank and puts what comes from another in its place; from ``MessageSource/null``, nothing.
  ///
  /// C: `MPI_Sendrecv_replace`. MPI-3.1, section 3.10.
  @inlinable
  @discardableResult
  public func sendReceive<Element: BitwiseCopyable>(
    inPlace value: inout Element, to destination: some MessageDestination, tag: Int = 0,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag()
  ) throws(MPIError) -> Status {
    var one = [value]
    let status = try sendReceive(inPlace: &one, to: destination, tag: tag, from: source, receiveTag: receiveTag)
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
