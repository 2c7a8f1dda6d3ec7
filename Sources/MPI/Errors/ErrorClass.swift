// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The kind of an error: the error classes of the MPI standard, and a few of this library's own.
///
/// Error *codes* differ from one MPI to the next; classes are the same everywhere, so these are what to compare.
/// Each raw value is the name in C. MPI-3.1, section 8.4.
public enum ErrorClass: String, Sendable, Hashable, CaseIterable {
  /// Permission was denied.
  case access = "MPI_ERR_ACCESS"
  /// A file was opened in a mode that does not allow this.
  case accessMode = "MPI_ERR_AMODE"
  /// An argument is wrong.
  case argument = "MPI_ERR_ARG"
  /// An assertion about a window is wrong.
  case assertion = "MPI_ERR_ASSERT"
  /// A file name is not valid.
  case badFile = "MPI_ERR_BAD_FILE"
  /// A base address is wrong.
  case base = "MPI_ERR_BASE"
  /// A buffer is wrong, missing, or in use.
  case buffer = "MPI_ERR_BUFFER"
  /// A communicator is not valid.
  case communicator = "MPI_ERR_COMM"
  /// A conversion of data failed.
  case conversion = "MPI_ERR_CONVERSION"
  /// A count is wrong, or does not agree with another.
  case count = "MPI_ERR_COUNT"
  /// The dimensions of a grid are wrong.
  case dimensions = "MPI_ERR_DIMS"
  /// A displacement is wrong.
  case displacement = "MPI_ERR_DISP"
  /// A data representation was registered before.
  case duplicateRepresentation = "MPI_ERR_DUP_DATAREP"
  /// A file handle is not valid.
  case file = "MPI_ERR_FILE"
  /// The file exists.
  case fileExists = "MPI_ERR_FILE_EXISTS"
  /// The file is open somewhere.
  case fileInUse = "MPI_ERR_FILE_IN_USE"
  /// A group is not valid.
  case group = "MPI_ERR_GROUP"
  /// The statuses of the requests have the errors.
  case inStatus = "MPI_ERR_IN_STATUS"
  /// An info object is not valid.
  case info = "MPI_ERR_INFO"
  /// A key of an info object is too long.
  case infoKey = "MPI_ERR_INFO_KEY"
  /// An info object has no such key.
  case infoNoKey = "MPI_ERR_INFO_NOKEY"
  /// A value of an info object is too long.
  case infoValue = "MPI_ERR_INFO_VALUE"
  /// MPI itself is at fault.
  case `internal` = "MPI_ERR_INTERN"
  /// Reading or writing failed.
  case io = "MPI_ERR_IO"
  /// A key for attributes is not valid.
  case keyval = "MPI_ERR_KEYVAL"
  /// A lock of a window has no such type.
  case lockType = "MPI_ERR_LOCKTYPE"
  /// No service is published by that name.
  case name = "MPI_ERR_NAME"
  /// There is not enough memory.
  case noMemory = "MPI_ERR_NO_MEM"
  /// There is not enough space in the file system.
  case noSpace = "MPI_ERR_NO_SPACE"
  /// There is no such file.
  case noSuchFile = "MPI_ERR_NO_SUCH_FILE"
  /// Arguments differ between ranks that must be the same.
  case notSame = "MPI_ERR_NOT_SAME"
  /// A reduction operation is not valid, or not for this type.
  case operation = "MPI_ERR_OP"
  /// MPI knows what happened, and has no class for it.
  case other = "MPI_ERR_OTHER"
  /// A request is not over yet.
  case pending = "MPI_ERR_PENDING"
  /// A port is not valid.
  case port = "MPI_ERR_PORT"
  /// The quota of the file system is used up.
  case quota = "MPI_ERR_QUOTA"
  /// A rank is out of range.
  case rank = "MPI_ERR_RANK"
  /// The file or the file system is read-only.
  case readOnly = "MPI_ERR_READ_ONLY"
  /// A request is not valid.
  case request = "MPI_ERR_REQUEST"
  /// A root is out of range.
  case root = "MPI_ERR_ROOT"
  /// A service name is not valid.
  case service = "MPI_ERR_SERVICE"
  /// A size is wrong.
  case size = "MPI_ERR_SIZE"
  /// Processes could not be started.
  case spawn = "MPI_ERR_SPAWN"
  /// A tag is out of range.
  case tag = "MPI_ERR_TAG"
  /// The communicator has no such topology.
  case topology = "MPI_ERR_TOPOLOGY"
  /// A message was longer than the memory given for it.
  case truncate = "MPI_ERR_TRUNCATE"
  /// A datatype is not valid, or the message is of another.
  case type = "MPI_ERR_TYPE"
  /// MPI does not know what happened.
  case unknown = "MPI_ERR_UNKNOWN"
  /// The file system does not know this data representation.
  case unsupportedRepresentation = "MPI_ERR_UNSUPPORTED_DATAREP"
  /// The file system or this MPI does not support it.
  case unsupportedOperation = "MPI_ERR_UNSUPPORTED_OPERATION"
  /// A window is not valid.
  case window = "MPI_ERR_WIN"
  /// Memory could not be attached to a window.
  case windowAttach = "MPI_ERR_RMA_ATTACH"
  /// Accesses to a window conflict.
  case windowConflict = "MPI_ERR_RMA_CONFLICT"
  /// The window is of another kind.
  case windowFlavor = "MPI_ERR_RMA_FLAVOR"
  /// Memory is not in the window.
  case windowRange = "MPI_ERR_RMA_RANGE"
  /// Memory can not be shared.
  case windowShared = "MPI_ERR_RMA_SHARED"
  /// A window was synchronized wrongly.
  case windowSynchronization = "MPI_ERR_RMA_SYNC"

