// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Memory that is lent to any number of messages in flight at the same time.
///
/// ```swift
/// var ghosts = [Double](repeating: 0, count: neighbors.count * length)
/// try world.nonblocking.lending(&ghosts) { memory in
///   for (index, neighbor) in neighbors.enumerated() {
///     try memory.receive(into: index * length..<(index + 1) * length, from: neighbor)
///   }
///   relaxInside()                                       // while the messages are in flight
///   while let (range, _) = try memory.waitAny() {     // in the order in which they arrive
///     relaxEdge(try memory.elements(in: range))
///   }
/// }
/// // All have completed: `ghosts` may be used.
/// ```
///
/// A part that is received into takes part in no other message until that has completed; parts that are sent may
/// overlap. The memory is sent from, and received into, where it lies: no copy.
///
/// It can't leave the closure that it is lent to.
///
/// C: arrays of `MPI_Request`. MPI-3.1, sections 3.7.2 and 3.7.5.
@frozen
public struct LentMemory<Element: BitwiseCopyable>: ~Copyable, ~Escapable {
  /// A part of the memory with which a message in flight does something.
  @usableFromInline @frozen
  struct Part {
    /// The message's number.
    @usableFromInline let number: Int
    @usableFromInline let range: Range<Int>
    @usableFromInline let isReceived: Bool

    @inlinable
    init(_ number: Int, _ range: Range<Int>, isReceived: Bool) {
      (self.number, self.range, self.isReceived) = (number, range, isReceived)
    }
  }

  @usableFromInline let communicator: Communicator
  @usableFromInline let start: UnsafeMutablePointer<Element>?
  /// The number of elements.
  public let count: Int
  @usableFromInline var requests = RequestSet<Status>()
  /// How many messages were begun.
  @usableFromInline var messagesBegun = 0
  @usableFromInline var parts: [Part] = []

  @inlinable
  @_lifetime(immortal)
  init(_ communicator: Communicator, _ memory: FlatPiece) {
    self.communicator = communicator
    start = memory.written(as: Element.self)
    count = memory.count
  }

  /// The number of messages that were not returned by a wait yet.
  @inlinable
  public var messageCount: Int { requests.count }

  // MARK: Begin

  /// Begins to receive a message into a part of the memory.
  ///
  /// C: `MPI_Irecv`. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - range: which elements it goes into. A shorter message leaves the rest as it was.
  ///   - source: a rank, ``MessageSource/any`` or ``MessageSource/null``.
  ///   - tag: a number, or ``MessageTag/any``.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range; ``ErrorClass/argument`` if the part does
  ///   not lie within the memory, or another message in flight has some of it. A longer message is an error of the
  ///   wait.
  @inlinable
  public mutating func receive(
    into range: Range<Int>, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let (rank, tag) = try communicator.checkReceive(source, tag)
    try check(range, isReceived: true, "receive")
    var begun = communicator.begin("receive", .receive, file, line)
    let code = communicator.beginReceive(piece(range), of: Element.self, rank, tag, &begun.handles)
    try add(begun.request(code) { (_, status) throws(MPIError) in status }, range, isReceived: true)
  }

  /// Begins to send a part of the memory.
  ///
  /// C: `MPI_Isend`, `MPI_Issend`, `MPI_Ibsend`, `MPI_Irsend`. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - range: which elements are sent.
  ///   - destination: a rank, or ``MessageDestination/null``.
  ///   - tag: 0 to ``Communicator/largestTag``.
  ///   - mode: when the send is complete.
  /// - Throws: ``ErrorClass/rank`` or ``ErrorClass/tag`` for one out of range; ``ErrorClass/argument`` if the part does
  ///   not lie within the memory, or a message is being received into some of it; ``ErrorClass/buffer`` for a buffered
  ///   send without room.
  @inlinable
  public mutating func send(
    _ range: Range<Int>, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let rank = try communicator.checkSend(destination, tag)
    try check(range, isReceived: false, "send")
    let piece = piece(range)
    if mode == .buffered { try communicator.checkSendBuffer(piece.byteCount, "send") }
    var begun = communicator.begin("send", .send, file, line)
    let code = communicator.beginSend(piece, of: Element.self, rank, tag, mode, &begun.handles)
    try add(begun.request(code) { (_, status) throws(MPIError) in status }, range, isReceived: false)
  }

  // MARK: Wait

