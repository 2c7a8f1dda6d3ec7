// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Communicators of the library's own: what it sends for itself goes on one of the same ranks, and so never meets the
// program's messages. They have no attributes: a program's copy callbacks run for the duplicates that the program
// makes, and for no others. `MPI_Comm_dup` would copy attributes; `MPI_Comm_create` does not.

/// Makes a communicator of the same ranks, in the same order, without attributes. Collective. The caller frees it.
func makeChannel(of original: MPI_Comm, _ operation: StaticString) throws(MPIError) -> MPI_Comm {
  var group = CMPI_GROUP_NULL
  try MPI.check(MPI_Comm_group(original, &group), operation)
  defer { MPI_Group_free(&group) }
  var handle = CMPI_COMM_NULL
  try MPI.check(MPI_Comm_create(original, unwrapped(group), &handle), operation)
  try MPI.check(MPI_Comm_set_errhandler(unwrapped(handle), CMPI_ERRORS_RETURN), operation)
  return unwrapped(handle)
}

private let channelKey = AttributeKey<Communicator>()

extension Communicator {
  /// The communicator of the same ranks on which collectives that consist of messages send them. Collective at the
  /// first call.
  final func libraryChannel(_ operation: StaticString) throws(MPIError) -> Communicator {
    if let known = self[channelKey] { return known }
    let made = try Communicator(makeChannel(of: rawValue, operation), ownership: .owned)
    made.name = "the library's channel of \(name)"
    self[channelKey] = made
    return made
  }

  /// A communicator of the same ranks for a library's own messages, without this one's attributes. Collective.
  package final func channel(
    _ operation: StaticString, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Communicator {
    try enterCollective("channel", Never.self, file, line)
    let made = try makeChannel(of: rawValue, operation)
    try check(0, operation)
    return try Communicator(made, ownership: .owned, operation, CallSite(file, line))
  }
}
