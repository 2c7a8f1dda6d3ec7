// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Reductions of `Codable` values by a closure. The values are of any length, and the closure may throw, so MPI's own
// reductions do not serve: the values go through a tree of messages. A rank that fails sends its error on in place of a
// value, so every rank that waits gets one or the other.

/// One reduction on one rank.
final class ObjectReduction<Object: Codable> {
  /// A value on its way, or what went wrong.
  typealias Partial = Result<Object, ObjectFailure>

  private let communicator: Communicator
  private let operation: StaticString
  private let combine: (Object, Object) throws -> Object
  /// What was thrown on this rank.
  private var thrown: (any Error)?

  private static var valueTag: Int { 0 }
  private static var failureTag: Int { 1 }

  init(
    _ communicator: Communicator, _ operation: StaticString, _ combine: @escaping (Object, Object) throws -> Object
  ) {
    self.communicator = communicator
    self.operation = operation
    self.combine = combine
  }

  // MARK: Along the ranks

  /// Combines the ranks' values in rank order at one of them.
  ///
  /// The ranks are halved again and again, whichever rank holds the result, so the brackets depend on their number
  /// alone. Each rank but the holder sends one message. The holder waits for one for each level of the tree, one after
  /// the other.
  ///
  /// - Returns: at the holder the result; elsewhere what this rank sent.
  func collect(_ own: Object, at holder: Int) throws(MPIError) -> Partial {
    if communicator.size == 1 { return .success(own) }
    return try collect(own, over: 0..<communicator.size, at: holder, communicator.libraryChannel(operation))
  }

  private func collect(
    _ own: Object, over ranks: Range<Int>, at holder: Int, _ channel: Communicator
  ) throws(MPIError) -> Partial {
    if ranks.count == 1 { return .success(own) }
    let middle = ranks.lowerBound + (ranks.count + 1) / 2
    let (low, high) = (ranks.lowerBound..<middle, middle..<ranks.upperBound)
    let isLow = holder < middle
    let other = isLow ? high.lowerBound : low.lowerBound
    let rank = communicator.rank
    let half = rank < middle ? low : high
    let partial = try collect(own, over: half, at: half.contains(holder) ? holder : other, channel)
    if rank == other { try send(partial, to: holder, channel) }
    guard rank == holder else { return partial }
    let theirs = try receive(from: other, channel)
    return isLow ? combined(partial, theirs) : combined(theirs, partial)
  }

  /// Gives rank 0's result to every rank.
  func share(_ partial: Partial) throws(MPIError) -> Partial {
    if communicator.size == 1 { return partial }
    let channel = try communicator.libraryChannel(operation)
    guard communicator.rank == 0 else {
      // The kind of message stands behind it, so that the bytes need not be moved.
      let bytes: [UInt8] = try channel.broadcast(nil as [UInt8]?)
      let isFailure = bytes.last.map(Int.init) != Self.valueTag
      return decoded(bytes.span.extracting(droppingLast: 1), isFailure: isFailure)
    }
    var (bytes, tag) = try encoded(partial)
    bytes.append(UInt8(tag))
    _ = try channel.broadcast(bytes)
    return partial
  }

  /// Combines, on each rank, the values of the ranks up to this one.
  ///
  /// As many messages one after the other as the number of ranks has binary digits, and the closure runs as often.
  func accumulate(_ own: Object) throws(MPIError) -> Partial {
    var partial = Partial.success(own)
    let size = communicator.size
    if size == 1 { return partial }
    let channel = try communicator.libraryChannel(operation)
    var distance = 1
    while distance < size {
      if let theirs = try pass(partial, by: distance, channel) { partial = combined(theirs, partial) }
      distance *= 2
    }
    return partial
  }

  /// Combines, on each rank, the values of the ranks below this one; nil on rank 0.
  func accumulateBelow(_ own: Object) throws(MPIError) -> Partial? {
    let size = communicator.size
    if size == 1 { return nil }
    let channel = try communicator.libraryChannel(operation)
    // Each rank takes the value of the one below, and all but rank 0 accumulate those.
    guard var below = try pass(.success(own), by: 1, channel) else { return nil }
    var distance = 1
    while distance < size - 1 {
      if let theirs = try pass(below, by: distance, from: 1, channel) { below = combined(theirs, below) }
      distance *= 2
    }
    return below
  }

  /// Combines values in their order, by the brackets of ``collect(_:at:)``. No message is sent.
  func fold(_ values: ArraySlice<Object>) -> Partial {
    if values.count == 1 { return .success(values.first!) }
    let middle = values.startIndex + (values.count + 1) / 2
    return combined(fold(values[..<middle]), fold(values[middle...]))
  }

  /// The value, or the error that this rank throws.
  func result(_ partial: Partial) throws -> Object {
    switch partial {
    case .success(let object): return object
    case .failure(let failure):
      if failure.rank == communicator.rank, let thrown { throw thrown }
      throw failure.error(operation, on: communicator)
    }
  }

