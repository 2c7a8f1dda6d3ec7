import CMPI

extension Communicator {
  /// Gathers equally many elements of every rank at the root, in rank order.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Gather`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - received: at the root, where they go: `size` times as many. Elsewhere it is not looked at.
  ///   - root: the rank that gets them.
  /// - Throws: ``ErrorClass/count`` where `received` has another length; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func gather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, root: Int = 0
  ) throws(MPIError) {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    if rank == root {
      try checkCount(received.count, elements.count * size, "gather", "the memory at the root")
    }
    let code = elements.withUnsafeBufferPointer { own in
      received.withUnsafeMutableBufferPointer { into in
        gatherEqual(own.baseAddress, own.count, into.baseAddress, Element.self, root)
      }
    }
    try check(code, "gather")
  }

  /// Gathers elements of every rank, unlike in number, at the root.
  ///
  /// No message but the elements.
  ///
  /// C: `MPI_Gatherv`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's, `counts[rank]` of them.
  ///   - received: at the root, where they go: as many as `counts` sums to. Elsewhere it is not looked at.
  ///   - counts: how many each rank has, the same on every rank.
  ///   - root: the rank that gets them.
  public func gather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, counts: [Int], root: Int = 0
  ) throws(MPIError) {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    try checkCounts(counts, own: elements.count, "gather")
    if rank == root {
      try checkCount(received.count, counts.reduce(0, +), "gather", "the memory at the root")
    }
    let code = elements.withUnsafeBytes { own in
      received.withUnsafeMutableBytes { into in
        gatherParts(own.baseAddress, into.baseAddress, counts, ElementType(Element.self), root, inPlace: false)
      }
    }
    try check(code, "gather")
  }

  /// Gathers a value of every rank at the root.
  ///
  /// C: `MPI_Gather`. MPI-3.1, section 5.5.
  ///
  /// - Returns: at the root the values in rank order, elsewhere nil.
  @inlinable
  public func gather<Element: BitwiseCopyable>(_ value: Element, root: Int = 0) throws(MPIError) -> [Element]? {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    guard rank == root else {
      try check(withElement(value) { gatherEqual($0, 1, nil, Element.self, root) }, "gather")
      return nil
    }
    let (array, code) = makeArray(size) { (into: UnsafeMutablePointer<Element>?) in
      withElement(value) { gatherEqual($0, 1, into, Element.self, root) }
    }
    try check(code, "gather")
    return array
  }

  /// Gathers an array of every rank, of whatever lengths they have, at the root.
  ///
  /// The lengths go first, in an all-gather of one number a rank. Give `counts` where every rank knows them, and it is
  /// spared.
  ///
  /// C: `MPI_Gatherv`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - elements: this rank's, any number of them.
  ///   - root: the rank that gets them.
  ///   - counts: how many each rank has, if known, the same on every rank.
  /// - Returns: at the root all of them, and which came from whom; elsewhere nil.
  public func gather<Element: BitwiseCopyable>(
    _ elements: [Element], root: Int = 0, counts: [Int]? = nil
  ) throws(MPIError) -> RankPartitioned<Element>? {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    let counts = try known(counts, else: elements.count)
    try checkCounts(counts, own: elements.count, "gather")
    let total = rank == root ? counts.reduce(0, +) : 0
    let (array, code) = makeArray(total) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBytes { own in
        gatherParts(own.baseAddress, into, counts, ElementType(Element.self), root, inPlace: false)
      }
    }
    try check(code, "gather")
    return rank == root ? RankPartitioned(array, counts: counts) : nil
  }

  /// Gathers a `Codable` value of every rank at the root.
  ///
  /// Two collectives: the lengths of their bytes, then the bytes.
  ///
  /// C: `MPI_Gatherv` of `MPI_BYTE`. MPI-3.1, section 5.5.
  ///
  /// - Returns: at the root the values in rank order, elsewhere nil.
  public func gather<Object: Codable>(object: Object, root: Int = 0) throws(MPIError) -> [Object]? {
    guard let parts = try gather(encoded(object, "gather(object:)"), root: root) else { return nil }
    return try decoded(Object.self, each: parts, "gather(object:)")
  }

  /// Gathers elements at the root, whose own are where they belong already.
  ///
  /// C: `MPI_Gather` and `MPI_Gatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - elements: at the root, memory for all, with the root's own in their place; elsewhere this rank's own.
  ///   - root: the rank that gets them.
  ///   - counts: how many each rank has, the same on every rank; equally many unless given.
  public func gather<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, root: Int = 0, counts: [Int]? = nil
  ) throws(MPIError) {
    try checkRoot(root, "gather")
    try checkElement(Element.self, "gather")
    let share = try checkInPlace(elements.count, root, counts, "gather")
    let code = elements.withUnsafeMutableBufferPointer { memory in
      if let counts {
        return gatherParts(
          memory.baseAddress, memory.baseAddress, counts, ElementType(Element.self), root, inPlace: true)
      }
      return transfer(share, of: Element.self) { count, type in
        MPI_Gather(
          rank == root ? UnsafeRawPointer(CMPI_IN_PLACE) : UnsafeRawPointer(memory.baseAddress), count, type,
          memory.baseAddress, count, type, CInt(root), rawValue)
      }
    }
    try check(code, "gather")
  }

  /// Gathers elements at the root in place, in arrays. See ``gather(inPlace:root:counts:)-(MutableSpan<Element>,_,_)``.
  ///
  /// C: `MPI_Gather` and `MPI_Gatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.5.
  public func gather<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], root: Int = 0, counts: [Int]? = nil
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try gather(inPlace: &span, root: root, counts: counts)
  }

  @inlinable @inline(__always)
  func gatherEqual<Element>(
    _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?, _: Element.Type, _ root: Int
  ) -> CInt {
    transfer(count, of: Element.self) { count, type in
      MPI_Gather(own, count, type, into, count, type, CInt(truncatingIfNeeded: root), rawValue)
    }
  }

  private func gatherParts(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ counts: [Int], _ type: ElementType, _ root: Int,
    inPlace: Bool
  ) -> CInt {
    let own = UnsafeMutableRawPointer(mutating: own)
    let isHere = inPlace && rank == root ? rank : nil
    return uneven(
      Parts(start: into, counts: counts, type: type),
      send: Parts(start: own, counts: self.counts(of: counts[rank], at: root), type: type, inPlace: isHere),
      receive: Parts(
        start: into, counts: rank == root ? counts : self.counts(of: 0, at: 0), type: type, inPlace: isHere)
    ) { all in
      all.withCountsAndDisplacements { counts, displacements in
        MPI_Gatherv(
          isHere == nil ? UnsafeRawPointer(own) : UnsafeRawPointer(CMPI_IN_PLACE), counts[rank], type.datatype, into,
          counts, displacements, type.datatype, CInt(root), rawValue)
      }
    }
  }
}
