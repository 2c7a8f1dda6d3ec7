import CMPI

extension Communicator {
  /// Gives the root's elements to every rank, in place.
  ///
  /// No allocation, no copy. Every rank gives memory for as many elements as the root has.
  ///
  /// C: `MPI_Bcast`. MPI-3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - elements: at the root what is sent, elsewhere where it goes.
  ///   - root: the rank whose elements they are.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/truncate`` where a rank's memory is too short.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkRoot(root, "broadcast")
    try checkElement(Element.self, "broadcast")
    try enterCollective("broadcast", Element.self, count: elements.count, root: root, file, line)
    let code = broadcastElements(elements.start, elements.count, root)
    try check(code, "broadcast")
  }

  /// Gives the root's array to every rank, in place; every rank has one of the same length.
  ///
  /// C: `MPI_Bcast`. MPI-3.1, section 5.4.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try broadcast(inPlace: &span, root: root, file: file, line: line)
  }

  /// Gives the root's value to every rank.
  ///
  /// ```swift
  /// let seed = try world.broadcast(world.isRoot ? UInt64.random(in: 0...UInt64.max) : nil)
  /// ```
  ///
  /// C: `MPI_Bcast`. MPI-3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - value: at the root the value; elsewhere it is not looked at, and may be nil.
  ///   - root: the rank whose value it is.
  /// - Returns: the root's value, on every rank.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    _ value: Element?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    try checkRoot(root, "broadcast")
    try checkElement(Element.self, "broadcast")
    if rank == root && value == nil { throw missingAtRoot("broadcast") }
    try enterCollective("broadcast", Element.self, count: 1, root: root, file, line)
    if rank == root, let value {
      try check(withElement(value) { broadcastElements($0, 1, root) }, "broadcast")
      return value
    }
    let (element, code) = makeElement(Element.self) { broadcastElements($0, 1, root) }
    try check(code, "broadcast")
    return element
  }

  /// Gives the root's array, of whatever length it has, to every rank.
  ///
  /// The length goes first, in a broadcast of its own. Give `count` where every rank knows it, and that one is spared.
  ///
  /// C: `MPI_Bcast`. MPI-3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not looked at, and may be nil.
  ///   - root: the rank whose array it is.
  ///   - count: its length, if known on every rank.
  /// - Returns: the root's array, on every rank.
  /// - Throws: ``ErrorClass/argument`` on every rank where the root gives nil; ``ErrorClass/count`` where the root's array
  ///   has not `count` elements; ``ErrorClass/root`` for a root out of range.
  public func broadcast<Element: BitwiseCopyable>(
    _ elements: [Element]?, root: Int = 0, count: Int? = nil, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    try checkRoot(root, "broadcast")
    try checkElement(Element.self, "broadcast")
    let known = count
    let count: Int
    if let known { count = known } else { count = try shareCount(elements?.count, root, "broadcast", file, line) }
    try require(count >= 0, .count, "broadcast", "count \(count) is below 0")
    if rank == root {
      guard let elements else { throw missingAtRoot("broadcast") }
      try checkCount(elements.count, count, "broadcast", "the root's array")
    }
    try enterCollective("broadcast", Element.self, count: count, root: root, file, line)
    if rank == root, let elements {
      let code = elements.withUnsafeBufferPointer { memory in
        // MPI takes one pointer for what is read at the root and written elsewhere.
        broadcastElements(UnsafeMutablePointer(mutating: memory.baseAddress), memory.count, root)
      }
      try check(code, "broadcast")
      return elements
    }
    let (array, code) = makeArray(count) { (start: UnsafeMutablePointer<Element>?) in
      broadcastElements(start, count, root)
    }
    try check(code, "broadcast")
    return array
  }

  /// Gives the root's `Codable` value to every rank.
  ///
  /// Two broadcasts: the length of its bytes, then the bytes.
  ///
  /// C: `MPI_Bcast` of `MPI_BYTE`. MPI-3.1, section 5.4.
  ///
  /// - Returns: the value; at the root the one that was given, elsewhere a copy.
  /// - Throws: ``ErrorClass/serialization`` where it can't be encoded or decoded; ``ErrorClass/argument`` on every rank
  ///   where the root gives nil.
  public func broadcast<Object: Codable>(
    object: Object?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    try checkRoot(root, "broadcast(object:)")
    guard rank == root, let object else {
      let bytes: [UInt8] = try broadcast(nil as [UInt8]?, root: root, file: file, line: line)
      return try decoded(Object.self, bytes, "broadcast(object:)")
    }
    _ = try broadcast(encoded(object, "broadcast(object:)"), root: root, file: file, line: line)
    return object
  }

  @inlinable @inline(__always)
  func broadcastElements<Element>(_ start: UnsafeMutablePointer<Element>?, _ count: Int, _ root: Int) -> CInt {
    transfer(count, of: Element.self) { count, type in
      MPI_Bcast(start, count, type, CInt(truncatingIfNeeded: root), rawValue)
    }
  }

  /// Tells every rank a count that the root alone knows. Where the root has none, every rank throws.
  @usableFromInline
  func shareCount(
    _ count: Int?, _ root: Int, _ operation: StaticString, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Int {
    let shared = try broadcast(rank == root ? count ?? -1 : nil, root: root, file: file, line: line)
    if shared < 0 { throw missingAtRoot(operation) }
    return shared
  }

  @usableFromInline @inline(never)
  func missingAtRoot(_ operation: StaticString) -> MPIError {
    failure(.argument, operation, "the root gave nil: at the root there must be a value")
  }

  /// Begins it, or makes it ready.
  @inlinable @inline(__always)
  func startBroadcast<Element>(
    _ start: Start, _ memory: UnsafeMutablePointer<Element>?, _ count: Int, _ root: Int, _ handles: inout Handles
  ) -> CInt {
    let root = CInt(truncatingIfNeeded: root)
    return transfer(count, of: Element.self) { count, type in
      handles.keep(
        start == .now
          ? MPI_Ibcast(memory, count, type, root, rawValue, &handles.next)
          : cmpi_bcast_init(memory, count, type, root, rawValue, &handles.next))
    }
  }
}

