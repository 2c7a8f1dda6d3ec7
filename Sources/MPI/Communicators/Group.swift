// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// An ordered set of processes, without messages. Groups are for choosing the ranks of a communicator.
///
/// Nothing here sends a message.
///
/// ```swift
/// let everyThird = try world.group.including(Array(stride(from: 0, to: world.size, by: 3)))
/// let thirds = try world.create(from: everyThird)  // nil on the ranks that are not in it
/// ```
///
/// C: `MPI_Group`. MPI-3.1, section 6.3.
public final class Group: @unchecked Sendable {
  /// The handle, for C libraries. It is valid as long as this object lives.
  public let rawValue: MPI_Group
  /// The number of processes in the group.
  ///
  /// C: `MPI_Group_size`. MPI-3.1, section 6.3.1.
  public let size: Int
  /// This process's rank in the group, or nil if it is not in it.
  ///
  /// C: `MPI_Group_rank`. MPI-3.1, section 6.3.1.
  public let rank: Int?

  init(_ handle: MPI_Group) throws(MPIError) {
    var size: CInt = 0
    var rank: CInt = 0
    try MPI.check(MPI_Group_size(handle, &size), "Group.size")
    try MPI.check(MPI_Group_rank(handle, &rank), "Group.rank")
    self.rawValue = handle
    self.size = Int(size)
    self.rank = rank == CMPI_UNDEFINED ? nil : Int(rank)
  }

  deinit {
    if rawValue != CMPI_GROUP_EMPTY { Runtime.release(.group(rawValue)) }
  }

  /// The processes of `ranks`, in that order.
  ///
  /// C: `MPI_Group_incl`. MPI-3.1, section 6.3.2.
  ///
  /// - Parameter ranks: the ranks in this group of the processes, each at most once.
  /// - Throws: ``ErrorClass/rank`` for a rank that the group has not, or one given twice.
  public func including(_ ranks: [Int]) throws(MPIError) -> Group {
    let checked = try checked(ranks, "Group.including", distinct: true)
    var handle = CMPI_GROUP_NULL
    try MPI.check(MPI_Group_incl(rawValue, CInt(checked.count), checked, &handle), "Group.including")
    return try Group(unwrapped(handle))
  }

  /// The processes that are not in `ranks`, in their order.
  ///
  /// C: `MPI_Group_excl`. MPI-3.1, section 6.3.2.
  ///
  /// - Parameter ranks: the ranks in this group of the processes to leave out, each at most once.
  /// - Throws: ``ErrorClass/rank`` for a rank that the group has not, or one given twice.
  public func excluding(_ ranks: [Int]) throws(MPIError) -> Group {
    let checked = try checked(ranks, "Group.excluding", distinct: true)
    var handle = CMPI_GROUP_NULL
    try MPI.check(MPI_Group_excl(rawValue, CInt(checked.count), checked, &handle), "Group.excluding")
    return try Group(unwrapped(handle))
  }

  /// The processes of this group, then those of the other that are not in this one.
  ///
  /// C: `MPI_Group_union`. MPI-3.1, section 6.3.2.
  ///
  /// - Parameter other: the group whose processes are added.
  /// - Throws: what MPI reports.
  public func union(_ other: Group) throws(MPIError) -> Group {
    var handle = CMPI_GROUP_NULL
    try MPI.check(MPI_Group_union(rawValue, other.rawValue, &handle), "Group.union")
    return try Group(unwrapped(handle))
  }

  /// The processes of this group that are in the other too, in this one's order.
  ///
  /// C: `MPI_Group_intersection`. MPI-3.1, section 6.3.2.
  ///
  /// - Parameter other: the group in which the processes must be too.
  /// - Throws: what MPI reports.
  public func intersection(_ other: Group) throws(MPIError) -> Group {
    var handle = CMPI_GROUP_NULL
    try MPI.check(MPI_Group_intersection(rawValue, other.rawValue, &handle), "Group.intersection")
    return try Group(unwrapped(handle))
  }

  /// The processes of this group that are not in the other.
  ///
  /// C: `MPI_Group_difference`. MPI-3.1, section 6.3.2.
  ///
  /// - Parameter other: the group whose processes are left out.
  /// - Throws: what MPI reports.
  public func subtracting(_ other: Group) throws(MPIError) -> Group {
    var handle = CMPI_GROUP_NULL
    try MPI.check(MPI_Group_difference(rawValue, other.rawValue, &handle), "Group.subtracting")
    return try Group(unwrapped(handle))
  }

  /// Translates `ranks` to the ranks of the same processes in another group; nil for those that are not in it.
  ///
  /// C: `MPI_Group_translate_ranks`. MPI-3.1, section 6.3.1.
  ///
  /// - Parameters:
  ///   - ranks: ranks in this group. One may be given more than once.
  ///   - other: the group whose ranks are returned.
  /// - Throws: ``ErrorClass/rank`` for a rank that this group has not.
  public func translate(_ ranks: [Int], to other: Group) throws(MPIError) -> [Int?] {
    let from = try checked(ranks, "Group.translate", distinct: false)
    var to = [CInt](repeating: 0, count: from.count)
    try MPI.check(
      MPI_Group_translate_ranks(rawValue, CInt(from.count), from, other.rawValue, &to), "Group.translate")
    return to.map { $0 == CMPI_UNDEFINED ? nil : Int($0) }
  }

