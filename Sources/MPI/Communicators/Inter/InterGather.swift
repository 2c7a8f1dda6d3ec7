// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension InterCommunicator {
  // MARK: In the root's group

  /// Gathers a value of every rank of the remote group at the root.
  ///
  /// Called by every rank of the root's group, while those of the other call
  /// ``gather(_:remoteRoot:file:line:)-(Element,_,_,_)``.
  ///
  /// ```swift
  /// let energies = try workers.gather(Double.self, localRoot: 0)   // here: an Optional
  /// try parent.gather(energy, remoteRoot: 0)                       // there
  /// ```
  ///
  /// C: `MPI_Gather` with `MPI_ROOT` or `MPI_PROC_NULL`. MPI-3.1, section 5.5.
  ///
  /// - Parameter localRoot: the rank of this group that gets them.
  /// - Returns: at the root the values in the order of the remote ranks, elsewhere nil.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``disconnect(file:line:)``.
  public func gather<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element]? {
    let (core, root) = try (connected("gather"), root(local: localRoot, "gather"))
    try core.checkElement(Element.self, "gather")
    try core.enterCollective("gather", Element.self, root: localRoot, file, line)
    let (array, code) = makeArray(rank == localRoot ? remoteSize : 0) { (into: UnsafeMutablePointer<Element>?) in
      core.gatherEqual(nil, 1, into, Element.self, Int(root))
    }
    try core.check(code, "gather")
    return rank == localRoot ? array : nil
  }

  /// Gathers an array of every rank of the remote group, of whatever lengths they have, at the root.
  ///
  /// The lengths go first, in a gather of one number a rank.
  ///
  /// C: `MPI_Gather`, `MPI_Alltoallw`. MPI-3.1, sections 5.5 and 5.8.
  ///
  /// - Parameter localRoot: the rank of this group that gets them.
  /// - Returns: at the root all of them, divided by rank; elsewhere nil.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``disconnect(file:line:)``.
  public func gather<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> RankPartitioned<Element>? {
    let core = try connected("gather")
    try core.checkElement(Element.self, "gather")
    let counts = try gather(Int.self, localRoot: localRoot, file: file, line: line)
    let array: [Element] = try exchange(core, [], core.counts(of: 0, at: 0), counts ?? core.counts(of: 0, at: 0))
    return counts.map { RankPartitioned(array, counts: $0) }
  }

  /// Gathers a `Codable` value of every rank of the remote group at the root.
  ///
  /// C: `MPI_Gather`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, sections 5.5 and 5.8.
  ///
  /// - Parameters:
  ///   - type: what the values are.
  ///   - localRoot: the rank of this group that gets them.
  /// - Returns: at the root the values in the order of the remote ranks, elsewhere nil.
  /// - Throws: ``ErrorClass/serialization`` if the bytes are not of such values.
  public func gather<Object: Decodable>(
    object type: Object.Type, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Object]? {
    guard let parts = try gather([UInt8].self, localRoot: localRoot, file: file, line: line) else { return nil }
    return try connected("gather(object:)").decoded(type, each: parts, "gather(object:)")
  }

  // MARK: In the other group

  /// Gives this rank's value to a root in the remote group.
  ///
  /// C: `MPI_Gather`. MPI-3.1, section 5.5.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - remoteRoot: the rank of the remote group that gets the values.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``disconnect(file:line:)``.
  public func gather<Element: BitwiseCopyable>(
    _ value: Element, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let (core, _) = try (connected("gather"), root(remote: remoteRoot, "gather"))
    try core.checkElement(Element.self, "gather")
    try core.enterCollective("gather", Element.self, root: remoteRoot, file, line)
    try core.check(withElement(value) { core.gatherEqual($0, 1, nil, Element.self, remoteRoot) }, "gather")
  }

  /// Gives this rank's array, of whatever length, to a root in the remote group.
  ///
  /// C: `MPI_Gather`, `MPI_Alltoallw`. MPI-3.1, sections 5.5 and 5.8.
  ///
  /// - Parameters:
  ///   - elements: this rank's.
  ///   - remoteRoot: the rank of the remote group that gets the arrays.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``disconnect(file:line:)``.
  public func gather<Element: BitwiseCopyable>(
    _ elements: [Element], remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let core = try connected("gather")
    try core.checkElement(Element.self, "gather")
    try gather(elements.count, remoteRoot: remoteRoot, file: file, line: line)
    let _: [Element] = try exchange(
      core, elements, core.counts(of: elements.count, at: remoteRoot), core.counts(of: 0, at: 0))
  }

  /// Gives this rank's `Codable` value to a root in the remote group.
  ///
  /// C: `MPI_Gather`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, sections 5.5 and 5.8.
  ///
  /// - Parameters:
  ///   - object: this rank's value.
  ///   - remoteRoot: the rank of the remote group that gets the values.
  /// - Throws: ``ErrorClass/serialization`` if this rank's value can't be encoded, and at the remote root;
  ///   ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after ``disconnect(file:line:)``.
  public func gather<Object: Encodable>(
    object: Object, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let own = try connected("gather(object:)").contribution(of: object, "gather(object:)")
    try gather(own.bytes, remoteRoot: remoteRoot, file: file, line: line)
    try own.finish()
  }

  /// Sends a part to each remote rank, and makes an array of the parts that come from each.
  func exchange<Element: BitwiseCopyable>(
    _ core: Communicator, _ elements: [Element], _ counts: [Int], _ incoming: [Int],
    _ operation: StaticString = "gather"
  ) throws(MPIError) -> [Element] {
    let type = ElementType(Element.self)
    let (array, code) = makeArray(incoming.reduce(0, +)) { (into: UnsafeMutablePointer<Element>?) in
      elements.withUnsafeBytes { out in
        core.exchange(
          send: Parts(start: UnsafeMutableRawPointer(mutating: out.baseAddress), counts: counts, type: type),
          receive: Parts(start: into, counts: incoming, type: type))
      }
    }
    try core.check(code, operation)
    return array
  }
}

