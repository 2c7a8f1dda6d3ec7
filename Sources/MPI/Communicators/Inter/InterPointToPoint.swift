import CMPI

// Messages between the groups. They are those of `Communicator`, whose ranks here are the remote ones.

extension InterCommunicator {
  /// Sends elements to a rank of the remote group, from where they lie. See
  /// ``Communicator/send(_:to:tag:mode:file:line:)-(Span<Element>,_,_,_,_,_)``.
  ///
  /// C: `MPI_Send` and its kin. MPI-3.1, sections 3.2.1 and 6.6.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ elements: Span<Element>, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try connected("send").send(elements, to: destination, tag: tag, mode: mode, file: file, line: line)
  }

  /// Sends an array to a rank of the remote group. The length travels with the message.
  ///
  /// C: `MPI_Send` and its kin. MPI-3.1, sections 3.2.1 and 6.6.
  ///
  /// - Throws: ``ErrorClass/rank`` for a rank that the remote group has not; else as a communicator's.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ elements: [Element], to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try connected("send").send(elements, to: destination, tag: tag, mode: mode, file: file, line: line)
  }

  /// Sends a value to a rank of the remote group.
  ///
  /// C: `MPI_Send` and its kin. MPI-3.1, sections 3.2.1 and 6.6.
  @inlinable
  public func send<Element: BitwiseCopyable>(
    _ value: Element, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try connected("send").send(value, to: destination, tag: tag, mode: mode, file: file, line: line)
  }

  /// Sends any `Codable` value to a rank of the remote group.
  ///
  /// Its type must have the same name in both programs, so where they differ, it belongs into a library of both.
  ///
  /// C: `MPI_Send` of `MPI_BYTE`. MPI-3.1, sections 3.2.1 and 6.6.
  public func send<Object: Encodable>(
    object: Object, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try connected("send(object:)").send(
      object: object, to: destination, tag: tag, mode: mode, file: file, line: line)
  }

  /// Receives elements of a rank of the remote group into memory. See
  /// ``Communicator/receive(into:from:tag:file:line:)-(MutableSpan<Element>,_,_,_,_)``.
  ///
  /// C: `MPI_Recv`. MPI-3.1, sections 3.2.4 and 6.6.
  @inlinable
  @discardableResult
  public func receive<Element: BitwiseCopyable>(
    into elements: inout MutableSpan<Element>, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    try connected("receive").receive(into: &elements, from: source, tag: tag, file: file, line: line)
  }

  /// Receives elements of a rank of the remote group into an array, which keeps its length.
  ///
  /// C: `MPI_Recv`. MPI-3.1, sections 3.2.4 and 6.6.
  @inlinable
  @discardableResult
  public func receive<Element: BitwiseCopyable>(
    into elements: inout [Element], from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    try connected("receive").receive(into: &elements, from: source, tag: tag, file: file, line: line)
  }

  /// Receives a value of a rank of the remote group.
  ///
  /// C: `MPI_Recv`. MPI-3.1, sections 3.2.4 and 6.6.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _ type: Element.Type = Element.self, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try connected("receive").receive(type, from: source, tag: tag, file: file, line: line)
  }

  /// Receives an array, of whatever length it has, of a rank of the remote group.
  ///
  /// C: `MPI_Mprobe`, `MPI_Mrecv`. MPI-3.1, sections 3.8.2 and 6.6.
  @inlinable
  public func receive<Element: BitwiseCopyable>(
    _ type: [Element].Type = [Element].self, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try connected("receive").receive(type, from: source, tag: tag, file: file, line: line)
  }

  /// Receives a `Codable` value of a rank of the remote group.
  ///
  /// C: `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.8.2 and 6.6.
  public func receive<Object: Decodable>(
    object type: Object.Type, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    try connected("receive(object:)").receive(object: type, from: source, tag: tag, file: file, line: line)
  }

  /// Sends a value to one rank of the remote group and receives one from another, at once.
  ///
  /// C: `MPI_Sendrecv`. MPI-3.1, sections 3.10 and 6.6.
  @inlinable
  public func sendReceive<Element: BitwiseCopyable>(
    _ value: Element, to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try connected("sendReceive").sendReceive(
      value, to: destination, tag: tag, from: source, receiveTag: receiveTag, file: file, line: line)
  }

  /// Sends an array to one rank of the remote group and receives one, of whatever length, from another, at once.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv`. MPI-3.1, sections 3.7.2, 3.8.2 and 6.6.
  @inlinable
  public func sendReceive<Element: BitwiseCopyable>(
    _ elements: [Element], to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try connected("sendReceive").sendReceive(
      elements, to: destination, tag: tag, from: source, receiveTag: receiveTag, file: file, line: line)
  }

  /// Sends a `Codable` value to one rank of the remote group and receives one from another, at once.
  ///
  /// C: `MPI_Isend`, `MPI_Mprobe`, `MPI_Mrecv` of `MPI_BYTE`. MPI-3.1, sections 3.7.2, 3.8.2 and 6.6.
  public func sendReceive<Object: Codable>(
    object: Object, to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    try connected("sendReceive(object:)").sendReceive(
      object: object, to: destination, tag: tag, from: source, receiveTag: receiveTag, file: file, line: line)
  }

  /// Waits until a message of the remote group is there to receive, and says what is known of it.
  ///
  /// C: `MPI_Probe`. MPI-3.1, sections 3.8.1 and 6.6.
  @inlinable
  public func probe(
    from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status {
    try connected("probe").probe(from: source, tag: tag, file: file, line: line)
  }

  /// Waits until a message of the remote group is there, and takes it out of line for the ``Message`` returned to receive.
  ///
  /// C: `MPI_Mprobe`. MPI-3.1, sections 3.8.2 and 6.6.
  @inlinable
  public func matchedProbe(
    from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Message {
    try connected("matchedProbe").matchedProbe(from: source, tag: tag, file: file, line: line)
  }
}
