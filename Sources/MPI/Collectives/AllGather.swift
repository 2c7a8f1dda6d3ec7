import CMPI

extension Communicator {
  /// Gathers equally many elements of every rank on every rank, in rank order.
  ///
  /// No allocation, no copy.
  ///
  /// C: `MPI_Allgather`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - elements: this rank's, as many on every rank.
  ///   - received: where all go: `size` times as many.
  /// - Throws: ``ErrorClass/count`` where `received` has another length.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>
  ) throws(MPIError) {
    try checkElement(Element.self, "allGather")
    try checkCount(received.count, elements.count * size, "allGather", "the memory for all")
    let code = elements.withUnsafeBufferPointer { own in
      received.withUnsafeMutableBufferPointer { into in
        allGatherEqual(own.baseAddress, own.count, into.baseAddress)
      }
    }
    try check(code, "allGather")
  }

  /// Gathers elements of every rank, unlike in number, on every rank.
  ///
  /// No message but the elements.
  ///
  /// C: `MPI_Allgatherv`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - elements: this rank's, `counts[rank]` of them.
  ///   - received: where all go: as many as `counts` sums to.
  ///   - counts: how many each rank has, the same on every rank.
  public func allGather<Element: BitwiseCopyable>(
    _ elements: Span<Element>, into received: inout MutableSpan<Element>, counts: [Int]
  ) throws(MPIError) {
    try checkElement(Element.self, "allGather")
    try checkCounts(counts, own: elements.count, "allGather")
    try checkCount(received.count, counts.reduce(0, +), "allGather", "the memory for all")
    let code = elements.withUnsafeBytes { own in
      received.withUnsafeMutableBytes { into in
        allGatherParts(own.baseAddress, into.baseAddress, counts, ElementType(Element.self), inPlace: false)
      }
    }
    try check(code, "allGather")
  }

  /// Gathers a value of every rank on every rank.
  ///
  /// C: `MPI_Allgather`. MPI-3.1, section 5.7.
  ///
  /// - Returns: the values in rank order.
  @inlinable
  public func allGather<Element: BitwiseCopyable>(_ value: Element) throws(MPIError) -> [Element] {
    try checkElement(Element.self, "allGather")
    let (array, code) = makeArray(size) { (into: UnsafeMutablePointer<Element>?) in
      withElement(value) { allGatherEqual($0, 1, into) }
    }
    try check(code, "allGather")
    return array
  }

  /// Gathers an array of every rank, of whatever lengths they have, on every rank.
  ///
  /// The lengths go first, in an all-gather of one number a rank. Give `counts` where every rank knows them, and it is
  /// spared.
  ///
  /// C: `MPI_Allgatherv`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - elements: this rank's, any number of them.
  ///   - counts: how many each rank has, if known, the same on every rank.
  /// - Returns: all of them, and which came from whom.
  public func allGather<Element: BitwiseCopyable>(
    _ elements: [Element], counts: [Int]? = nil
  ) throws(MPIError) -> RankPartitioned<Element> {
    try checkElement(Element.self, "allGather")
    let counts = try known(counts, else: elements.count)
    try checkCounts(counts, own: elements.count, "allGather")
    let (array, code) = makeArray(counts.reduce(0, +)) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBytes { own in
        allGatherParts(own.baseAddress, into, counts, ElementType(Element.self), inPlace: false)
      }
    }
    try check(code, "allGather")
    return RankPartitioned(array, counts: counts)
  }

  /// Gathers a `Codable` value of every rank on every rank.
  ///
  /// Two collectives: the lengths of their bytes, then the bytes.
  ///
  /// C: `MPI_Allgatherv` of `MPI_BYTE`. MPI-3.1, section 5.7.
  ///
  /// - Returns: the values in rank order.
  public func allGather<Object: Codable>(object: Object) throws(MPIError) -> [Object] {
    try decoded(Object.self, each: allGather(encoded(object, "allGather(object:)")), "allGather(object:)")
  }

  /// Gathers elements on every rank, each rank's own being where they belong already.
  ///
  /// C: `MPI_Allgather` and `MPI_Allgatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.7.
  ///
  /// - Parameters:
  ///   - elements: memory for all, with this rank's own in their place.
  ///   - counts: how many each rank has, the same on every rank; equally many unless given.
  public func allGather<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, counts: [Int]? = nil
  ) throws(MPIError) {
    try checkElement(Element.self, "allGather")
    let share = elements.count / size
    if let counts {
      try checkCounts(counts, own: nil, "allGather")
      try checkCount(elements.count, counts.reduce(0, +), "allGather", "the memory in place")
    } else {
      try checkCount(elements.count, share * size, "allGather", "the memory in place, not a multiple of size,")
    }
    let code = elements.withUnsafeMutableBufferPointer { memory in
      if let counts {
        return allGatherParts(nil, memory.baseAddress, counts, ElementType(Element.self), inPlace: true)
      }
      return transfer(share, of: Element.self) { count, type in
        MPI_Allgather(CMPI_IN_PLACE, 0, CMPI_BYTE, memory.baseAddress, count, type, rawValue)
      }
    }
    try check(code, "allGather")
  }

  /// Gathers elements on every rank in place, in arrays. See
  /// ``allGather(inPlace:counts:)-(MutableSpan<Element>,_)``.
  ///
  /// C: `MPI_Allgather` and `MPI_Allgatherv` with `MPI_IN_PLACE`. MPI-3.1, section 5.7.
  public func allGather<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], counts: [Int]? = nil
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try allGather(inPlace: &span, counts: counts)
  }

  @inlinable @inline(__always)
  func allGatherEqual<Element>(
    _ own: UnsafePointer<Element>?, _ count: Int, _ into: UnsafeMutablePointer<Element>?
  ) -> CInt {
    transfer(count, of: Element.self) { count, type in
      MPI_Allgather(own, count, type, into, count, type, rawValue)
    }
  }

  private func allGatherParts(
    _ own: UnsafeRawPointer?, _ into: UnsafeMutableRawPointer?, _ counts: [Int], _ type: ElementType, inPlace: Bool
  ) -> CInt {
    let all = Parts(start: into, counts: counts, type: type, inPlace: inPlace ? rank : nil)
    if all.fits {
      return all.withCountsAndDisplacements { counts, displacements in
        MPI_Allgatherv(
          inPlace ? UnsafeRawPointer(CMPI_IN_PLACE) : own, counts[rank], type.datatype, into, counts, displacements,
          type.datatype, rawValue)
      }
    }
    // The same part goes to every rank: one broadcast from each, of which every rank is root in turn.
    var place = 0
    for (sender, count) in counts.enumerated() {
      let part = into.map { $0 + place }
      if sender == rank, !inPlace, let part, let own { part.copyMemory(from: own, byteCount: count * type.stride) }
      let code = transfer(count * type.stride, of: UInt8.self) { count, type in
        MPI_Bcast(part, count, type, CInt(sender), rawValue)
      }
      if code != 0 { return code }
      place += count * type.stride
    }
    return 0
  }
}
