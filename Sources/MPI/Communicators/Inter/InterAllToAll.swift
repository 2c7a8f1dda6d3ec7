import CMPI

extension InterCommunicator {
  /// Sends a block to every rank of the remote group and receives one from each, all equally long, in both groups.
  ///
  /// With `remoteSize` elements, element r goes to remote rank r, and element r of the result came from there.
  ///
  /// C: `MPI_Alltoall`. MPI-3.1, section 5.8.
  ///
  /// - Parameter elements: the blocks that go out, in the order of the remote ranks.
  /// - Returns: the blocks that came, in the same order; as many elements.
  /// - Throws: ``ErrorClass/count`` where their number is no multiple of `remoteSize`.
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let core = try connected("allToAll")
    try core.checkElement(Element.self, "allToAll")
    let share = elements.count / remoteSize
    try core.checkCount(
      elements.count, share * remoteSize, "allToAll", "what goes out, not a multiple of remoteSize,")
    try core.enterCollective("allToAll", Element.self, count: share, file, line)
    let (array, code) = makeArray(elements.count) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBufferPointer { core.allToAllEqual($0.baseAddress, into, share) }
    }
    try core.check(code, "allToAll")
    return array
  }

  /// Sends a part to every rank of the remote group and receives one from each, of whatever lengths they have.
  ///
  /// The lengths go first, in an all-to-all of one number a pair.
  ///
  /// C: `MPI_Alltoall`, `MPI_Alltoallw`. MPI-3.1, section 5.8.
  ///
  /// - Parameter parts: one for each remote rank.
  /// - Returns: the parts that came, one from each remote rank.
  /// - Throws: ``ErrorClass/count`` where there is not one part for each remote rank.
  public func allToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Element> {
    let core = try connected("allToAll")
    try core.checkElement(Element.self, "allToAll")
    try core.checkCount(parts.count, remoteSize, "allToAll", "what goes out, with a part for each remote rank,")
    let incoming = try allToAll(parts.counts, file: file, line: line)
    let array: [Element] = try exchange(core, parts.elements, parts.counts, incoming, "allToAll")
    return RankPartitioned(array, counts: incoming)
  }
}
