import CMPI

/// What kind of thing went wrong: the error classes of the MPI standard, and a few of this library's own.
///
/// Error *codes* differ from one MPI to the next; classes are the same everywhere, so these are what to compare.
/// Each raw value is the name in C. MPI-3.1, section 8.4.
public enum ErrorClass: String, Sendable, Hashable, CaseIterable {
  case access = "MPI_ERR_ACCESS"
  case accessMode = "MPI_ERR_AMODE"
  case argument = "MPI_ERR_ARG"
  case assertion = "MPI_ERR_ASSERT"
  case badFile = "MPI_ERR_BAD_FILE"
  case base = "MPI_ERR_BASE"
  case buffer = "MPI_ERR_BUFFER"
  case communicator = "MPI_ERR_COMM"
  case conversion = "MPI_ERR_CONVERSION"
  case count = "MPI_ERR_COUNT"
  case dimensions = "MPI_ERR_DIMS"
  case displacement = "MPI_ERR_DISP"
  case duplicateRepresentation = "MPI_ERR_DUP_DATAREP"
  case file = "MPI_ERR_FILE"
  case fileExists = "MPI_ERR_FILE_EXISTS"
  case fileInUse = "MPI_ERR_FILE_IN_USE"
  case group = "MPI_ERR_GROUP"
  case inStatus = "MPI_ERR_IN_STATUS"
  case info = "MPI_ERR_INFO"
  case infoKey = "MPI_ERR_INFO_KEY"
  case infoNoKey = "MPI_ERR_INFO_NOKEY"
  case infoValue = "MPI_ERR_INFO_VALUE"
  case `internal` = "MPI_ERR_INTERN"
  case io = "MPI_ERR_IO"
  case keyval = "MPI_ERR_KEYVAL"
  case lockType = "MPI_ERR_LOCKTYPE"
  case name = "MPI_ERR_NAME"
  case noMemory = "MPI_ERR_NO_MEM"
  case noSpace = "MPI_ERR_NO_SPACE"
  case noSuchFile = "MPI_ERR_NO_SUCH_FILE"
  case notSame = "MPI_ERR_NOT_SAME"
  case operation = "MPI_ERR_OP"
  case other = "MPI_ERR_OTHER"
  case pending = "MPI_ERR_PENDING"
  case port = "MPI_ERR_PORT"
  case quota = "MPI_ERR_QUOTA"
  case rank = "MPI_ERR_RANK"
  case readOnly = "MPI_ERR_READ_ONLY"
  case request = "MPI_ERR_REQUEST"
  case root = "MPI_ERR_ROOT"
  case service = "MPI_ERR_SERVICE"
  case size = "MPI_ERR_SIZE"
  case spawn = "MPI_ERR_SPAWN"
  case tag = "MPI_ERR_TAG"
  case topology = "MPI_ERR_TOPOLOGY"
  case truncate = "MPI_ERR_TRUNCATE"
  case type = "MPI_ERR_TYPE"
  case unknown = "MPI_ERR_UNKNOWN"
  case unsupportedRepresentation = "MPI_ERR_UNSUPPORTED_DATAREP"
  case unsupportedOperation = "MPI_ERR_UNSUPPORTED_OPERATION"
  case window = "MPI_ERR_WIN"
  case windowAttach = "MPI_ERR_RMA_ATTACH"
  case windowConflict = "MPI_ERR_RMA_CONFLICT"
  case windowFlavor = "MPI_ERR_RMA_FLAVOR"
  case windowRange = "MPI_ERR_RMA_RANGE"
  case windowShared = "MPI_ERR_RMA_SHARED"
  case windowSynchronization = "MPI_ERR_RMA_SYNC"

  /// A value could not be turned into bytes for an `object:` message, or bytes not into a value. This library's own.
  case serialization = "serialization"
  /// MPI was used before it was started or after it was ended, or started twice. This library's own.
  case environment = "environment"

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
    (CMPI_ERR_RMA_SYNC, .windowSynchronization),
  ]
}
