// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIFile {
  /// The mode in which a file is opened: `.read`, `.write` or both, and options. The same on every rank.
  ///
  /// ```swift
  /// try world.withFile("table.bin", .create, .exclusive, .write) { file in … }
  /// ```
  ///
  /// There is none that empties a file: ``setSize(_:file:line:)`` does, and
  /// ``Communicator/withNewFile(_:info:file:line:_:)`` begins with none.
  ///
  /// C: `MPI_MODE_RDONLY`, `MPI_MODE_WRONLY`, `MPI_MODE_RDWR`. MPI-3.1, section 13.2.1.
  public struct Mode: OptionSet, Sendable, Hashable {
    /// The options as bits of this library's own.
    public let rawValue: Int32

    /// The options that bits stand for.
    ///
    /// - Parameter rawValue: the bits, which are this library's own.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Reading. C: `MPI_MODE_RDONLY`.
    public static let read = Mode(rawValue: 1)
    /// Writing. C: `MPI_MODE_WRONLY`.
    public static let write = Mode(rawValue: 2)
    /// Reading and writing: the same as `.read, .write`. C: `MPI_MODE_RDWR`.
    public static let readWrite: Mode = [.read, .write]
    /// A file that is not there is made. C: `MPI_MODE_CREATE`.
    public static let create = Mode(rawValue: 4)
    /// It must not be there. With ``create``. C: `MPI_MODE_EXCL`.
    public static let exclusive = Mode(rawValue: 8)
    /// It is deleted when it is closed. C: `MPI_MODE_DELETE_ON_CLOSE`.
    public static let deleteOnClose = Mode(rawValue: 16)
    /// It is not open elsewhere, in this job or out of it, so that MPI may lock less. C: `MPI_MODE_UNIQUE_OPEN`.
    public static let uniqueOpen = Mode(rawValue: 32)
    /// It is read or written from beginning to end, by the shared pointer alone. C: `MPI_MODE_SEQUENTIAL`.
    public static let sequential = Mode(rawValue: 64)
    /// All pointers begin at the file's end. C: `MPI_MODE_APPEND`.
    public static let append = Mode(rawValue: 128)

    /// The bits of this MPI.
    var constant: CInt {
      var constant =
        switch intersection(.readWrite) {
        case .readWrite: CMPI_MODE_RDWR
        case .write: CMPI_MODE_WRONLY
        default: CMPI_MODE_RDONLY
        }
      if contains(.create) { constant |= CMPI_MODE_CREATE }
      if contains(.exclusive) { constant |= CMPI_MODE_EXCL }
      if contains(.deleteOnClose) { constant |= CMPI_MODE_DELETE_ON_CLOSE }
      if contains(.uniqueOpen) { constant |= CMPI_MODE_UNIQUE_OPEN }
      if contains(.sequential) { constant |= CMPI_MODE_SEQUENTIAL }
      if contains(.append) { constant |= CMPI_MODE_APPEND }
      return constant
    }

    /// Why they can't go together; nil if they can.
    var contradiction: String? {
      if intersection(.readWrite).isEmpty { return "say .read, .write or .readWrite" }
      if !contains(.write) && !isDisjoint(with: [.create, .exclusive]) {
        return "a file that is only read can't be created: say .readWrite"
      }
      if contains(.exclusive) && !contains(.create) { return ".exclusive goes with .create" }
      if contains(.sequential) && contains(.readWrite) {
        return "a sequential file is read or written, not both"
      }
      return nil
    }
  }
}

extension MPIFile.Mode: CustomStringConvertible {
  /// The names of the options.
  public var description: String {
    let names: [(MPIFile.Mode, String)] = [
      (.create, "create"), (.exclusive, "exclusive"), (.deleteOnClose, "deleteOnClose"), (.uniqueOpen, "uniqueOpen"),
      (.sequential, "sequential"), (.append, "append"),
    ]
    let access =
      switch intersection(.readWrite) {
      case .readWrite: ["readWrite"]
      case .write: ["write"]
      case .read: ["read"]
      default: [String]()
      }
    return (access + names.filter { contains($0.0) }.map(\.1)).joined(separator: ", ")
  }
}
