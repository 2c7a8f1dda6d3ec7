// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension InterCommunicator {
  // MARK: In the root's group

  /// Hands out the root's array among the ranks of the remote group, in blocks as even as can be.
  ///
  /// Called by every rank of the root's group, while those of the other call ``scatter(_:remoteRoot:file:line:)``. The
  /// first remote ranks have one element more than the others if it can't be even. The lengths go first, in a scatter
  /// of one number a rank.
  ///
  /// C: `MPI_Scatter`, `MPI_Alltoallw`. MPI-3.1, sections 5.6 and 5.8.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - localRoot: the rank of this group whose array it is.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil, and on every rank of the remote group then.
  public func scatter<Element: BitwiseCopyable>(
    _ elements: [Element]?, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try scatter(elements.map(evenParts), localRoot: localRoot, file: file, line: line)
  }

  /// Hands out the root's parts, of whatever lengths, one to each rank of the remote group.
  ///
  /// C: `MPI_Scatter`, `MPI_Alltoallw`. MPI-3.1, sections 5.6 and 5.8.
  ///
  /// - Parameters:
  ///   - parts: at the root one for each remote rank; elsewhere they are not looked at, and may be nil.
  ///   - localRoot: the rank of this group whose parts they are.
  /// - Throws: at the root ``ErrorClass/argument`` for nil, and ``ErrorClass/count`` if there is not one part for each;
  ///   then every rank of the remote group throws ``ErrorClass/argument``.
  public func scatter<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>?, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let (core, root) = try (connected("scatter"), root(local: localRoot, "scatter"))
    try core.checkElement(Element.self, "scatter")
    try core.enterCollective("scatter", Element.self, root: localRoot, file, line)
    let none = core.counts(of: 0, at: 0)
    let isRoot = rank == localRoot
    let whole = isRoot && parts?.count == remoteSize ? parts : nil
    let counts = whole?.counts ?? none
    let told = (isRoot && whole == nil ? none.map { _ in -1 } : counts).withUnsafeBufferPointer { memory in
      transfer(1, of: Int.self) { count, type in
        MPI_Scatter(memory.baseAddress, count, type, nil, count, type, root, core.rawValue)
      }
    }
    if told != 0 { try core.check(told, "scatter") }
    // The remote group makes the exchange in any case.
    let _: [Element] = try exchange(core, whole?.elements ?? [], counts, none, "scatter")
    guard isRoot, whole == nil else { return }
    guard let parts else { throw core.missingAtRoot("scatter") }
    try core.checkCount(parts.count, remoteSize, "scatter", "what the root gives, with a part for each remote rank,")
  }

  /// Hands out the root's `Codable` values, one to each rank of the remote group.
  ///
  /// C: `MPI_Scatter`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, sections 5.6 and 5.8.
  ///
  /// - Parameters:
  ///   - objects: at the root one for each remote rank; elsewhere they are not looked at, and may be nil.
  ///   - localRoot: the rank of this group whose values they are.
  /// - Throws: at the root ``ErrorClass/argument`` for nil, and ``ErrorClass/count`` if there is not one value for
  ///   each; then every rank of the remote group throws ``ErrorClass/argument``. Also ``ErrorClass/serialization`` at
  ///   the root, and on the remote rank that it is for, if a value can't be encoded, ``ErrorClass/root`` for a root out
  ///   of range, and ``ErrorClass/communicator`` after ``disconnect(file:line:)``.
  public func scatter<Object: Encodable>(
    object objects: [Object]?, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let core = try connected("scatter(object:)")
    var own: Contribution<RankPartitioned<UInt8>>?
    if rank == localRoot, let objects { own = try core.contribution(ofEach: objects, "scatter(object:)") }
    try scatter(own?.bytes, localRoot: localRoot, file: file, line: line)
    try own?.finish()
  }

  // MARK: In the other group

  /// Takes this rank's part of what a root in the remote group hands out.
  ///
  /// C: `MPI_Scatter`, `MPI_Alltoallw`. MPI-3.1, sections 5.6 and 5.8.
  ///
  /// - Parameter remoteRoot: the rank of the remote group that hands them out.
  /// - Returns: this rank's part.
  /// - Throws: ``ErrorClass/argument`` on every rank of this group if the root has not one part for each.
  public func scatter<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let (core, root) = try (connected("scatter"), root(remote: remoteRoot, "scatter"))
    try core.checkElement(Element.self, "scatter")
    try core.enterCollective("scatter", Element.self, root: remoteRoot, file, line)
    let (count, told) = makeElement(Int.self) { into in
      transfer(1, of: Int.self) { count, type in
        MPI_Scatter(nil, count, type, into, count, type, root, core.rawValue)
      }
    }
    if told != 0 { try core.check(told, "scatter") }
    let none = core.counts(of: 0, at: 0)
    let array: [Element] = try exchange(
      core, [], none, core.counts(of: max(count, 0), at: remoteRoot), "scatter")
    try core.require(
      count >= 0, .argument, "scatter", "the root, rank \(remoteRoot) of the remote group, has not one part for each")
    return array
  }

  /// Takes this rank's `Codable` value of those that a root in the remote group hands out.
  ///
  /// C: `MPI_Scatter`, `MPI_Alltoallw` of `MPI_BYTE`. MPI-3.1, sections 5.6 and 5.8.
  ///
  /// - Parameters:
  ///   - type: what the value is.
  ///   - remoteRoot: the rank of the remote group that hands them out.
  /// - Throws: ``ErrorClass/argument`` on every rank of this group if the root has not one value for each;
  ///   ``ErrorClass/serialization`` if the bytes are not of such a value; ``ErrorClass/root`` for a root out of range;
  ///   ``ErrorClass/communicator`` after ``disconnect(file:line:)``.
  public func scatter<Object: Decodable>(
    object type: Object.Type, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    let bytes: [UInt8] = try scatter(remoteRoot: remoteRoot, file: file, line: line)
    return try connected("scatter(object:)").decoded(type, bytes, "scatter(object:)")
  }
}

