// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Collectives in which a side has a layout for each rank. MPI has one function that takes as many datatypes as there
// are ranks, MPI_Alltoallw; the others are made of it, with nothing for the ranks that take no part.

extension Communicator {
  /// How many blocks of several layouts are looked at, one by one, for some that overlap.
  private static var runLimit: Int { 1 << 12 }

  /// What MPI is given for both sides, of which one has a layout for each rank.
  @usableFromInline @inline(never)
  func layoutsPair<
    Functions: ExchangeFunctions, Out: OutgoingBlocks & ~Copyable & ~Escapable,
    Into: IncomingBlocks & ~Copyable & ~Escapable
  >(
    _ exchange: Exchange<Functions>, _ own: BufferMemory, of _: Out.Type, _ other: BufferMemory, of _: Into.Type
  ) throws(MPIError) -> ExchangePair where Into.Element == Out.Element {
    let name = exchange.name
    let (own, sent) = try blocksOfOneLayout(
      own, of: Out.self, areBlocks: Functions.sendsBlocks && exchange.sends(rank), isReceived: false, name)
    let (other, received) = try blocksOfOneLayout(
      other, of: Into.self, areBlocks: Functions.receivesBlocks && exchange.receives(rank), isReceived: true, name)
    let out = try parts(
      own, of: Out.self, for: receivers(of: exchange), areBlocks: Functions.sendsBlocks,
      areUsed: exchange.sends(rank), exchange.root, isReceived: false, "what goes out", name)
    let into = try parts(
      other, of: Into.self, for: senders(of: exchange), areBlocks: Functions.receivesBlocks,
      areUsed: exchange.receives(rank), exchange.root, isReceived: true, "the memory for what comes", name)
    let plan: any BlockPlan
    if Functions.isAmongNeighbors {
      plan = try NeighborPlan(neighborhood, from: own.start, out, into: other.start, into, name)
    } else {
      try checkLengths(out[rank]?.metrics.byteCount ?? 0, into[rank]?.metrics.byteCount ?? 0, name)
      let exchange = ExchangePlan(from: own.start, into: other.start)
      try append(out, to: exchange.send, of: exchange, name)
      try append(into, to: exchange.receive, of: exchange, name)
      plan = exchange
    }
    let nothing = Piece(nil, count: 0, type: nil, byteCount: 0)
    return ExchangePair(nothing, nothing, share: nil, keeping: ExchangeKept(plan: plan, sent: sent, received: received))
  }

  /// Blocks that one layout selects are copied side by side, so that each has a place.
  private func blocksOfOneLayout<Buffer: OutgoingBlocks & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, areBlocks: Bool, isReceived: Bool, _ operation: StaticString
  ) throws(MPIError) -> (BufferMemory, FlatCopy?) {
    guard areBlocks, Buffer._blocks == .sideBySide, memory.form != nil else { return (memory, nil) }
    let flat = try block(memory, of: Buffer.self, isReceived: isReceived, operation)
      .flat(of: Buffer.Element.self, self, operation)
    return (BufferMemory(flat.start, flat.count), flat.copy)
  }

  /// The plan of an exchange in place.
  @usableFromInline @inline(never)
  func layoutsPlan<Buffer: IncomingBlocks & ~Copyable & ~Escapable>(
    inPlace memory: BufferMemory, of _: Buffer.Type, _ operation: StaticString
  ) throws(MPIError) -> ExchangePlan {
    let nodes = try parts(
      memory, of: Buffer.self, for: ranks, areBlocks: true, areUsed: true, nil, isReceived: true, "what is exchanged",
      operation)
    let plan = ExchangePlan(from: nil, into: memory.start)
    plan.send.isInPlace(ranks: size)
    try append(nodes, to: plan.receive, of: plan, operation)
    return plan
  }

  /// Adds a part for each rank to a side.
  private func append(
    _ parts: [LayoutNode?], to side: PlanSide<CInt>, of plan: ExchangePlan, _ operation: StaticString
  ) throws(MPIError) {
    for part in parts {
      guard let part else {
        side.append(0, CMPI_BYTE)
        continue
      }
      try plan.append(part, to: side, operation)
    }
  }

  /// What goes to each rank or neighbor, or comes from it; nil is nothing.
  ///
  /// - Parameters:
  ///   - areBlocks: whether the memory has a block for each; else all of it is the part of each.
  ///   - areUsed: whether this rank takes part with it.
  ///   - root: the only rank to which the part goes, or from which it comes; nil for all.
  func parts<Buffer: OutgoingBlocks & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, for peers: Peers, areBlocks: Bool, areUsed: Bool, _ root: Int?,
    isReceived: Bool, _ what: StaticString, _ operation: StaticString
  ) throws(MPIError) -> [LayoutNode?] {
    let count = peers.count
    guard areUsed else { return Array(repeating: nil, count: count) }
    let stride = MemoryLayout<Buffer._MemoryElement>.stride
    func checked(_ node: LayoutNode, copies: Int = 1) throws(MPIError) {
      _ = try node.piece(
        memory, of: Buffer._MemoryElement.self, stride: stride, travels: MemoryLayout<Buffer.Element>.stride,
        copies: copies, isReceived: isReceived, self, operation)
    }
    /// Copies of a layout, `distance` bytes apart.
    func copies(of node: LayoutNode, apart distance: Int) throws(MPIError) -> [LayoutNode?] {
      try (0..<count).map { (index) throws(MPIError) in try node.moved(by: index * distance, operation) }
    }
    if let list = memory.layouts {
      try require(
        list.nodes.count == count, .count, operation,
        "\(what) has \(list.nodes.count) layouts and must have one for each of \(count) \(peers.name)")
      for node in list.nodes { try checked(node) }
      if isReceived { try checkApart(list.nodes, operation) }
      return list.nodes
    }
    if let node = memory.form as? LayoutNode {
      if Buffer._blocks == .copies {
        try checked(node, copies: count)
        return try copies(of: node, apart: node.metrics.extent)
      }
      if !areBlocks {
        try checked(node)
        return (0..<count).map { root == nil || $0 == root ? node : nil }
      }
    }
    try checkElement(Buffer.Element.self, operation)
    let type = ElementType(Buffer.Element.self)
    guard areBlocks else {
      let all = try LayoutNode.plain(memory.count, type, operation)
      return (0..<count).map { root == nil || $0 == root ? all : nil }
    }
    if count == 0 {
      try checkCount(memory.count, 0, operation, what)
      return []
    }
    let share = try checkShare(memory.count, of: peers, operation, "a layout for each")
    return try copies(of: LayoutNode.plain(share, type, operation), apart: share * type.stride)
  }

  /// Throws if layouts of one memory have an element in common, as far as that can be seen with little effort.
  @usableFromInline
  func checkApart(_ nodes: [LayoutNode], _ operation: StaticString) throws(MPIError) {
    let bounds = nodes.map(\.metrics).filter { $0.byteCount > 0 }.sorted { $0.first < $1.first }
    if zip(bounds, bounds.dropFirst()).allSatisfy({ $1.first >= $0.end }) { return }
    try require(
      !LayoutNode.overlap(of: nodes.map { (0, $0) }, limit: Self.runLimit), .type, operation,
      "the layouts have an element in common: what is received would overwrite itself, which MPI forbids")
  }

  /// Throws if the lengths that this rank sends and receives differ.
  @usableFromInline
  func checkLengths(_ sent: Int, _ received: Int, _ operation: StaticString) throws(MPIError) {
    try require(
      sent == received, .count, operation,
      "\(sent) bytes go out and \(received) are to come in: both sides must have as many elements")
  }
}
