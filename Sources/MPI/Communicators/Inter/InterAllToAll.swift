// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

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
  /// - Throws: ``ErrorClass/count`` if their number is no multiple of `remoteSize`.
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let core = try connected("allToAll")
    try core.checkElement(Element.self, "allToAll")
    let share = try remoteShare(elements.count, core)
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
  /// - Throws: ``ErrorClass/count`` if there is not one part for each remote rank.
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

  /// Sends a `Codable` value to every rank of the remote group and receives one from each.
  ///
  /// C: `MPI_Alltoall`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, section 5.8.
  ///
  /// - Parameter objects: one for each remote rank.
  /// - Returns: the values that came, in the order of the remote ranks.
  /// - Throws: ``ErrorClass/count`` if there is not one for each, ``ErrorClass/serialization`` if one can't be encoded,
  ///   on this rank and on the remote rank that it is for, or if one that came can't be decoded;
  ///   ``ErrorClass/communicator`` after ``disconnect(file:line:)``.
  public func allToAll<Object: Codable>(
    object objects: [Object], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Object] {
    let operation: StaticString = "allToAll(object:)"
    let core = try connected(operation)
    try core.checkCount(objects.count, remoteSize, operation, "what goes out, one value for each remote rank,")
    let own = try core.contribution(ofEach: objects, operation)
    let parts = try allToAll(own.bytes, file: file, line: line)
    try own.finish()
    return try core.decoded(Object.self, each: parts, operation)
  }
}

extension Nonblocking where Base == InterCommunicator {
  /// Begins to send a block to every rank of the remote group and to receive one from each, all equally long.
  ///
  /// C: `MPI_Ialltoall`. MPI-3.1, section 5.12.6.
  ///
  /// - Parameter elements: the blocks that go out, in the order of the remote ranks.
  /// - Returns: a request for the blocks that come, in the same order; as many elements.
  /// - Throws: ``ErrorClass/count`` if their number is no multiple of `remoteSize`.
  public func allToAll<Element: BitwiseCopyable>(
    _ elements: [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let core = try base.connected("allToAll")
    try core.checkElement(Element.self, "allToAll")
    let share = try base.remoteShare(elements.count, core)
    let begun = try core.beginCollective("allToAll", Element.self, count: share, file, line)
    return try begun.request(reading: elements, filling: elements.count) { out, into, handles in
      core.startAllToAll(.now, out, into, share, &handles)
    } finish: {
      $0
    }
  }

  /// Begins to send a part to every rank of the remote group and to receive one from each, of whatever lengths.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Ialltoallv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - parts: one for each remote rank.
  ///   - receivedCounts: how many elements come from each remote rank.
  /// - Returns: a request for the parts that come, one from each remote rank.
  /// - Throws: ``ErrorClass/count`` if there is not one part or count for each.
  public func allToAll<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>, receivedCounts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Element>> {
    let core = try base.connected("allToAll")
    try core.checkCount(parts.count, base.remoteSize, "allToAll", "what goes out, with a part for each remote rank,")
    try base.checkRemoteCounts(receivedCounts, "allToAll")
    let begun = try core.beginCollective("allToAll", Element.self, file, line)
    return try base.exchange(begun, parts.elements, parts.counts, receivedCounts) {
      RankPartitioned($0, counts: receivedCounts)
    }
  }
}

extension InterCommunicator {
  /// How many elements go to each remote rank if all get as many.
  func remoteShare(_ count: Int, _ core: Communicator) throws(MPIError) -> Int {
    try core.checkShare(
      count, of: Peers(remoteSize, "remote ranks"), "allToAll", "a RankPartitioned with a part for each remote rank")
  }
}
