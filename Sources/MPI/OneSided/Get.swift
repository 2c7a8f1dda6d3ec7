import CMPI

extension Window {
  /// Gets elements of a target's memory into memory of this rank. Inside locks alone.
  ///
  /// They are there when it returns (`MPI_Win_flush_local`). No allocation, no copy.
  ///
  /// C: `MPI_Get`, `MPI_Win_flush_local`. MPI-3.1, sections 11.3.2 and 11.5.4.
  ///
  /// - Parameters:
  ///   - elements: where they go, and how many.
  ///   - target: a rank, or a ``Neighbor`` that may not be there: then the memory stays as it is.
  ///   - index: where in the target's memory the first is.
  /// - Throws: ``ErrorClass/rank``, ``ErrorClass/windowRange``; ``ErrorClass/windowSynchronization`` if the target is
  ///   not locked: after a fence what comes is not there before the next one, see
  ///   ``getDeferred(count:from:at:file:line:)``.
  @inlinable
  public func get(
    into elements: inout MutableSpan<Element>, from target: some MessageDestination, at index: Int,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    guard let rank = try reach(target, index, elements.count, "get") else { return }
    try requirePassive("get")
    if elements.count == 0 { return }
    communicator.enter("get", file, line)
    let code = getElements(elements.start, elements.count, rank, displacement(index, rank))
    try communicator.check(code, "get")
  }

  /// Gets elements of a target's memory. Inside locks alone.
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
    try communicator.checkRank(target, "get")
    guard let rank = try reach(target, index, count, "get") else { return [] }
    try requirePassive("get")
    if count == 0 { return [] }
    communicator.enter("get", file, line)
    let (array, code) = makeArray(count) { (into: UnsafeMutablePointer<Element>?) in
      getElements(into, count, rank, displacement(index, rank))
    }
    try communicator.check(code, "get")
    return array
  }

  /// Gets a value of a target's memory. Inside locks alone.
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
    try communicator.checkRank(target, "get")
    _ = try reach(target, index, 1, "get")
    try requirePassive("get")
    communicator.enter("get", file, line)
    let rank = CInt(truncatingIfNeeded: target)
    let (element, code) = makeElement(Element.self) { getElements($0, 1, rank, displacement(index, rank)) }
    try communicator.check(code, "get")
    return element
  }

  /// Gets elements of a target's memory that are there when the epoch is over: after the next fence, or outside of
  /// `accessing`. It works inside locks, too.
  ///
  /// ```swift
  /// let ghost = try window.getDeferred(count: 8, from: left, at: 0)
  /// try window.fence()
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
    if state.pointee.isPassive != 0 {
      return try DeferredGet(self, get(count: count, from: target, at: index, file: file, line: line), nil)
    }
    try communicator.require(count >= 0, .count, "getDeferred", "count \(count) is below 0")
    try communicator.checkRank(target, "getDeferred")
    _ = try reach(target, index, count, "getDeferred")
    if count == 0 { return DeferredGet(self, [], nil) }
    communicator.enter("getDeferred", file, line)
    let (rank, place) = (CInt(target), displacement(index, CInt(target)))
    // MPI writes to the address after this call. It stays good: the result and the window hold the array.
    let (array, code) = makeArray(count) { (into: UnsafeMutablePointer<Element>?) in
      transfer(count, of: Element.self) { count, type in
        MPI_Get(into, count, type, rank, place, count, type, rawValue)
      }
    }
    try communicator.check(code, "getDeferred")
    let result = DeferredGet(self, array, state.pointee.ended)
    kept.append(result.box)
    return result
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

/// Elements that a get brings by the end of an epoch.
public struct DeferredGet<Element: BitwiseCopyable> {
  /// The memory, which the window holds too until the epoch is over.
  final class Box {
    let array: [Element]
    init(_ array: [Element]) { self.array = array }
  }

  private let window: Window<Element>
  let box: Box
  /// How many epochs had ended when it began; nil if it is over.
  private let begun: Int?

  init(_ window: Window<Element>, _ array: [Element], _ begun: Int?) {
    self.window = window
    self.box = Box(array)
    self.begun = begun
  }

  /// The elements received.
  ///
  /// - Throws: ``ErrorClass/windowSynchronization`` before the epoch is over.
  public var elements: [Element] {
    get throws(MPIError) {
      if let begun {
        try window.communicator.require(
          window.state.pointee.ended > begun, .windowSynchronization, "getDeferred",
          "the elements are there only after the epoch: call fence() first, or leave accessing")
      }
      return box.array
    }
  }
}

extension WindowNonblocking {
  /// Begins to get elements of a target's memory. Inside locks alone.
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
    var begun = try begin("get", .send, target, index, count, file, line)
    let (rank, place) = (CInt(target), window.displacement(index, CInt(target)))
    // MPI writes to the address after this call. It stays good: the request holds the array, and nobody else does.
    let (array, code) = makeArray(count) { (into: UnsafeMutablePointer<Element>?) in
      count == 0
        ? 0
        : transfer(count, of: Element.self) { count, type in
          begun.handles.keep(
            MPI_Rget(into, count, type, rank, place, count, type, window.rawValue, &begun.handles.next))
        }
    }
    return try begun.request(code) { (_, _) throws(MPIError) in array }
  }
}
