// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Puts the ranks on a graph of which each rank gives its own edges.
  ///
  /// Collective. First the ranks compare what they give of each edge, in an all-to-all of one number a pair and an
  /// all-reduce of one number: with an edge that only one end knows of, collectives between neighbors would hang. If
  /// you know that they agree, pass `checkingEdges: false` on every rank.
  ///
  /// C: `MPI_Dist_graph_create_adjacent`. MPI-3.1, section 7.5.4.
  ///
  /// - Parameters:
  ///   - sources: the ranks that this one receives from. One may be there several times, or be this rank.
  ///   - destinations: the ranks that this one sends to.
  ///   - sourceWeights: how much comes from each source, 0 or more: a hint to MPI. On every rank or on none.
  ///   - destinationWeights: how much goes to each destination; there if `sourceWeights` is.
  ///   - reorder: whether ranks may get new numbers.
  ///   - checkingEdges: whether the ranks compare.
  ///   - info: hints to MPI.
  /// - Throws: ``ErrorClass/rank`` for a neighbor that is no rank; ``ErrorClass/argument`` for weights below 0, or not
  ///   one for each edge; ``ErrorClass/topology`` on every rank if two ends do not agree.
  public func distributedGraph(
    sources: [Int], destinations: [Int], sourceWeights: [Int]? = nil, destinationWeights: [Int]? = nil,
    reorder: Bool = false, checkingEdges: Bool = true, info: [String: String] = [:], file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> GraphCommunicator {
    let operation: StaticString = "distributedGraph"
    try enterCollective(operation, Never.self, file, line)
    try prepare(operation) { () throws(MPIError) in
      _ = try withInfo(info, operation) { _ in 0 }
      for other in sources + destinations where !(0..<size).contains(other) { throw rankFailure(other, operation) }
      try require(
        (sourceWeights == nil) == (destinationWeights == nil), .argument, operation,
        "one of sourceWeights and destinationWeights is given: give both, or none")
      try checkWeights(sourceWeights, sources.count, operation)
      try checkWeights(destinationWeights, destinations.count, operation)
    }
    if checkingEdges { try compareEdges(sources, destinations, operation) }
    var handle = CMPI_COMM_NULL
    let code = try withInfo(info, operation) { info in
      withWeights(sourceWeights) { sourceWeights in
        withWeights(destinationWeights) { destinationWeights in
          MPI_Dist_graph_create_adjacent(
            rawValue, CInt(sources.count), sources.map { CInt($0) }, sourceWeights, CInt(destinations.count),
            destinations.map { CInt($0) }, destinationWeights, info, canReorder(reorder), &handle)
        }
      }
    }
    try check(code, operation)
    return try GraphCommunicator(
      unwrapped(handle), ownership: .owned, isDistributed: true, operation, CallSite(file, line))
  }

  /// Puts the ranks on a graph of which any rank gives any edges.
  ///
  /// Collective. MPI brings each edge to its two ends, with messages of its own.
  ///
  /// C: `MPI_Dist_graph_create`. MPI-3.1, section 7.5.4.
  ///
  /// - Parameters:
  ///   - edges: some of the graph's; each edge is given by one rank, whichever. An edge may be given several times.
  ///   - weights: how much goes over each edge, 0 or more: a hint to MPI. On every rank or on none.
  ///   - reorder: whether ranks may get new numbers.
  ///   - info: hints to MPI.
  /// - Throws: ``ErrorClass/rank`` for an end that is no rank; ``ErrorClass/argument`` for weights below 0, or not one
  ///   for each edge.
  public func distributedGraph(
    edges: [(from: Int, to: Int)], weights: [Int]? = nil, reorder: Bool = false, info: [String: String] = [:],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> GraphCommunicator {
    let operation: StaticString = "distributedGraph"
    try enterCollective(operation, Never.self, file, line)
    try prepare(operation) { () throws(MPIError) in
      _ = try withInfo(info, operation) { _ in 0 }
      for edge in edges {
        for end in [edge.from, edge.to] where !(0..<size).contains(end) { throw rankFailure(end, operation) }
      }
      try checkWeights(weights, edges.count, operation)
    }
    let (from, to) = (edges.map { CInt($0.from) }, edges.map { CInt($0.to) })
    let degrees = [CInt](repeating: 1, count: edges.count)
    var handle = CMPI_COMM_NULL
    let code = try withInfo(info, operation) { info in
      withWeights(weights) { weights in
        MPI_Dist_graph_create(
          rawValue, CInt(edges.count), from, degrees, to, weights, info, canReorder(reorder), &handle)
      }
    }
    try check(code, operation)
    return try GraphCommunicator(
      unwrapped(handle), ownership: .owned, isDistributed: true, operation, CallSite(file, line))
  }

  private func checkWeights(_ weights: [Int]?, _ count: Int, _ operation: StaticString) throws(MPIError) {
    guard let weights else { return }
    try require(
      weights.count == count, .argument, operation,
      "there are \(weights.count) weights and must be one for each of \(count) edges")
    for weight in weights {
      try require(
        weight >= 0 && weight <= Int(CInt.max), .argument, operation,
        "weight \(weight) is out of range: a weight is 0 to \(CInt.max)")
    }
  }

  /// Throws on every rank unless each edge is known to both of its ends, as often.
  private func compareEdges(
    _ sources: [Int], _ destinations: [Int], _ operation: StaticString
  ) throws(MPIError) {
    var told = [CInt](repeating: 0, count: size)
    var expected = told
    var heard = told
    for other in destinations { told[other] += 1 }
    for other in sources { expected[other] += 1 }
    var code = MPI_Alltoall(told, 1, CMPI_INT32_T, &heard, 1, CMPI_INT32_T, rawValue)
    let odd = heard.indices.first { heard[$0] != expected[$0] }
    // The lowest rank that sees one, of all.
    let (first, other) = makeElement(CInt.self) { first in
      withElement(odd == nil ? CInt(size) : CInt(rank)) { own in
        if code == 0 { code = MPI_Allreduce(own, first, 1, CMPI_INT32_T, CMPI_MIN, rawValue) }
        return code
      }
    }
    if other != 0 { throw failure(code: other, operation) }
    if let odd {
      throw failure(
        .topology, operation,
        """
        rank \(odd) has this one among its destinations \(heard[odd]) times, and is among its sources \
        \(expected[odd]) times: both ends must say each edge
        """)
    }
    if first < CInt(size) {
      throw failure(.topology, operation, "the sources of rank \(first) are not those that have it for a destination")
    }
  }
}

/// Whether ranks may get new numbers, as MPI takes it. It is a hint.
private func canReorder(_ asked: Bool) -> CInt { asked && !Fault.reorderedGraphsAbort.isHere ? 1 : 0 }

/// Calls `body` with weights as MPI takes them: a mark if there are none.
private func withWeights(_ weights: [Int]?, _ body: (UnsafePointer<CInt>?) -> CInt) -> CInt {
  guard let weights else { return body(UnsafePointer(CMPI_UNWEIGHTED)) }
  if weights.isEmpty { return body(UnsafePointer(CMPI_WEIGHTS_EMPTY)) }
  return weights.map { CInt($0) }.withUnsafeBufferPointer { body($0.baseAddress) }
}
