import CMPI

extension Communicator {
  /// A communicator of the same ranks, whose messages never meet this one's. A library takes one for itself.
  ///
  /// Collective.
  ///
  /// C: `MPI_Comm_dup`. MPI-3.1, section 6.4.2.
  public func duplicate(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> Communicator {
    try enterCollective("duplicate", Never.self, file, line)
    var handle = CMPI_COMM_NULL
    try check(MPI_Comm_dup(rawValue, &handle), "duplicate")
    return try Communicator(unwrapped(handle), ownership: .owned, "duplicate", CallSite(file, line))
  }
}