  /// Waits until a message has completed that was not returned yet.
  ///
  /// C: `MPI_Waitany`. MPI-3.1, section 3.7.5.
  ///
  /// - Returns: its part of the memory, and source, tag and length of a message that was received; nil if all were
  ///   returned.
  /// - Throws: the error of one that failed, such as ``ErrorClass/truncate`` for a message longer than its part.
  @inlinable
  public mutating func waitAny(
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> (range: Range<Int>, status: Status)? {
    do {
      guard let (number, status) = try requests.waitAny(file: file, line: line) else { return nil }
      return (take(number), status)
    } catch {
      forgetFailed()
      throw error
    }
  }

  /// A message that has completed and was not returned yet, without waiting. It lets MPI do some work.
  ///
  /// C: `MPI_Testany`. MPI-3.1, section 3.7.5.
  ///
  /// - Returns: as ``waitAny(file:line:)``; nil if none has completed.
  /// - Throws: as ``waitAny(file:line:)``.
  @inlinable
  public mutating func testAny() throws(MPIError) -> (range: Range<Int>, status: Status)? {
    do {
      guard let (number, status) = try requests.testAny() else { return nil }
      return (take(number), status)
    } catch {
      forgetFailed()
      throw error
    }
  }

  /// Waits until all messages have completed. Its parts may take part in others then.
  ///
  /// C: `MPI_Waitall`. MPI-3.1, section 3.7.5.
  ///
  /// - Throws: the error of the first that failed, after all have completed.
  @inlinable
  public mutating func waitAll(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    defer { parts.removeAll(keepingCapacity: true) }
    var failure: MPIError?
    while requests.count > 0 {
      do throws(MPIError) { _ = try requests.waitAll(file: file, line: line) } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }

  // MARK: Elements

  /// Elements that no message is being received into.
  ///
  /// - Parameter range: which.
  /// - Returns: a span of them where they lie.
  /// - Throws: ``ErrorClass/argument`` if they do not lie within the memory, or a message is being received into some
  ///   of them.
  @inlinable
  @_lifetime(borrow self)
  public func elements(in range: Range<Int>) throws(MPIError) -> Span<Element> {
    try check(range, isReceived: false, "elements(in:)")
    let memory = UnsafeBufferPointer(start: start.map { UnsafePointer($0 + range.lowerBound) }, count: range.count)
    return _overrideLifetime(Span(_unsafeElements: memory), borrowing: self)
  }

  // MARK: Within

  @inlinable @inline(__always)
  func piece(_ range: Range<Int>) -> Piece {
    Piece(start.map { $0 + range.lowerBound }, count: range.count)
  }

  @inlinable @inline(__always)
  mutating func add(_ request: consuming Request<Status>, _ range: Range<Int>, isReceived: Bool) {
    requests.append(request)
    parts.append(Part(messagesBegun, range, isReceived: isReceived))
    messagesBegun += 1
  }

  /// Takes out the part of a message that has completed.
  @inlinable
  mutating func take(_ number: Int) -> Range<Int> {
    let place = parts.firstIndex { $0.number == number }!
    parts.swapAt(place, parts.count - 1)
    return parts.removeLast().range
  }

  /// Takes out the parts of messages that have failed: they are in flight no more.
  @usableFromInline @inline(never)
  mutating func forgetFailed() {
    let left = Set(requests.numbersLeft() + requests.returned.map(\.index))
    parts.removeAll { !left.contains($0.number) }
  }

  /// Throws unless a part lies within the memory, and apart from those of messages in flight, unless both are only
  /// read.
  @usableFromInline
  func check(_ range: Range<Int>, isReceived: Bool, _ operation: StaticString) throws(MPIError) {
    try communicator.require(
      range.lowerBound >= 0 && range.upperBound <= count, .argument, operation,
      "elements \(range.lowerBound)..<\(range.upperBound) are out of range: the memory has \(count)")
    for part in parts where (isReceived || part.isReceived) && part.range.overlaps(range) {
      let other = part.isReceived ? "received into" : "sent from"
      throw communicator.failure(
        .argument, operation,
        """
        elements \(range.lowerBound)..<\(range.upperBound) overlap with \(part.range.lowerBound)..<\
        \(part.range.upperBound), which are \(other) by a message in flight: wait for it first
        """)
    }
  }

  /// Cancels what is received, and waits for all.
  @usableFromInline
  mutating func giveUp() {
    requests.cancelReceives()
    try? waitAll()
  }
}

extension Nonblocking {
  /// Lends memory to any number of messages in flight at the same time, and waits for all of them after the work.
  ///
  /// ```swift
  /// try world.nonblocking.lending(&halo) { memory in
  ///   try memory.receive(into: 0..<8, from: left)
  ///   try memory.receive(into: 24..<32, from: right)
  ///   try memory.send(8..<16, to: left)
  ///   try memory.send(16..<24, to: right)
  ///   relaxInside()
  /// }
  /// ```
  ///
  /// No copy, unless a layout selects the elements: they are copied side by side, and back at the end.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, `MPI_Waitall`. MPI-3.1, sections 3.7.2 and 3.7.5.
  ///
  /// - Parameters:
  ///   - buffer: the memory. The compiler refuses access to it until the call returns.
  ///   - work: begins messages, and runs while they are in flight. If it throws, receives are canceled, and all are
  ///     waited for.
  /// - Returns: what the work returns.
  /// - Throws: what the work throws; else the error of the first message that failed, after all have completed.
  @inlinable
  public func lending<Buffer: IncomingBuffer & ~Copyable & ~Escapable, Result>(
    _ buffer: inout Buffer, file: StaticString = #fileID, line: Int = #line,
    while work: (inout LentMemory<Buffer.Element>) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    let communicator = try base._communicator("lending")
    return try buffer._withMutableMemory { (memory) throws in
      let flat = try communicator.incoming(memory, of: Buffer.self, "lending").flat(
        of: Buffer.Element.self, communicator, "lending")
      var lent = LentMemory<Buffer.Element>(communicator, flat)
      let result: Result
      do {
        result = try work(&lent)
      } catch {
        lent.giveUp()
        throw error
      }
      let failure: MPIError?
      do throws(MPIError) {
        try lent.waitAll(file: file, line: line)
        failure = nil
      } catch {
        failure = error
      }
      try communicator.check(flat.finish(0), "lending")
      if let failure { throw failure }
      return result
    }
  }
}
