// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension InterCommunicator {
  // MARK: In the root's group

  /// Gives the root's value to every rank of the remote group.
  ///
  /// Called by every rank of the root's group, while those of the other call
  /// ``broadcast(_:remoteRoot:file:line:)-(Element.Type,_,_,_)``.
  ///
  /// ```swift
  /// try workers.broadcast(world.isRoot ? tolerance : nil, localRoot: 0)       // here
  /// let theirs = try parent.broadcast(Double.self, remoteRoot: 0)             // there
  /// ```
  ///
  /// C: `MPI_Bcast` with `MPI_ROOT` or `MPI_PROC_NULL`. MPI-3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - value: at the root the value; elsewhere it is not used, and may be nil.
  ///   - localRoot: the rank of this group whose value it is.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil; ``ErrorClass/root`` for a root out of range.
  public func broadcast<Element: BitwiseCopyable>(
    _ value: Element?, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let (core, root) = try (connected("broadcast"), root(local: localRoot, "broadcast"))
    try core.checkElement(Element.self, "broadcast")
    if rank == localRoot && value == nil { throw core.missingAtRoot("broadcast") }
    try core.enterCollective("broadcast", Element.self, root: localRoot, file, line)
    let code = value.map { withElement($0) { core.broadcastElements($0, 1, Int(root)) } }
    try core.check(code ?? core.broadcastElements(nil as UnsafeMutablePointer<Element>?, 0, Int(root)), "broadcast")
  }

  /// Gives the root's array, of whatever length it has, to every rank of the remote group.
  ///
  /// The length goes first, in a broadcast of its own.
  ///
  /// C: `MPI_Bcast` with `MPI_ROOT` or `MPI_PROC_NULL`. MPI-3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - localRoot: the rank of this group whose array it is.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil, and on every rank of the remote group then;
  ///   ``ErrorClass/root`` for a root out of range.
  public func broadcast<Element: BitwiseCopyable>(
    _ elements: [Element]?, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let (core, root) = try (connected("broadcast"), root(local: localRoot, "broadcast"))
    try core.checkElement(Element.self, "broadcast")
    try core.enterCollective("broadcast", Element.self, root: localRoot, file, line)
    let count = elements?.count ?? -1
    let told = withElement(count) { core.broadcastElements($0, 1, Int(root)) }
    if told != 0 { try core.check(told, "broadcast") }
    guard rank != localRoot || elements != nil else {
      try core.check(0, "broadcast")
      throw core.missingAtRoot("broadcast")
    }
    let code = (elements ?? []).withUnsafeBufferPointer { memory in
      core.broadcastElements(UnsafeMutablePointer(mutating: memory.baseAddress), memory.count, Int(root))
    }
    try core.check(code, "broadcast")
  }

  /// Gives the root's `Codable` value to every rank of the remote group.
  ///
  /// Its type must have the same name in both programs.
  ///
  /// C: `MPI_Bcast` of `MPI_BYTE`. MPI-3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - object: at the root the value; elsewhere it is not used, and may be nil.
  ///   - localRoot: the rank of this group whose value it is.
  /// - Throws: ``ErrorClass/serialization`` at the root, and on every rank of the remote group, if it can't be encoded;
  ///   else as for arrays.
  public func broadcast<Object: Encodable>(
    object: Object?, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let core = try connected("broadcast(object:)")
    var own: Contribution<[UInt8]>?
    if rank == localRoot, let object { own = try core.contribution(of: object, "broadcast(object:)") }
    try broadcast(own?.bytes, localRoot: localRoot, file: file, line: line)
    try own?.finish()
  }

  // MARK: In the other group

  /// Takes the value of a root in the remote group.
  ///
  /// C: `MPI_Bcast`. MPI-3.1, section 5.4.
  ///
  /// - Parameter remoteRoot: the rank of the remote group whose value it is.
  /// - Returns: the root's value, on every rank of this group.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``disconnect(file:line:)``.
  public func broadcast<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Element {
    let (core, _) = try (connected("broadcast"), root(remote: remoteRoot, "broadcast"))
    try core.checkElement(Element.self, "broadcast")
    try core.enterCollective("broadcast", Element.self, root: remoteRoot, file, line)
    let (element, code) = makeElement(Element.self) { core.broadcastElements($0, 1, remoteRoot) }
    try core.check(code, "broadcast")
    return element
  }

  /// Takes the array, of whatever length it has, of a root in the remote group.
  ///
  /// C: `MPI_Bcast`. MPI-3.1, section 5.4.
  ///
  /// - Parameter remoteRoot: the rank of the remote group whose array it is.
  /// - Returns: the root's array, on every rank of this group.
  /// - Throws: ``ErrorClass/argument`` on every rank of this group if the root gave nil.
  public func broadcast<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Element] {
    let (core, _) = try (connected("broadcast"), root(remote: remoteRoot, "broadcast"))
    try core.checkElement(Element.self, "broadcast")
    try core.enterCollective("broadcast", Element.self, root: remoteRoot, file, line)
    let (count, told) = makeElement(Int.self) { core.broadcastElements($0, 1, remoteRoot) }
    if told != 0 { try core.check(told, "broadcast") }
    guard count >= 0 else {
      try core.check(0, "broadcast")
      throw core.missingAtRoot("broadcast")
    }
    let (array, code) = makeArray(count) { (start: UnsafeMutablePointer<Element>?) in
      core.broadcastElements(start, count, remoteRoot)
    }
    try core.check(code, "broadcast")
    return array
  }

  /// Takes the `Codable` value of a root in the remote group.
  ///
  /// C: `MPI_Bcast` of `MPI_BYTE`. MPI-3.1, section 5.4.
  ///
  /// - Parameters:
  ///   - type: what the value is.
  ///   - remoteRoot: the rank of the remote group whose value it is.
  /// - Throws: ``ErrorClass/serialization`` if the bytes are not of such a value.
  public func broadcast<Object: Decodable>(
    object type: Object.Type, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Object {
    let bytes: [UInt8] = try broadcast(remoteRoot: remoteRoot, file: file, line: line)
    return try connected("broadcast(object:)").decoded(type, bytes, "broadcast(object:)")
  }
}