extension Nonblocking where Base == InterCommunicator {
  /// Begins to gather a value of every rank of the remote group at the root. Called by every rank of the root's group.
  ///
  /// C: `MPI_Igather` with `MPI_ROOT` or `MPI_PROC_NULL`. MPI-3.1, section 5.12.3.
  ///
  /// - Parameter localRoot: the rank of this group that gets the values.
  /// - Returns: a request for the values in the order of the remote ranks at the root, and for nil elsewhere.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``InterCommunicator/disconnect(file:line:)``.
  public func gather<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]?> {
    let operation: StaticString = "gather"
    let (core, root) = try (base.connected(operation), base.root(local: localRoot, operation))
    try core.checkElement(Element.self, operation)
    let isRoot = base.rank == localRoot
    let begun = try core.beginCollective(operation, Element.self, root: localRoot, file, line)
    return try begun.request(reading: [], filling: isRoot ? base.remoteSize : 0) { _, into, handles in
      core.startGather(.now, nil, 1, into, Int(root), &handles)
    } finish: {
      isRoot ? $0 : nil
    }
  }

  /// Begins to gather an array of every rank of the remote group at the root.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Igatherv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - counts: how many elements each remote rank gives. At the root alone it is looked at.
  ///   - localRoot: the rank of this group that gets the arrays.
  /// - Returns: a request for all of them, divided by rank, at the root, and for nil elsewhere.
  /// - Throws: ``ErrorClass/count`` at the root if `counts` has not one entry for each remote rank, or has one below 0;
  ///   ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``InterCommunicator/disconnect(file:line:)``.
  public func gather<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, counts: [Int], localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<RankPartitioned<Element>?> {
    let operation: StaticString = "gather"
    let (core, _) = try (base.connected(operation), base.root(local: localRoot, operation))
    let isRoot = base.rank == localRoot
    let incoming = isRoot ? counts : core.counts(of: 0, at: 0)
    if isRoot { try base.checkRemoteCounts(counts, operation) }
    let begun = try core.beginCollective(operation, Element.self, root: localRoot, file, line)
    return try base.exchange(begun, [] as [Element], core.counts(of: 0, at: 0), incoming) {
      isRoot ? RankPartitioned($0, counts: counts) : nil
    }
  }

  /// Begins to give this rank's value to a root in the remote group.
  ///
  /// C: `MPI_Igather`. MPI-3.1, section 5.12.3.
  ///
  /// - Parameters:
  ///   - value: this rank's.
  ///   - remoteRoot: the rank of the remote group that gets the values.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``InterCommunicator/disconnect(file:line:)``.
  public func gather<Element: BitwiseCopyable>(
    _ value: Element, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Void> {
    let operation: StaticString = "gather"
    let (core, _) = try (base.connected(operation), base.root(remote: remoteRoot, operation))
    try core.checkElement(Element.self, operation)
    let begun = try core.beginCollective(operation, Element.self, root: remoteRoot, file, line)
    return try begun.request(reading: [value], filling: 0) { own, _, handles in
      core.startGather(.now, own, 1, nil, remoteRoot, &handles)
    } finish: { _ in
    }
  }

  /// Begins to give this rank's array to a root in the remote group, which knows its length.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Igatherv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - elements: this rank's.
  ///   - remoteRoot: the rank of the remote group that gets the arrays.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``InterCommunicator/disconnect(file:line:)``.
  public func gather<Element: BitwiseCopyable>(
    _ elements: [Element], remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Void> {
    let operation: StaticString = "gather"
    let (core, _) = try (base.connected(operation), base.root(remote: remoteRoot, operation))
    let begun = try core.beginCollective(operation, Element.self, root: remoteRoot, file, line)
    let outgoing = core.counts(of: elements.count, at: remoteRoot)
    return try base.exchange(begun, elements, outgoing, core.counts(of: 0, at: 0)) { _ in }
  }
}