  /// A process has failed that this operation needs. On an MPI that survives that: see
  /// ``MPIEnvironment/Feature/faultTolerance``.
  case processFailed = "MPI_ERR_PROC_FAILED"
  /// A receive from any rank could be one from a process that has failed. It may still be completed.
  case processFailedPending = "MPI_ERR_PROC_FAILED_PENDING"
  /// The communicator was revoked: see ``Communicator/revoke(file:line:)``.
  case revoked = "MPI_ERR_REVOKED"
  /// The process at the other end has ended the job.
  case processAborted = "MPI_ERR_PROC_ABORTED"
  /// A session is not valid.
  case session = "MPI_ERR_SESSION"
  /// A number does not fit in what the C function returns it in.
  case valueTooLarge = "MPI_ERR_VALUE_TOO_LARGE"

  /// A value could not be turned into bytes for an `object:` message, or bytes not into a value. This library's own.
  case serialization = "serialization"
  /// MPI was used before it was started or after it was ended, or started twice. This library's own.
  case environment = "environment"

  /// The MPI at hand has no such thing: see ``MPIEnvironment/Feature``. This library's own.
  case notSupported = "not supported"
  /// The ranks made different calls, and all must make the same, and checked mode saw it. This library's own.
  case mismatch = "mismatch"

  /// The class that `code` belongs to, of this MPI.
  init(code: CInt) {
    var number: CInt = 0
    guard MPI_Error_class(code, &number) == 0 else {
      self = .unknown
      return
    }
    self = Self.numbers.first { $0.0 == number }?.1 ?? .other
  }

  private static let numbers: [(CInt, ErrorClass)] = [
    (CMPI_ERR_ACCESS, .access), (CMPI_ERR_AMODE, .accessMode), (CMPI_ERR_ARG, .argument),
    (CMPI_ERR_ASSERT, .assertion), (CMPI_ERR_BAD_FILE, .badFile), (CMPI_ERR_BASE, .base),
    (CMPI_ERR_BUFFER, .buffer), (CMPI_ERR_COMM, .communicator), (CMPI_ERR_CONVERSION, .conversion),
    (CMPI_ERR_COUNT, .count), (CMPI_ERR_DIMS, .dimensions), (CMPI_ERR_DISP, .displacement),
    (CMPI_ERR_DUP_DATAREP, .duplicateRepresentation), (CMPI_ERR_FILE, .file), (CMPI_ERR_FILE_EXISTS, .fileExists),
    (CMPI_ERR_FILE_IN_USE, .fileInUse), (CMPI_ERR_GROUP, .group), (CMPI_ERR_IN_STATUS, .inStatus),
    (CMPI_ERR_INFO, .info), (CMPI_ERR_INFO_KEY, .infoKey), (CMPI_ERR_INFO_NOKEY, .infoNoKey),
    (CMPI_ERR_INFO_VALUE, .infoValue), (CMPI_ERR_INTERN, .internal), (CMPI_ERR_IO, .io),
    (CMPI_ERR_KEYVAL, .keyval), (CMPI_ERR_LOCKTYPE, .lockType), (CMPI_ERR_NAME, .name),
    (CMPI_ERR_NO_MEM, .noMemory), (CMPI_ERR_NO_SPACE, .noSpace), (CMPI_ERR_NO_SUCH_FILE, .noSuchFile),
    (CMPI_ERR_NOT_SAME, .notSame), (CMPI_ERR_OP, .operation), (CMPI_ERR_OTHER, .other),
    (CMPI_ERR_PENDING, .pending), (CMPI_ERR_PORT, .port), (CMPI_ERR_QUOTA, .quota), (CMPI_ERR_RANK, .rank),
    (CMPI_ERR_READ_ONLY, .readOnly), (CMPI_ERR_REQUEST, .request), (CMPI_ERR_ROOT, .root),
    (CMPI_ERR_SERVICE, .service), (CMPI_ERR_SIZE, .size), (CMPI_ERR_SPAWN, .spawn), (CMPI_ERR_TAG, .tag),
    (CMPI_ERR_TOPOLOGY, .topology), (CMPI_ERR_TRUNCATE, .truncate), (CMPI_ERR_TYPE, .type),
    (CMPI_ERR_UNKNOWN, .unknown), (CMPI_ERR_UNSUPPORTED_DATAREP, .unsupportedRepresentation),
    (CMPI_ERR_UNSUPPORTED_OPERATION, .unsupportedOperation), (CMPI_ERR_WIN, .window),
    (CMPI_ERR_RMA_ATTACH, .windowAttach), (CMPI_ERR_RMA_CONFLICT, .windowConflict),
    (CMPI_ERR_RMA_FLAVOR, .windowFlavor), (CMPI_ERR_RMA_RANGE, .windowRange), (CMPI_ERR_RMA_SHARED, .windowShared),
    (CMPI_ERR_RMA_SYNC, .windowSynchronization), (CMPI_ERR_PROC_FAILED, .processFailed),
    (CMPI_ERR_PROC_FAILED_PENDING, .processFailedPending), (CMPI_ERR_REVOKED, .revoked),
    (CMPI_ERR_PROC_ABORTED, .processAborted), (CMPI_ERR_SESSION, .session),
    (CMPI_ERR_VALUE_TOO_LARGE, .valueTooLarge),
  ]
}
