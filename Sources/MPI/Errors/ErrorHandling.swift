// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The reaction of MPI to a failed call on a communicator.
///
/// C: `MPI_Errhandler`. MPI-3.1, section 8.3.
public enum ErrorHandling: Sendable, Hashable {
  /// It returns a code, and this library throws an ``MPIError``: so it is for every communicator that is held here.
  ///
  /// C: `MPI_ERRORS_RETURN`.
  case returns
  /// It ends the job, with a message of its own.
  ///
  /// C: `MPI_ERRORS_ARE_FATAL`.
  case aborts
  /// It calls a function of another library.
  case custom
}

extension Communicator {
  /// The reaction of MPI to a failed call on this communicator.
  ///
  /// For C libraries that do not look at return codes: give them a communicator that aborts, as they expect.
  ///
  /// ```swift
  /// let theirs = try world.duplicate()
  /// try theirs.setErrorHandling(.aborts)
  /// fftw_mpi_init(theirs.rawValue)
  /// ```
  ///
  /// In Swift an error is handled where it is caught; so closures as handlers (`MPI_Comm_create_errhandler`) there are
  /// none.
  ///
  /// C: `MPI_Comm_get_errhandler`, `MPI_Errhandler_free`. MPI-3.1, sections 8.3.1 and 8.3.4.
  public final var errorHandling: ErrorHandling {
    get throws(MPIError) {
      var handler = CMPI_ERRHANDLER_NULL
      try MPI.check(MPI_Comm_get_errhandler(rawValue, &handler), "errorHandling")
      if handler == CMPI_ERRORS_RETURN { return .returns }
      if handler == CMPI_ERRORS_ARE_FATAL { return .aborts }
      // What was made is counted, and given back.
      MPI_Errhandler_free(&handler)
      return .custom
    }
  }

  /// Changes what MPI does when a call on this communicator fails. This rank's alone; no message is sent.
  ///
  /// C: `MPI_Comm_set_errhandler`. MPI-3.1, section 8.3.1.
  ///
  /// - Parameter handling: `.returns` or `.aborts`.
  /// - Throws: ``ErrorClass/argument`` for ``ErrorHandling/custom``, which can't be made here.
  public final func setErrorHandling(_ handling: ErrorHandling) throws(MPIError) {
    switch handling {
    case .returns:
      try MPI.check(MPI_Comm_set_errhandler(rawValue, CMPI_ERRORS_RETURN), "setErrorHandling")
    case .aborts:
      try MPI.check(MPI_Comm_set_errhandler(rawValue, CMPI_ERRORS_ARE_FATAL), "setErrorHandling")
    case .custom:
      throw failure(.argument, "setErrorHandling", "a handler of another library can't be set here: set it in C")
    }
  }
}
