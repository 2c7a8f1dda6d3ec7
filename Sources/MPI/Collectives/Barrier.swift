import CMPI

extension Communicator {
  /// Waits until every rank is here.
  ///
  /// C: `MPI_Barrier`. MPI-3.1, section 5.3.
  @inlinable
  public func barrier() throws(MPIError) {
    try check(MPI_Barrier(rawValue), "barrier")
  }
}

extension Nonblocking {
  /// Begins a barrier: the request is over when every rank has begun it.
  ///
  /// C: `MPI_Ibarrier`. MPI-3.1, section 5.12.1.
  public func barrier() throws(MPIError) -> Request<Void> {
    var handle = CMPI_REQUEST_NULL
    try communicator.check(MPI_Ibarrier(communicator.rawValue, &handle), "barrier")
    return Request(
      communicator, "barrier", isReceive: false, finish: { (_) throws(MPIError) in }, handle: unwrapped(handle))
  }
}
