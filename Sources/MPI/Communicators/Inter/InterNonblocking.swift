import CMPI

extension InterCommunicator {
  /// The operations that begin and return at once: messages to and from the remote group, and collectives.
  ///
  /// They are those of ``Nonblocking`` with values and arrays. What a blocking form learns by a message before (how long the
  /// arrays of the remote ranks are) is an argument here. All ranks of both groups must begin them in the same order.
  public struct Begin {
    let inter: InterCommunicator
  }

  /// The same operations, begun and not waited for.
  public var nonblocking: Begin { Begin(inter: self) }
}

extension InterCommunicator.Begin {
  /// Begins to send an array to a rank of the remote group. See ``Nonblocking/send(_:to:tag:mode:file:line:)-([Element],_,_,_,_,_)``.
  ///
  /// C: `MPI_Isend` and its kin. MPI-3.1, sections 3.7.2 and 6.6.
  public func send<Element: BitwiseCopyable>(
    _ elements: [Element], to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try begin("send").send(elements, to: destination, tag: tag, mode: mode, file: file, line: line)
  }

  /// Begins to send a value to a rank of the remote group.
  ///
  /// C: `MPI_Isend` and its kin. MPI-3.1, sections 3.7.2 and 6.6.
  public func send<Element: BitwiseCopyable>(
    _ value: Element, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try begin("send").send(value, to: destination, tag: tag, mode: mode, file: file, line: line)
  }

  /// Begins to send any `Codable` value to a rank of the remote group.
  ///
  /// C: `MPI_Isend` of `MPI_BYTE`. MPI-3.1, sections 3.7.2 and 6.6.
  public func send<Object: Encodable>(
    object: Object, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[UInt8]> {
    try begin("send(object:)").send(object: object, to: destination, tag: tag, mode: mode, file: file, line: line)
  }

  /// Begins to receive an array of at most `count` elements of a rank of the remote group.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, sections 3.7.2 and 6.6.
  public func receive<Element: BitwiseCopyable>(
    _ type: Element.Type, count: Int, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try begin("receive").receive(type, count: count, from: source, tag: tag, file: file, line: line)
  }

  /// Begins to receive a value of a rank of the remote group.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, sections 3.7.2 and 6.6.
  public func receive<Element: BitwiseCopyable>(
    _ type: Element.Type, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    try begin("receive").receive(type, from: source, tag: tag, file: file, line: line)
  }

  /// What is known of a message of the remote group that is there to receive, or nil where none is.
  ///
  /// C: `MPI_Iprobe`. MPI-3.1, sections 3.8.1 and 6.6.
  public func probe(from source: some MessageSource, tag: some MessageTag = AnyTag()) throws(MPIError) -> Status? {
    try begin("probe").probe(from: source, tag: tag)
  }

  /// Takes a message of the remote group that is there out of line, for the ``Message`` returned to receive; nil where none
  /// is.
  ///
  /// C: `MPI_Improbe`. MPI-3.1, sections 3.8.2 and 6.6.
  public func matchedProbe(
    from source: some MessageSource, tag: some MessageTag = AnyTag()
  ) throws(MPIError) -> Message? {
    try begin("matchedProbe").matchedProbe(from: source, tag: tag)
  }

  /// Begins a barrier: the request is over when every rank of the remote group has called it.
  ///
  /// C: `MPI_Ibarrier`. MPI-3.1, section 5.12.1.
  public func barrier(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Request<Void> {
    try begin("barrier").barrier(file: file, line: line)
  }

  private func begin(_ operation: StaticString) throws(MPIError) -> Nonblocking<Communicator> {
    try inter.connected(operation).nonblocking
  }
}

extension InterCommunicator {
  /// Throws unless there is a count of 0 or more for each remote rank.
  func checkRemoteCounts(_ counts: [Int], _ operation: StaticString) throws(MPIError) {
    let core = try connected(operation)
    try core.require(
      counts.count == remoteSize, .count, operation,
      "counts has \(counts.count) entries and must have one for each of \(remoteSize) remote ranks")
    var total = 0
    for (rank, count) in counts.enumerated() {
      let (sum, overflow) = total.addingReportingOverflow(count)
      try core.require(
        count >= 0 && !overflow, .count, operation,
        "counts[\(rank)] is \(count): it must be 0 or more, and so must the sum")
      total = sum
    }
  }

  /// Begins to send a part to every remote rank and to receive one from each, of any lengths.
  ///
  /// C: `MPI_Ialltoallw`. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - counts: how many of the elements go to each.
  ///   - incoming: how many come from each.
  ///   - isShared: whether all get the same elements.
  ///   - finish: makes the output of what came.
  func exchange<Element: BitwiseCopyable, Output>(
    _ begun: consuming Begun, _ elements: [Element], _ counts: [Int], _ incoming: [Int], isShared: Bool = false,
    finish: @escaping ([Element]) -> Output
  ) throws(MPIError) -> Request<Output> {
    let core = begun.communicator
    try core.checkElement(Element.self, begun.operation)
    let plan = Kept()
    return try begun.request(reading: elements, filling: incoming.reduce(0, +), keeping: plan) { out, into, handles in
      let type = ElementType(Element.self)
      let parts = ExchangePlan(
        send: Parts(start: UnsafeMutableRawPointer(mutating: out), counts: counts, type: type, isShared: isShared),
        receive: Parts(start: into, counts: incoming, type: type))
      return plan.keep((core.startExchange(.now, parts, &handles), parts))
    } finish: {
      finish($0)
    }
  }
}