extension Nonblocking where Base == InterCommunicator {
  /// Begins to give the root's value to every rank of the remote group. Called by every rank of the root's group.
  ///
  /// C: `MPI_Ibcast` with `MPI_ROOT` or `MPI_PROC_NULL`. MPI-3.1, section 5.12.2.
  ///
  /// - Parameters:
  ///   - value: at the root the value; elsewhere it is not used, and may be nil.
  ///   - localRoot: the rank of this group whose value it is.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil.
  public func broadcast<Element: BitwiseCopyable>(
    _ value: Element?, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Void> {
    let operation: StaticString = "broadcast"
    let (core, root) = try (base.connected(operation), base.root(local: localRoot, operation))
    try core.checkElement(Element.self, operation)
    let isRoot = base.rank == localRoot
    if isRoot && value == nil { throw core.missingAtRoot(operation) }
    let begun = try core.beginCollective(operation, Element.self, root: localRoot, file, line)
    let sent = isRoot ? value.map { [$0] } ?? [] : []
    // `Fault.emptyBroadcastIsCounted`: one element on every rank.
    return try begun.request(reading: sent, filling: 0) { own, _, handles in
      core.startBroadcast(.now, Piece(own, count: 1), of: Element.self, Int(root), &handles)
    } finish: { _ in
    }
  }

  /// Begins to give the root's array to every rank of the remote group, which know its length.
  ///
  /// The root sends it to each of them.
  ///
  /// C: `MPI_Ialltoallw`, for with `MPI_Ibcast` the ranks beside the root would have to know its length. MPI-3.1,
  /// section 5.12.6.
  ///
  /// - Parameters:
  ///   - elements: at the root the array; elsewhere it is not used, and may be nil.
  ///   - localRoot: the rank of this group whose array it is.
  /// - Throws: ``ErrorClass/argument`` at a root that gives nil.
  public func broadcast<Element: BitwiseCopyable>(
    _ elements: [Element]?, localRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Void> {
    let operation: StaticString = "broadcast"
    let (core, _) = try (base.connected(operation), base.root(local: localRoot, operation))
    let isRoot = base.rank == localRoot
    if isRoot && elements == nil { throw core.missingAtRoot(operation) }
    let begun = try core.beginCollective(operation, Element.self, root: localRoot, file, line)
    let sent = isRoot ? elements ?? [] : []
    let outgoing = [Int](repeating: sent.count, count: base.remoteSize)
    return try base.exchange(begun, sent, outgoing, core.counts(of: 0, at: 0), isShared: true) { _ in }
  }

  /// Begins to take the value that a root in the remote group broadcasts.
  ///
  /// C: `MPI_Ibcast`. MPI-3.1, section 5.12.2.
  ///
  /// - Parameter remoteRoot: the rank of the remote group whose value it is.
  /// - Throws: ``ErrorClass/root`` for a root out of range; ``ErrorClass/communicator`` after
  ///   ``InterCommunicator/disconnect(file:line:)``.
  public func broadcast<Element: BitwiseCopyable>(
    _: Element.Type = Element.self, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Element> {
    let operation: StaticString = "broadcast"
    let (core, _) = try (base.connected(operation), base.root(remote: remoteRoot, operation))
    try core.checkElement(Element.self, operation)
    let begun = try core.beginCollective(operation, Element.self, root: remoteRoot, file, line)
    return try begun.request(reading: [], filling: 1) { _, into, handles in
      core.startBroadcast(.now, Piece(into, count: 1), of: Element.self, remoteRoot, &handles)
    } finish: {
      $0[0]
    }
  }

  /// Begins to take the array that a root in the remote group broadcasts.
  ///
  /// C: `MPI_Ialltoallw`. MPI-3.1, section 5.12.6.
  ///
  /// - Parameters:
  ///   - count: how many elements it has.
  ///   - remoteRoot: the rank of the remote group whose array it is.
  /// - Throws: ``ErrorClass/count`` if `count` is below 0; ``ErrorClass/root`` for a root out of range;
  ///   ``ErrorClass/communicator`` after ``InterCommunicator/disconnect(file:line:)``.
  public func broadcast<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, count: Int, remoteRoot: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let operation: StaticString = "broadcast"
    let (core, _) = try (base.connected(operation), base.root(remote: remoteRoot, operation))
    try core.require(count >= 0, .count, operation, "count is \(count): it must be 0 or more")
    let begun = try core.beginCollective(operation, Element.self, root: remoteRoot, file, line)
    let incoming = core.counts(of: count, at: remoteRoot)
    return try base.exchange(begun, [] as [Element], core.counts(of: 0, at: 0), incoming) { $0 }
  }
}