extension Nonblocking {
  /// Begins to give the root's elements to every rank, in place, and waits when the work is done.
  ///
  /// No allocation, no copy. Every rank gives memory for as many elements as the root has.
  ///
  /// C: `MPI_Ibcast`. MPI-3.1, section 5.12.2.
  ///
  /// - Parameters:
  ///   - elements: at the root what is sent, elsewhere where it goes.
  ///   - root: the rank whose elements they are.
  ///   - work: runs while the operation is under way.
  /// - Returns: what the work returns.
  @inlinable
  public func broadcast<Element: BitwiseCopyable, Result>(
    inPlace elements: inout MutableSpan<Element>, root: Int = 0, file: StaticString = #fileID, line: Int = #line,
    while work: (inout Pending) throws -> Result
  ) throws -> Result {
    try communicator.checkRoot(root, "broadcast")
    try communicator.checkElement(Element.self, "broadcast")
    var pending = try communicator.pendingCollective(
      "broadcast", Element.self, count: elements.count, root: root, file, line)
    let code = communicator.startBroadcast(.now, elements.start, elements.count, root, &pending.handles)
    return try pending.run(code, work).result
  }

  /// Begins to give the root's value to every rank.
  ///
  /// C: `MPI_Ibcast`. MPI-3.1, section 5.12.2.
  ///
  /// - Parameters:
  ///   - value: at the root the value; elsewhere it is not looked at, and may be nil.
  ///   - root: the rank whose value it is.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    _ value: Element?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    let array: [Element]? = value.map { [$0] }
    return try broadcast(array, root: root, count: 1, file: file, line: line).map { (result) throws(MPIError) in
      result[0]
    }
  }

  /// Begins to give the root's array to every rank.
  ///
  /// C: `MPI_Ibcast`. MPI-3.1, section 5.12.2.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not looked at, and may be nil.
  ///   - root: the rank whose array it is.
  ///   - count: its length, the same on every rank.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil; ``ErrorClass/count`` where its array has not `count` elements.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    _ elements: [Element]?, root: Int = 0, count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    try communicator.checkRoot(root, "broadcast")
    try communicator.checkElement(Element.self, "broadcast")
    try communicator.require(count >= 0, .count, "broadcast", "count \(count) is below 0")
    let isRoot = communicator.rank == root
    if isRoot {
      guard let elements else { throw communicator.missingAtRoot("broadcast") }
      try communicator.checkCount(elements.count, count, "broadcast", "the root's array")
    }
    let begun = try communicator.beginCollective("broadcast", Element.self, count: count, root: root, file, line)
    let own = isRoot ? elements ?? [] : []
    return try begun.request(reading: own, filling: isRoot ? 0 : count) { from, into, handles in
      // MPI takes one pointer for what is read at the root and written elsewhere.
      let memory = isRoot ? UnsafeMutablePointer(mutating: from) : into
      return communicator.startBroadcast(.now, memory, count, root, &handles)
    } finish: {
      isRoot ? own : $0
    }
  }
}

extension Persistent {
  /// Makes ready to give the root's elements to every rank: input and output are the same memory.
  ///
  /// C: `MPI_Bcast_init`. MPI-4.0, section 6.13.2.
  ///
  /// - Parameters:
  ///   - elements: what ``PersistentRequest/input`` begins with, as many on every rank. They are copied.
  ///   - root: the rank whose elements go to all.
  public func broadcast<Element: BitwiseCopyable>(
    inPlace elements: [Element], root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    try communicator.checkRoot(root, "broadcast")
    try communicator.checkElement(Element.self, "broadcast")
    let begun = try communicator.makeReady("broadcast", Element.self, count: elements.count, root: root, file, line)
    let memory = Memory(elements)
    return try begun.persistent(memory, memory) { _, memory, handles in
      communicator.startBroadcast(.later, memory, elements.count, root, &handles)
    }
  }
}