  /// Compares this group with another: `.identical`, `.similar` (the same processes in another order), or `.unequal`.
  ///
  /// C: `MPI_Group_compare`. MPI-3.1, section 6.3.1.
  ///
  /// - Parameter other: the group to compare with.
  /// - Throws: what MPI reports.
  public func compare(_ other: Group) throws(MPIError) -> Comparison {
    var result: CInt = 0
    try MPI.check(MPI_Group_compare(rawValue, other.rawValue, &result), "Group.compare")
    return Comparison(result)
  }

  private func checked(_ ranks: [Int], _ operation: StaticString, distinct: Bool) throws(MPIError) -> [CInt] {
    var seen = Set<Int>()
    for rank in ranks {
      guard (0..<size).contains(rank) else {
        throw MPIError(
          .rank, "rank \(rank) is out of range: the group has \(size) processes", operation: "\(operation)")
      }
      guard seen.insert(rank).inserted || !distinct else {
        throw MPIError(.rank, "rank \(rank) is given twice", operation: "\(operation)")
      }
    }
    return ranks.map { CInt($0) }
  }
}

/// The result of comparing two communicators or two groups.
///
/// C: `MPI_Comm_compare`, `MPI_Group_compare`. MPI-3.1, sections 6.3.1 and 6.4.1.
public enum Comparison: Sendable, Hashable {
  /// The very same.
  case identical
  /// The same processes in the same order, and two separate communicators.
  case congruent
  /// The same processes in another order.
  case similar
  /// Not the same processes.
  case unequal

  init(_ constant: CInt) {
    self =
      switch constant {
      case CMPI_IDENT: .identical
      case CMPI_CONGRUENT: .congruent
      case CMPI_SIMILAR: .similar
      default: .unequal
      }
  }
}

extension Communicator {
  /// The processes of this communicator. No message is sent.
  ///
  /// C: `MPI_Comm_group`. MPI-3.1, section 6.3.2.
  public var group: Group {
    get throws(MPIError) {
      var handle = CMPI_GROUP_NULL
      try check(MPI_Comm_group(rawValue, &handle), "group")
      return try Group(unwrapped(handle))
    }
  }

  /// A communicator of a group's processes, in the group's order; nil on the ranks that are not in it.
  ///
  /// Collective over all ranks of this communicator, each with the same group.
  ///
  /// C: `MPI_Comm_create`. MPI-3.1, section 6.4.2.
  ///
  /// - Parameter group: the processes of the new communicator, all of them ranks of this one; the same on every rank.
  /// - Throws: ``ErrorClass/other`` on every rank if one of them can make no further communicator; else what MPI
  ///   reports.
  public func create(from group: Group, file: StaticString = #fileID, line: Int = #line) throws(MPIError)
    -> Communicator?
  {
    try enterCollective("create", Never.self, file, line)
    try prepare("create")
    var handle = CMPI_COMM_NULL
    try check(MPI_Comm_create(rawValue, group.rawValue, &handle), "create")
    return handle == CMPI_COMM_NULL
      ? nil : try Communicator(unwrapped(handle), ownership: .owned, "create", CallSite(file, line))
  }

  /// Creates a communicator of a group's processes. These call, and no others.
  ///
  /// C: `MPI_Comm_create_group`. MPI-3.1, section 6.4.2.
  ///
  /// - Parameters:
  ///   - group: the same on all its processes; this rank must be in it.
  ///   - tag: distinguishes groups that one rank makes at the same time.
  /// - Throws: ``ErrorClass/tag`` for a tag out of range; ``ErrorClass/group`` if this rank is not in the group;
  ///   ``ErrorClass/other`` if this rank can make no further communicator.
  public func create(byGroup group: Group, tag: Int = 0, file: StaticString = #fileID, line: Int = #line)
    throws(MPIError) -> Communicator
  {
    try checkTag(tag, "create(byGroup:)")
    try require(group.rank != nil, .group, "create(byGroup:)", "this rank is not in the group")
    if let obstacle = CommunicatorRoom.obstacle() { throw failure(.other, "create(byGroup:)", obstacle) }
    enter("create(byGroup:)", file, line)
    var handle = CMPI_COMM_NULL
    try check(MPI_Comm_create_group(rawValue, group.rawValue, CInt(tag), &handle), "create(byGroup:)")
    return try Communicator(unwrapped(handle), ownership: .owned, "create", CallSite(file, line))
  }

  /// A communicator of the given ranks, in that order; nil on the others.
  ///
  /// Collective over all ranks of this communicator, each with the same list.
  ///
  /// C: `MPI_Group_incl`, `MPI_Comm_create`. MPI-3.1, sections 6.3.2 and 6.4.2.
  ///
  /// - Parameter ranks: the ranks in this communicator, each at most once; the same list on every rank.
  /// - Throws: ``ErrorClass/rank`` for a rank that this communicator has not, or one given twice.
  public func subset(ranks: [Int], file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Communicator? {
    try create(from: group.including(ranks), file: file, line: line)
  }

  /// Compares this communicator with another. No message is sent.
  ///
  /// C: `MPI_Comm_compare`. MPI-3.1, section 6.4.1.
  ///
  /// - Parameter other: the communicator to compare with.
  /// - Throws: what MPI reports.
  public func compare(_ other: Communicator) throws(MPIError) -> Comparison {
    var result: CInt = 0
    try check(MPI_Comm_compare(rawValue, other.rawValue, &result), "compare")
    return Comparison(result)
  }
}
