// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension InterCommunicator {
  /// Gathers a value of every rank of the remote group on every rank.
  ///
  /// C: `MPI_Allgather`. MPI-3.1, section 5.7.
  ///
  /// - Parameter value: what this rank gives to every rank of the remote group.
  /// - Returns: the values of the remote ranks, in their order.
  /// - Throws: ``ErrorClass/communicator`` after ``disconnect(file:line:)``; else what MPI reports.
  public func allGather<Element: BitwiseCopyable>(
    _ value: Element, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let core = try connected("allGather")
    try core.checkElement(Element.self, "allGather")
    try core.enterCollective("allGather", Element.self, count: 1, file, line)
    let (array, code) = makeArray(remoteSize) { (into: UnsafeMutablePointer<Element>?) in
      withElement(value) { core.allGatherEqual($0, 1, into) }
    }
    try core.check(code, "allGather")
    return array
  }

  /// Gathers an array of every rank of the remote group, of whatever lengths they have, on every rank.
  ///
  /// The lengths go first, in an all-gather of one number a rank.
  ///
  /// C: `MPI_Allgather`, `MPI_Alltoallw`. MPI-3.1, sections 5.7 and 5.8.
  ///
  /// - Parameter elements: what this rank gives to every rank of the remote group.
  /// - Returns: all elements of the remote ranks, divided by rank.
  /// - Throws: ``ErrorClass/communicator`` after ``disconnect(file:line:)``; else what MPI reports.
  public func allGather<Element: BitwiseCopyable>(
    _ elements: [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Element> {
    let core = try connected("allGather")
    try core.checkElement(Element.self, "allGather")
    let incoming = try allGather(elements.count, file: file, line: line)
    let type = ElementType(Element.self)
    let outgoing = [Int](repeating: elements.count, count: remoteSize)
    let (array, code) = makeArray(incoming.reduce(0, +)) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBytes { own in
        let start = UnsafeMutableRawPointer(mutating: own.baseAddress)
        return core.exchange(
          send: Parts(start: start, counts: outgoing, type: type, isShared: true),
          receive: Parts(start: into, counts: incoming, type: type))
      }
    }
    try core.check(code, "allGather")
    return RankPartitioned(array, counts: incoming)
  }

  /// Gathers a `Codable` value of every rank of the remote group on every rank.
  ///
  /// C: `MPI_Allgather`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, sections 5.7 and 5.8.
  ///
  /// - Parameter object: what this rank gives to every rank of the remote group.
  /// - Returns: the values of the remote ranks, in their order.
  /// - Throws: ``ErrorClass/serialization`` if this rank's value, or that of a remote rank, can't be encoded, or one
  ///   that came can't be decoded; ``ErrorClass/communicator`` after ``disconnect(file:line:)``.
  public func allGather<Object: Codable>(
    object: Object, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Object] {
    let core = try connected("allGather(object:)")
    let own = try core.contribution(of: object, "allGather(object:)")
    let parts = try allGather(own.bytes, file: file, line: line)
    try own.finish()
    return try core.decoded(Object.self, each: parts, "allGather(object:)")
  }
}

extension Nonblocking where Base == InterCommunicator {
  /// Begins to gather a value of every rank of the remote group on every rank.
  ///
  /// C: `MPI_Iallgather`. MPI-3.1, section 5.12.5.
  ///
  /// - Parameter value: what this rank gives to every rank of the remote group.
  /// - Returns: a request for the values of the remote ranks, in their order.
  /// - Throws: ``ErrorClass/communicator`` after ``InterCommunicator/disconnect(file:line:)``; else what MPI reports.
  public func allGather<Element: BitwiseCopyable>(
    _ value: Element, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let core = try base.connected("allGather")
    try core.checkElement(Element.self, "allGather")
    let begun = try core.beginCollective("allGather", Element.self, count: 1, file, line)
    return try begun.request(reading: [value], filling: base.remoteSize) { own, into, handles in
      core.startAllGather(.now, own, 1, into, &handles)
    } finish: {
      $0
    }
  }

  /// Begins to gather an array of every rank of the remote group on every rank.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Iallgatherv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - elements: this rank's, any number of them.
  ///   - counts: how many elements each remote rank gives.
  /// - Returns: a request for all of the remote group's, divided by rank.
  /// - Throws: ``ErrorClass/count`` if `counts` has not one entry for each remote rank, or has one below 0;
  ///   ``ErrorClass/communicator`` after ``InterCommunicator/disconnect(file:line:)``.
  public func allGather<Element: BitwiseCopyable>(
    _ elements: [Element], counts: [Int], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Element>> {
    let core = try base.connected("allGather")
    try base.checkRemoteCounts(counts, "allGather")
    let begun = try core.beginCollective("allGather", Element.self, file, line)
    let outgoing = [Int](repeating: elements.count, count: base.remoteSize)
    return try base.exchange(begun, elements, outgoing, counts, isShared: true) { RankPartitioned($0, counts: counts) }
  }
}
