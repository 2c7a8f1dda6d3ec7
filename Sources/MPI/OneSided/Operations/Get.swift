// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension LockEpoch {
  /// Gets elements of a target's memory into memory of this rank.
  ///
  /// ```swift
  /// try epoch.get(into: &ghost, from: left, at: 0)                        // side by side
  /// try epoch.get(into: &ghost, from: left, at: 0, layout: column)        // a column of the target's matrix
  /// try epoch.get(into: &matrix[layout: column], from: left, at: 0)       // into a column of this rank's
  /// ```
  ///
  /// They are there when it returns (`MPI_Win_flush_local`). No allocation, no copy.
  ///
  /// C: `MPI_Get`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.2 and 11.5.4.
  ///
  /// - Parameters:
  ///   - received: where they go, and how many.
  ///   - target: a rank, or a ``Neighbor`` that may not be there: then the memory stays as it is.
  ///   - index: where in the target's memory the first is, or where the layout begins.
  ///   - layout: which of the target's elements are read, counted from `index`; side by side unless given.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked; ``ErrorClass/count`` if the layout selects another number of elements, or
  ///   that of `received` does not lie within its memory; ``ErrorClass/type`` if an element is to be received twice.
  @inlinable
  public func get<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    into received: inout Buffer, from target: some MessageDestination, at index: Int, layout: Layout<Element>? = nil,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) where Buffer.Element == Element {
    let code = try received._withMutableMemory { (memory) throws(MPIError) in
      let piece = try communicator.incoming(memory, of: Buffer.self, "get")
      let place = try place(target, index, layout, of: piece, isWritten: false, "get")
      guard let place else { return CInt(0) }
      if piece.count == 0 { return CInt(0) }
      communicator.enter("get", file, line)
      return window.get(piece, place)
    }
    try communicator.check(code, "get")
  }

  /// Gets elements of a target's memory.
  ///
  /// C: `MPI_Get`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.2 and 11.5.4.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first is.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/count``, ``ErrorClass/windowRange``;
  ///   ``ErrorClass/windowSynchronization`` if the target is not locked.
  @inlinable
  public func get(
    count: Int, from target: Int, at index: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try communicator.require(count >= 0, .count, "get", "count \(count) is below 0")
    let rank = try reachRank(target, index, count, "get")
    if count == 0 { return [] }
    communicator.enter("get", file, line)
    let (array, code) = makeArray(count) { (into: UnsafeMutablePointer<Element>?) in
      window.getElements(into, count, rank, window.displacement(index, rank))
    }
    try communicator.check(code, "get")
    return array
  }

  /// Gets the elements of a target's memory that a layout selects.
  ///
  /// C: `MPI_Get`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.2 and 11.5.4.
  ///
  /// - Parameters:
  ///   - target: a rank.
  ///   - index: where in the target's memory the layout begins.
  ///   - layout: which elements, counted from `index`.
  /// - Returns: the elements, in the layout's order.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked; ``ErrorClass/type`` if the layout selects only some fields of the elements.
  public func get(
    from target: Int, at index: Int, layout: Layout<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let count = try window.wholeElements(of: layout, "get")
    let place = try placeOfRank(
      target, index, layout, of: Piece(count: count, of: Element.self), isWritten: false, "get")
    if count == 0 { return [] }
    communicator.enter("get", file, line)
    let (array, code) = makeArray(count) { (into: UnsafeMutablePointer<Element>?) in
      window.get(Piece(into, count: count), place)
    }
    try communicator.check(code, "get")
    return array
  }

  /// Gets a value of a target's memory.
  ///
  /// C: `MPI_Get`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.2 and 11.5.4.
  ///
  /// - Parameters:
  ///   - target: a rank.
  ///   - index: where in the target's memory.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked.
  @inlinable
  public func get(
    from target: Int, at index: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    let rank = try reachRank(target, index, 1, "get")
    communicator.enter("get", file, line)
    let (element, code) = makeElement(Element.self) {
      window.getElements($0, 1, rank, window.displacement(index, rank))
    }
    try communicator.check(code, "get")
    return element
  }
}

