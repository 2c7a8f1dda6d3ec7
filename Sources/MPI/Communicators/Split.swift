// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The property by which ``Communicator/split(_:key:file:line:)`` groups ranks.
public enum SplitKind: Sendable, Hashable {
  /// Memory that they can share: the ranks of one node.
  ///
  /// C: `MPI_COMM_TYPE_SHARED`. MPI-3.1, section 6.4.2.
  case sharedMemory
}

extension Communicator {
  /// Splits the communicator: ranks that pass the same color form a new communicator.
  ///
  /// ```swift
  /// let row = try world.split(color: world.rank / columns)
  /// ```
  ///
  /// Collective.
  ///
  /// C: `MPI_Comm_split`. MPI-3.1, section 6.4.2.
  ///
  /// - Parameters:
  ///   - color: which part this rank goes to, 0 or more.
  ///   - key: orders the ranks in the new communicator; among equal keys, the rank in this one does.
  /// - Throws: ``ErrorClass/argument`` for a color below 0 or past 2³¹−1.
  public func split(color: Int, key: Int = 0, file: StaticString = #fileID, line: Int = #line) throws(MPIError)
    -> Communicator
  {
    guard let part = try split(optionalColor: color, key: key, file, line) else {
      throw failure(.internal, "split", "MPI returned no communicator for color \(color)")
    }
    return part
  }

  /// Splits the communicator by color. Ranks whose color is nil get nil.
  ///
  /// Collective: a rank that is left out calls it too.
  ///
  /// C: `MPI_Comm_split` with `MPI_UNDEFINED`. MPI-3.1, section 6.4.2.
  ///
  /// - Parameters:
  ///   - color: the part that this rank goes to, 0 or more; nil if it goes to none.
  ///   - key: orders the ranks in the new communicator; among equal keys, the rank in this one does.
  /// - Throws: ``ErrorClass/argument`` on every rank if one gives a color below 0 or past 2³¹−1, or a key that has more
  ///   than 32 bits; ``ErrorClass/other`` as ``duplicate(file:line:)``.
  public func split(color: Int?, key: Int = 0, file: StaticString = #fileID, line: Int = #line) throws(MPIError)
    -> Communicator?
  {
    try split(optionalColor: color, key: key, file, line)
  }

  /// Parts the ranks by what they share: with ``SplitKind/sharedMemory``, the ranks of each node are together.
  ///
  /// Collective.
  ///
  /// C: `MPI_Comm_split_type`. MPI-3.1, section 6.4.2.
  ///
  /// - Parameters:
  ///   - kind: what the ranks that stay together have in common.
  ///   - key: orders the ranks in the new communicator; among equal keys, the rank in this one does.
  /// - Throws: ``ErrorClass/argument`` on every rank if one gives a key that has more than 32 bits;
  ///   ``ErrorClass/other`` as ``duplicate(file:line:)``.
  public func split(_ kind: SplitKind, key: Int = 0, file: StaticString = #fileID, line: Int = #line) throws(MPIError)
    -> Communicator
  {
    let type =
      switch kind {
      case .sharedMemory: CMPI_COMM_TYPE_SHARED
      }
    var handle = CMPI_COMM_NULL
    try enterCollective("split", Never.self, file, line)
    let key = try prepare("split") { () throws(MPIError) in try splitKey(key) }
    try check(MPI_Comm_split_type(rawValue, type, key, CMPI_INFO_NULL, &handle), "split")
    return try Communicator(unwrapped(handle), ownership: .owned, "split", CallSite(file, line))
  }

  private func split(
    optionalColor color: Int?, key: Int, _ file: StaticString, _ line: Int
  ) throws(MPIError) -> Communicator? {
    try enterCollective("split", Never.self, file, line)
    let key = try prepare("split") { () throws(MPIError) in
      if let color {
        try require(
          color >= 0 && color <= Int(CInt.max), .argument, "split",
          "color \(color) is out of range: a color is 0 to \(CInt.max), or nil for a rank that is left out")
      }
      return try splitKey(key)
    }
    var handle = CMPI_COMM_NULL
    let number = color.map { CInt($0) } ?? CMPI_UNDEFINED
    try check(MPI_Comm_split(rawValue, number, key, &handle), "split")
    return handle == CMPI_COMM_NULL
      ? nil : try Communicator(unwrapped(handle), ownership: .owned, "split", CallSite(file, line))
  }

  private func splitKey(_ key: Int) throws(MPIError) -> CInt {
    guard let key = CInt(exactly: key) else {
      throw failure(.argument, "split", "key \(key) is out of range: a key has 32 bits")
    }
    return key
  }
}

extension Communicator {
  /// Splits the communicator by the hardware that ranks share.
  ///
  /// Collective.
  ///
  /// C: `MPI_Comm_split_type` with `MPI_COMM_TYPE_HW_GUIDED`, or with `MPI_COMM_TYPE_HW_UNGUIDED` if no resource is
  /// named. MPI-4.0, section 7.4.2.
  ///
  /// - Parameters:
  ///   - resource: which part of the hardware, as this MPI calls it, such as `hwloc://NUMANode`. With nil, MPI takes
  ///     the next smaller part that separates ranks.
  ///   - key: orders the ranks in the new communicator; among equal keys, the rank in this one does.
  /// - Returns: a communicator of the ranks on the same part; nil if MPI knows no such part, or no smaller one.
  /// - Throws: ``ErrorClass/notSupported`` if MPI has no such splits.
  public final func split(
    hardware resource: String?, key: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Communicator? {
    try MPIEnvironment.require(.hardwareSplit, "split")
    let info = resource.map { ["mpi_hw_resource_type": $0] } ?? [:]
    try enterCollective("split", Never.self, file, line)
    let number = try prepare("split") { () throws(MPIError) in
      _ = try withInfo(info, "split") { _ in 0 }
      return try splitKey(key)
    }
    let type = resource == nil ? CMPI_COMM_TYPE_HW_UNGUIDED : CMPI_COMM_TYPE_HW_GUIDED
    var handle = CMPI_COMM_NULL
    try check(withInfo(info, "split") { MPI_Comm_split_type(rawValue, type, number, $0, &handle) }, "split")
    return handle == CMPI_COMM_NULL
      ? nil : try Communicator(unwrapped(handle), ownership: .owned, "split", CallSite(file, line))
  }
}