  /// The value, at the root; else nil, or the error that passed through here.
  func result(_ partial: Partial, at root: Int) throws -> Object? {
    if case .success = partial, communicator.rank != root { return nil }
    return try result(partial)
  }

  // MARK: One step

  private func combined(_ left: Partial, _ right: Partial) -> Partial {
    switch (left, right) {
    case (.failure, _): return left
    case (_, .failure): return right
    case (.success(let left), .success(let right)):
      do {
        return .success(try combine(left, right))
      } catch {
        return .failure(note(error))
      }
    }
  }

  /// Keeps an error of this rank, and makes of it what can travel.
  private func note(_ error: any Error) -> ObjectFailure {
    if thrown == nil { thrown = error }
    return ObjectFailure(error, of: "the closure", rank: communicator.rank)
  }

  /// Sends what this rank has to the rank that is `distance` higher, and takes that of the one that is as much lower.
  ///
  /// - Parameter first: the lowest rank that takes part.
  private func pass(
    _ partial: Partial, by distance: Int, from first: Int = 0, _ channel: Communicator
  ) throws(MPIError) -> Partial? {
    let (rank, size) = (communicator.rank, communicator.size)
    guard rank + distance < size else {
      return rank - distance >= first ? try receive(from: rank - distance, channel) : nil
    }
    // The send must not wait for ranks that wait for this one.
    let (bytes, tag) = try encoded(partial)
    let request = try channel.nonblocking.send(bytes, to: rank + distance, tag: tag)
    let theirs = rank - distance >= first ? try receive(from: rank - distance, channel) : nil
    try request.wait()
    return theirs
  }

  private func send(_ partial: Partial, to rank: Int, _ channel: Communicator) throws(MPIError) {
    guard case .success(let object) = partial else {
      let (bytes, tag) = try encoded(partial)
      return try channel.send(bytes, to: rank, tag: tag)
    }
    do throws(MPIError) {
      try channel.send(object: object, to: rank, tag: Self.valueTag)
    } catch {
      guard error.errorClass == .serialization else { throw error }
      let (bytes, tag) = try encoded(.failure(note(renamed(error))))
      try channel.send(bytes, to: rank, tag: tag)
    }
  }

  private func receive(from rank: Int, _ channel: Communicator) throws(MPIError) -> Partial {
    let message = try channel.matchedProbe(from: rank)
    let isFailure = message.status.tag == Self.failureTag
    do throws(MPIError) {
      if isFailure { return .failure(try message.receive(object: ObjectFailure.self)) }
      return .success(try message.receive(object: Object.self))
    } catch {
      guard error.errorClass == .serialization else { throw error }
      return .failure(note(renamed(error)))
    }
  }

  /// The bytes of a value, or of an error, and the tag, which distinguishes them.
  private func encoded(_ partial: Partial) throws(MPIError) -> ([UInt8], Int) {
    switch partial {
    case .failure(let failure): return (try communicator.encoded(failure, operation), Self.failureTag)
    case .success(let object):
      do throws(MPIError) {
        return (try communicator.encoded(object, operation), Self.valueTag)
      } catch {
        return (try communicator.encoded(note(error), operation), Self.failureTag)
      }
    }
  }

  private func decoded(_ bytes: Span<UInt8>, isFailure: Bool) -> Partial {
    do throws(MPIError) {
      if isFailure { return .failure(try communicator.decoded(ObjectFailure.self, bytes, operation)) }
      return .success(try communicator.decoded(Object.self, bytes, operation))
    } catch {
      return .failure(note(error))
    }
  }

  /// An error of a message, as one of the program's call.
  private func renamed(_ error: MPIError) -> MPIError {
    MPIError(
      error.errorClass, error.text, operation: "\(operation)", communicator: communicator.name, rank: communicator.rank)
  }
}

extension Communicator {
  /// Combines values that are all here, in their order.
  final func reduceObjects<Object: Codable>(
    _ operation: StaticString, _ values: [Object], _ combine: (Object, Object) throws -> Object
  ) throws -> Object {
    try withoutActuallyEscaping(combine) { combine in
      let reduction = ObjectReduction(self, operation, combine)
      return try reduction.result(reduction.fold(values[...]))
    }
  }

  /// Runs one reduction of values. In checked mode the ranks compare the call, and it is known by the program's line.
  final func reduceObjects<Object: Codable, Result>(
    _ operation: StaticString, root: Int? = nil, _ file: StaticString, _ line: Int,
    _ combine: (Object, Object) throws -> Object, _ body: (ObjectReduction<Object>) throws -> Result
  ) throws -> Result {
    try refuseIfOccupied(operation)
    return try withoutActuallyEscaping(combine) { combine in
      try collectiveCall(operation, root: root, file, line) {
        try body(ObjectReduction(self, operation, combine))
      }
    }
  }
}