extension WindowEpoch where Self: ~Escapable {
  /// Gets elements of a target's memory that are there after the next fence, or when the epoch has ended. In a
  /// ``LockEpoch`` they are there at once.
  ///
  /// ```swift
  /// let ghost = try window.fenced { epoch in
  ///   try epoch.getDeferred(count: 8, from: left, at: 0)
  /// }
  /// use(try ghost.elements)
  /// ```
  ///
  /// C: `MPI_Get`. MPI-3.1, section 11.3.2.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first is.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/count``, ``ErrorClass/windowRange``;
  ///   ``ErrorClass/windowSynchronization`` outside of an epoch in which the target may be reached.
  public func getDeferred(
    count: Int, from target: Int, at index: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> DeferredGet<Element> {
    try communicator.require(count >= 0, .count, "getDeferred", "count \(count) is below 0")
    return try getDeferred(count, nil, from: target, at: index, file, line)
  }

  /// Gets elements of a target's memory, which a layout selects, and that are there when the epoch has ended.
  ///
  /// ```swift
  /// let ghost = try window.fenced { epoch in
  ///   try epoch.getDeferred(from: left, at: 0, layout: column)
  /// }
  /// use(try ghost.elements)
  /// ```
  ///
  /// C: `MPI_Get`. MPI-3.1, section 11.3.2.
  ///
  /// - Parameters:
  ///   - target: a rank.
  ///   - index: where in the target's memory the layout begins.
  ///   - layout: which elements, counted from `index`.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` for a rank
  ///   that the epoch does not reach; ``ErrorClass/type`` if the layout selects only some fields of the elements.
  public func getDeferred(
    from target: Int, at index: Int, layout: Layout<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> DeferredGet<Element> {
    try getDeferred(window.wholeElements(of: layout, "getDeferred"), layout, from: target, at: index, file, line)
  }

  private func getDeferred(
    _ count: Int, _ layout: Layout<Element>?, from target: Int, at index: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> DeferredGet<Element> {
    let place = try placeOfRank(
      target, index, layout, of: Piece(count: count, of: Element.self), isWritten: false, "getDeferred")
    if count == 0 { return DeferredGet(window, [], nil) }
    communicator.enter("getDeferred", file, line)
    // MPI writes to the address after this call. It stays good: the result and the window hold the array.
    let (array, code) = makeArray(count) { (into: UnsafeMutablePointer<Element>?) in
      let piece = Piece(into, count: count)
      return Self._isPassive ? window.get(piece, place) : window.startGet(piece, place)
    }
    try communicator.check(code, "getDeferred")
    if Self._isPassive { return DeferredGet(window, array, nil) }
    let result = DeferredGet(window, array, window.state.pointee.ended)
    window.kept.append(result.box)
    return result
  }
}

extension Window {
  /// Gets elements, and waits until they are there.
  @inlinable @inline(__always)
  func get(_ piece: Piece, _ place: WindowPlace) -> CInt {
    let code = startGet(piece, place)
    return code != 0 ? code : MPI_Win_flush_local(place.rank, rawValue)
  }

  @inlinable @inline(__always)
  func startGet(_ piece: Piece, _ place: WindowPlace) -> CInt {
    transfer(piece, place.piece, of: Element.self) { count, type, placeCount, placeType in
      MPI_Get(piece.start, count, type, place.rank, place.displacement, placeCount, placeType, rawValue)
    }
  }

  /// Gets elements, and waits until they are there.
  @inlinable @inline(__always)
  func getElements(
    _ start: UnsafeMutablePointer<Element>?, _ count: Int, _ rank: CInt, _ place: MPI_Aint
  ) -> CInt {
    let code = transfer(count, of: Element.self) { count, type in
      MPI_Get(start, count, type, rank, place, count, type, rawValue)
    }
    return code != 0 ? code : MPI_Win_flush_local(rank, rawValue)
  }
}

/// Elements that a get brings by the next fence or the end of an epoch.
public struct DeferredGet<Element: BitwiseCopyable> {
  /// The memory, which the window holds too until the epoch has ended.
  final class Box {
    let array: [Element]
    init(_ array: [Element]) { self.array = array }
  }

  private let window: Window<Element>
  let box: Box
  /// How many epochs had ended when it began; nil if it has ended.
  private let begun: Int?

  init(_ window: Window<Element>, _ array: [Element], _ begun: Int?) {
    self.window = window
    self.box = Box(array)
    self.begun = begun
  }

  /// The elements received.
  ///
  /// - Throws: ``ErrorClass/windowSynchronization`` before the epoch has ended.
  public var elements: [Element] {
    get throws(MPIError) {
      if let begun {
        try window.communicator.require(
          window.state.pointee.ended > begun, .windowSynchronization, "getDeferred",
          "the elements are there only after the epoch: call fence() first, or read them outside of its closure")
      }
      return box.array
    }
  }
}

extension WindowNonblocking {
  /// Begins to get elements of a target's memory.
  ///
  /// C: `MPI_Rget`. MPI-3.1, section 11.3.5.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - target: a rank.
  ///   - index: where in the target's memory the first is.
  /// - Returns: a request that gives the elements.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/count``, ``ErrorClass/windowRange``;
  ///   ``ErrorClass/windowSynchronization`` if the target is not locked; what MPI reports, at once or when the request
  ///   is waited for.
  public func get(
    count: Int, from target: Int, at index: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try window.communicator.require(count >= 0, .count, "get", "count \(count) is below 0")
    return try get(count, nil, from: target, at: index, file, line)
  }

  /// Begins to get the elements of a target's memory that a layout selects.
  ///
  /// C: `MPI_Rget`. MPI-3.1, section 11.3.5.
  ///
  /// - Parameters:
  ///   - target: a rank.
  ///   - index: where in the target's memory the layout begins.
  ///   - layout: which elements, counted from `index`.
  /// - Returns: a request that gives the elements, in the layout's order.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked; ``ErrorClass/type`` if the layout selects only some fields of the elements; what MPI reports, at
  ///   once or when the request is waited for.
  public func get(
    from target: Int, at index: Int, layout: Layout<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try get(window.wholeElements(of: layout, "get"), layout, from: target, at: index, file, line)
  }

  private func get(
    _ count: Int, _ layout: Layout<Element>?, from target: Int, at index: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Request<[Element]> {
    let place = try epoch.placeOfRank(
      target, index, layout, of: Piece(count: count, of: Element.self), isWritten: false, "get")
    var begun = window.communicator.begin("get", .send, file, line)
    // MPI writes to the address after this call. It stays good: the request holds the array, and nothing else does.
    let (array, code) = makeArray(count) { (into: UnsafeMutablePointer<Element>?) in
      count == 0
        ? 0
        : transfer(Piece(into, count: count), place.piece, of: Element.self) { count, type, placeCount, placeType in
          begun.handles.keep(
            MPI_Rget(
              into, count, type, place.rank, place.displacement, placeCount, placeType, window.rawValue,
              &begun.handles.next))
        }
    }
    return try begun.request(code) { (_, _) throws(MPIError) in array }
  }
}
