import CMPI

extension Communicator {
  /// Sends a block to every rank and receives one from each, all equally long.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Alltoall`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: the blocks that go out, in rank order: `size` times as many as one has.
  ///   - received: where the blocks that come in go, in rank order; as many.
  /// - Throws: ``ErrorClass/count`` where the lengths do not agree, or are no multiple of `size`.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>
  ) throws(MPIError) {
    try checkElement(Element.self, "allToAll")
    try checkCount(received.count, elements.count, "allToAll", "the memory for what comes")
    let share = elements.count / size
    try checkCount(elements.count, share * size, "allToAll", "what goes out, not a multiple of size,")
    let code = elements.withUnsafeBufferPointer { out in
      received.withUnsafeMutableBufferPointer { into in
        allToAllEqual(out.baseAddress, into.baseAddress, share)
      }
    }
    try check(code, "allToAll")
  }

  /// Sends a part to every rank and receives one from each, of unlike lengths.
  ///
  /// No message but the elements. Any one part, and all together, may be of any length.
  ///
  /// C: `MPI_Alltoallw`, which is `MPI_Alltoallv` with displacements that can't overflow. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - elements: what goes out, in rank order.
  ///   - counts: how many of them go to each rank.
  ///   - received: where what comes in goes, in rank order.
  ///   - receivedCounts: how many come from each rank.
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: Span<Element>, counts: [Int], into received: inout MutableSpan<Element>, receivedCounts: [Int]
  ) throws(MPIError) {
    try checkElement(Element.self, "allToAll")
    try checkCounts(counts, own: receivedCounts.count == size ? receivedCounts[rank] : nil, "allToAll")
    try checkCounts(receivedCounts, own: nil, "allToAll")
    try checkCount(elements.count, counts.reduce(0, +), "allToAll", "what goes out")
    try checkCount(received.count, receivedCounts.reduce(0, +), "allToAll", "the memory for what comes")
    let type = ElementType(Element.self)
    let code = elements.withUnsafeBytes { out in
      received.withUnsafeMutableBytes { into in
        exchange(
          send: Parts(start: UnsafeMutableRawPointer(mutating: out.baseAddress), counts: counts, type: type),
          receive: Parts(start: into.baseAddress, counts: receivedCounts, type: type))
      }
    }
    try check(code, "allToAll")
  }

  /// Sends a block to every rank and receives one from each, all equally long.
  ///
  /// With `size` elements, element r goes to rank r, and element r of the result came from rank r.
  ///
  /// C: `MPI_Alltoall`. MPI-3.1, section 5.8.
  ///
  /// - Parameter elements: the blocks that go out, in rank order; as many elements on every rank.
  /// - Returns: the blocks that came, in rank order; as many elements.
  /// - Throws: ``ErrorClass/count`` where their number is no multiple of `size`.
  @inlinable
  public func allToAll<Element: BitwiseCopyable>(_ elements: [Element]) throws(MPIError) -> [Element] {
    try checkElement(Element.self, "allToAll")
    let share = elements.count / size
    try checkCount(elements.count, share * size, "allToAll", "what goes out, not a multiple of size,")
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { allToAllEqual($0.baseAddress, into, share) }
    }
    try check(code, "allToAll")
    return array
  }

  /// Sends a part to every rank and receives one from each, of whatever lengths they have.
  ///
  /// ```swift
  /// let outgoing = RankPartitioned(bucketsByOwner)      // [[Key]], one bucket for each rank
  /// let incoming = try world.allToAll(outgoing)         // which came from whom is kept
  /// ```
  ///
  /// The lengths go first, in an all-to-all of one number a pair. Give `receivedCounts` where they are known, on every
  /// rank or on none, and it is spared.
  ///
  /// C: `MPI_Alltoall`, `MPI_Alltoallw`. MPI-3.1, section 5.8.
  ///
  /// - Parameters:
  ///   - parts: one for each rank.
  ///   - receivedCounts: how many elements come from each rank, if known.
  /// - Returns: the parts that came, one from each rank.
  /// - Throws: ``ErrorClass/count`` where there is not one part for each rank.
  public func allToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int]? = nil
  ) throws(MPIError) -> RankPartitioned<Element> {
    try checkElement(Element.self, "allToAll")
    let counts = parts.counts
    try checkCount(counts.count, size, "allToAll", "what goes out, with a part for each rank,")
    let incoming: [Int]
    if let receivedCounts { incoming = receivedCounts } else { incoming = try allToAll(counts) }
    try checkCounts(incoming, own: counts[rank], "allToAll")
    let type = ElementType(Element.self)
    let (array, code) = makeArray(incoming.reduce(0, +)) { (into: UnsafeMutablePointer<Element>?) in
      parts.elements.withUnsafeBytes { out in
        exchange(
          send: Parts(start: UnsafeMutableRawPointer(mutating: out.baseAddress), counts: counts, type: type),
          receive: Parts(start: into, counts: incoming, type: type))
      }
    }
    try check(code, "allToAll")
    return RankPartitioned(array, counts: incoming)
  }

  /// Exchanges blocks of equal length with every rank, in place.
  ///
  /// MPI needs memory of its own for it.
  ///
  /// C: `MPI_Alltoall` with `MPI_IN_PLACE`. MPI-3.1, section 5.8.
  ///
  /// - Parameter elements: the blocks that go out, replaced by those that come.
  public func allToAll<Element: BitwiseCopyable>(inPlace elements: inout MutableSpan<Element>) throws(MPIError) {
    try checkElement(Element.self, "allToAll")
    let share = elements.count / size
    try checkCount(elements.count, share * size, "allToAll", "what goes out, not a multiple of size,")
    let code = elements.withUnsafeMutableBufferPointer { memory in
      transfer(share, of: Element.self) { count, type in
        MPI_Alltoall(CMPI_IN_PLACE, 0, CMPI_BYTE, memory.baseAddress, count, type, rawValue)
      }
    }
    try check(code, "allToAll")
  }

  /// Exchanges blocks of equal length with every rank, in place in an array.
  ///
  /// C: `MPI_Alltoall` with `MPI_IN_PLACE`. MPI-3.1, section 5.8.
  public func allToAll<Element: BitwiseCopyable>(inPlace elements: inout [Element]) throws(MPIError) {
    var span = elements.mutableSpan
    try allToAll(inPlace: &span)
  }

  @inlinable @inline(__always)
  func allToAllEqual<Element>(
    _ out: UnsafePointer<Element>?, _ into: UnsafeMutablePointer<Element>?, _ share: Int
  ) -> CInt {
    transfer(share, of: Element.self) { count, type in
      MPI_Alltoall(out, count, type, into, count, type, rawValue)
    }
  }
}