extension Nonblocking where Base == InterCommunicator {
  /// Begins to hand out the root's array among the ranks of the remote group, in blocks as even as can be. Called by
  /// every rank of the root's group.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Iscatterv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - localRoot: the rank of this group whose array it is.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil.
  public func scatter<Element: BitwiseCopyable>(
    _ elements: [Element]?, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Void> {
    try scatter(elements.map(base.evenParts), localRoot: localRoot, file: file, line: line)
  }

  /// Begins to hand out the root's parts, of whatever lengths, one to each rank of the remote group.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Iscatterv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - parts: at the root one for each remote rank; elsewhere they are not looked at, and may be nil.
  ///   - localRoot: the rank of this group whose parts they are.
  /// - Throws: at the root ``ErrorClass/argument`` for nil, and ``ErrorClass/count`` if there is not one part for each.
  public func scatter<Element: BitwiseCopyable>(
    _ parts: RankPartitioned<Element>?, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Void> {
    let operation: StaticString = "scatter"
    let (core, _) = try (base.connected(operation), base.root(local: localRoot, operation))
    var whole: RankPartitioned<Element>? = nil
    if base.rank == localRoot {
      guard let parts else { throw core.missingAtRoot(operation) }
      try core.checkCount(
        parts.count, base.remoteSize, operation, "what the root gives, with a part for each remote rank,")
      whole = parts
    }
    let begun = try core.beginCollective(operation, Element.self, root: localRoot, file, line)
    let none = core.counts(of: 0, at: 0)
    return try base.exchange(begun, whole?.elements ?? [], whole?.counts ?? none, none) { _ in }
  }

  /// Begins to take this rank's part of what a root in the remote group hands out.
  ///
  /// C: `MPI_Ialltoallw`, which is `MPI_Iscatterv` with displacements that can't overflow. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - count: how many elements this rank's part has.
  ///   - remoteRoot: the rank of the remote group that hands them out.
  /// - Throws: ``ErrorClass/count`` if `count` is below 0; ``ErrorClass/root`` for a root out of range;
  ///   ``ErrorClass/communicator`` after ``InterCommunicator/disconnect(file:line:)``.
  public func scatter<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, count: Int, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let operation: StaticString = "scatter"
    let (core, _) = try (base.connected(operation), base.root(remote: remoteRoot, operation))
    try core.require(count >= 0, .count, operation, "count is \(count): it must be 0 or more")
    let begun = try core.beginCollective(operation, Element.self, root: remoteRoot, file, line)
    let incoming = core.counts(of: count, at: remoteRoot)
    return try base.exchange(begun, [] as [Element], core.counts(of: 0, at: 0), incoming) { $0 }
  }
}

extension InterCommunicator {
  /// An array in parts for the remote ranks, as even as can be.
  func evenParts<Element>(_ elements: [Element]) -> RankPartitioned<Element> {
    let (share, extra) = elements.count.quotientAndRemainder(dividingBy: remoteSize)
    return RankPartitioned(elements, counts: (0..<remoteSize).map { $0 < extra ? share + 1 : share })
  }
}
