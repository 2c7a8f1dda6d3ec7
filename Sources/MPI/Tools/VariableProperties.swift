// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The intended audience of a variable of the MPI library and its level of detail: the higher, the more.
///
/// C: `MPI_T_VERBOSITY_USER_BASIC` and the others. MPI-3.1, section 14.3.1.
public enum VariableVerbosity: Int, Sendable, Hashable, CaseIterable, Comparable {
  /// For users, what matters most.
  case userBasic
  /// For users, details.
  case userDetail
  /// For users, all.
  case userAll
  /// For tuning, the most important.
  case tunerBasic
  /// For tuning, details.
  case tunerDetail
  /// For tuning, all.
  case tunerAll
  /// For the developers of the MPI library, what matters most.
  case developerBasic
  /// For the developers of the MPI library, details.
  case developerDetail
  /// For the developers of the MPI library, all.
  case developerAll

  init(constant: CInt) {
    let constants = [
      CMPI_T_VERBOSITY_USER_BASIC, CMPI_T_VERBOSITY_USER_DETAIL, CMPI_T_VERBOSITY_USER_ALL,
      CMPI_T_VERBOSITY_TUNER_BASIC, CMPI_T_VERBOSITY_TUNER_DETAIL, CMPI_T_VERBOSITY_TUNER_ALL,
      CMPI_T_VERBOSITY_MPIDEV_BASIC, CMPI_T_VERBOSITY_MPIDEV_DETAIL, CMPI_T_VERBOSITY_MPIDEV_ALL,
    ]
    self = constants.firstIndex(of: constant).flatMap { Self(rawValue: $0) } ?? .developerAll
  }

  /// Whether `left` is for a wider circle than `right`.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The owner of a variable of the MPI library: the whole process, or each object of a kind.
///
/// C: `MPI_T_BIND_NO_OBJECT` and the others. MPI-3.1, section 14.3.2.
public enum VariableBinding: Sendable, Hashable, CaseIterable {
  /// The process.
  case process
  /// A communicator.
  case communicator
  /// A datatype.
  case datatype
  /// An error handler.
  case errorHandler
  /// A file.
  case file
  /// A group.
  case group
  /// An info object.
  case info
  /// A message.
  case message
  /// A reduction operation.
  case operation
  /// A request.
  case request
  /// A window.
  case window
  /// Something else, such as a session of MPI-4.
  case other

  init(constant: CInt) {
    self =
      switch constant {
      case CMPI_T_BIND_NO_OBJECT: .process
      case CMPI_T_BIND_MPI_COMM: .communicator
      case CMPI_T_BIND_MPI_DATATYPE: .datatype
      case CMPI_T_BIND_MPI_ERRHANDLER: .errorHandler
      case CMPI_T_BIND_MPI_FILE: .file
      case CMPI_T_BIND_MPI_GROUP: .group
      case CMPI_T_BIND_MPI_INFO: .info
      case CMPI_T_BIND_MPI_MESSAGE: .message
      case CMPI_T_BIND_MPI_OP: .operation
      case CMPI_T_BIND_MPI_REQUEST: .request
      case CMPI_T_BIND_MPI_WIN: .window
      default: .other
      }
  }
}

/// The object that a variable is asked of, as MPI wants it: the address of a handle, or none.
///
/// The address has to stay the same, so it is memory of its own.
final class VariableObject {
  /// The address, or nil for the process.
  let address: UnsafeMutablePointer<MPI_Comm>?
  /// Its handle must live as long.
  private let communicator: Communicator?

  /// - Throws: ``ErrorClass/argument`` if the variable belongs to communicators and none is given;
  ///   ``ErrorClass/unsupportedOperation`` if it belongs to objects of another kind.
  init(
    _ binding: VariableBinding, _ communicator: Communicator?, _ operation: StaticString, _ name: String
  ) throws(MPIError) {
    switch binding {
    case .process: self.communicator = nil
    case .communicator:
      guard let communicator else {
        throw MPIError(
          .argument, "\(name): each communicator has one of these: say whose, by on:", operation: "\(operation)")
      }
      self.communicator = communicator
    default:
      throw MPIError(
        .unsupportedOperation,
        "\(name): it belongs to a \(binding), and this library reads only those of the process and of communicators",
        operation: "\(operation)")
    }
    guard let handle = self.communicator?.rawValue else {
      address = nil
      return
    }
    address = .allocate(capacity: 1)
    address?.initialize(to: handle)
  }

  deinit { address?.deallocate() }
}
