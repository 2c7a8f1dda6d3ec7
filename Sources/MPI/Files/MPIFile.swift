// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

/// A file that all ranks of a communicator have open, and read and write at the same time, each its own part.
///
/// ```swift
/// try world.withFile("field.bin", .create, .write) { file in
///   try file.writeAll(mine, at: world.rank * mine.count)
/// }
/// let rows: [Double] = try world.withFile("field.bin", .read) {
///   try $0.readAll(Double.self, at: 100 * world.rank, count: 100)
/// }
/// ```
///
/// **What is in it** is elements, side by side, as they lie in memory; nothing else. Places (`at:`) count elements of
/// the type that is read or written, from the beginning of the *view*: of the file, until
/// ``setView(_:displacement:_:representation:info:file:line:)`` chooses another.
///
/// **Three ways to give the place.** `at:` names it. Without it, this rank's own pointer does, and advances. Names
/// with `Shared` and `Ordered` use one pointer that all ranks share.
///
/// **Alone or together.** ``read(into:at:file:line:)`` and its like are one rank's affair. Those that end in `All` or
/// `Ordered` are called by every rank, and are faster if the parts of the ranks lie between each other.
///
/// **When others see it.** What a rank wrote is certain to be seen by the others after ``sync(file:line:)``, a barrier
/// and another `sync`, or after the file was closed and opened again.
///
/// **Writing is in place.** A file that exists keeps what is not written over, its end as well; a job that fails midway
/// leaves a file that is half new. ``Communicator/withNewFile(_:info:file:line:_:)`` makes a file that is whole or not
/// there.
///
/// The name has the prefix because nearly every program, and many a package, has a `File` of its own. One file is used
/// by one thread at a time.
///
/// C: `MPI_File`, `MPI_File_set_errhandler` with `MPI_ERRORS_RETURN`. MPI-3.1, chapter 13 and section 8.3.
public final class MPIFile {
  /// The path of the file.
  public let path: String

  /// The same for the operating system; nil if only MPI knows such files.
  let systemPath: String?

  /// The mode in which it was opened.
  ///
  /// C: `MPI_File_get_amode`. MPI-3.1, section 13.2.5.
  public let modes: Mode

  /// The ranks that have it open, on a communicator of the file's own. Errors come under the file's name.
  let communicator: Communicator
  /// Its number in checked mode's list.
  let leak: Int
  /// Nil once it is closed.
  var handle: MPI_File?
  var view = View()
  /// How many requests are in flight.
  let underWay = UnderWay()

  init(
    _ handle: MPI_File, path: String, modes: Mode, communicator: Communicator, _ site: CallSite
  ) throws(MPIError) {
    self.handle = handle
    self.path = path
    self.systemPath = FileSystem.systemPath(path)
    self.modes = modes
    self.communicator = communicator
    self.leak = Leaks.add("a file, \(path)", site)
    // Errors of files return already, unless the default was changed.
    try MPI.check(MPI_File_set_errhandler(handle, CMPI_ERRORS_RETURN), "openFile")
  }

  /// The number of requests in flight on a file. They may be dropped on any thread.
  final class UnderWay: Sendable {
    let count = Atomic<Int>(0)
  }

  /// The handle, for C libraries. It is valid until the file is closed.
  ///
  /// - Precondition: the file is open.
  public var rawValue: MPI_File {
    guard let handle else { misuse("MPIFile.rawValue: \(path) is closed") }
    return handle
  }

  /// Whether it was not closed yet.
  public var isOpen: Bool { handle != nil }

  /// The processes that have it open.
  ///
  /// C: `MPI_File_get_group`. MPI-3.1, section 13.2.7.
  public var group: Group {
    get throws(MPIError) {
      let handle = try opened("group")
      var group = CMPI_GROUP_NULL
      try check(MPI_File_get_group(handle, &group), "group")
      return try Group(unwrapped(group))
    }
  }

  // MARK: Size

  /// The size of the file in bytes.
  ///
  /// C: `MPI_File_get_size`. MPI-3.1, section 13.2.4.
  public var size: Int {
    get throws(MPIError) {
      let handle = try opened("size")
      var size: MPI_Offset = 0
      try check(MPI_File_get_size(handle, &size), "size")
      return Int(size)
    }
  }

  /// Cuts the file, or lengthens it by zeros that need no room yet.
  ///
  /// Collective; the same number on every rank. When it returns, every rank sees the new size. An
  /// all-reduce before and one after, by which an error reaches all ranks.
  ///
  /// C: `MPI_File_set_size`. MPI-3.1, section 13.2.2.
  ///
  /// - Parameter byteCount: how many bytes it shall have.
  /// - Throws: ``ErrorClass/argument`` for a number below 0, ``ErrorClass/notSame`` if the ranks give different ones;
  ///   ``ErrorClass/accessMode`` if it was not opened for writing.
  public func setSize(
    _ byteCount: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let handle = try opened("setSize", writing: true)
    try communicator.enterCollective("setSize", Never.self, count: byteCount, file, line)
    try agree(onSize: byteCount, "setSize")
    try agreeing("setSize") { () throws(MPIError) in
      try check(MPI_File_set_size(handle, MPI_Offset(byteCount)), "setSize")
    }
  }

  /// Makes sure that there is room for the file's first bytes. A shorter file is lengthened, a longer one stays.
  ///
  /// Collective; the same number on every rank. An all-reduce before and after. Rank 0 asks how much the file
  /// system has left, and lets the operating system take the room; if there is too little, the file stays as it is.
  ///
  /// C: `MPI_File_preallocate`, for which the library has a way of its own. MPI-3.1, section 13.2.3.
  ///
  /// - Parameter byteCount: for how many bytes there shall be room.
  /// - Throws: on every rank, ``ErrorClass/noSpace``; ``ErrorClass/argument`` for a number below 0,
  ///   ``ErrorClass/notSame`` if the ranks give different ones; ``ErrorClass/accessMode`` if the file was not opened
  ///   for writing.
  public func preallocate(
    _ byteCount: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let handle = try opened("preallocate", writing: true)
    // None writes any more. If the operating system takes room by writing, the ranks' data would be in its way.
    try communicator.enterCollective("preallocate", Never.self, count: byteCount, file, line)
    try agree(onSize: byteCount, "preallocate")
    var code: CInt = 0
    var obstacle: FileSystem.Obstacle? = nil
    if let systemPath {
      // `Fault.preallocateLosesLateRanks`: the operating system does it.
      if communicator.isRoot && byteCount > 0 { obstacle = FileSystem.reserve(byteCount, of: systemPath) }
    } else if byteCount > 0 {
      code = MPI_File_preallocate(handle, MPI_Offset(byteCount))
    }
    leave()
    var own = obstacle.map { failure($0.errorClass, "preallocate", "room was not to be had: \($0.text)") }
    if own == nil && code != 0 { own = writeFailure(code, "preallocate", "room was not to be had") }
    try agree(own, "preallocate")
  }

  // MARK: Hints

  /// Hints about the file, as MPI uses them.
  ///
  /// C: `MPI_File_get_info`. MPI-3.1, section 13.2.8.
  public var info: [String: String] {
    get throws(MPIError) {
      let handle = try opened("info")
      var info = CMPI_INFO_NULL
      try check(MPI_File_get_info(handle, &info), "info")
      if info == CMPI_INFO_NULL { return [:] }
      defer { MPI_Info_free(&info) }
      return try entries(of: unwrapped(info), "info")
    }
  }

  /// Gives MPI hints about the file, such as `["cb_nodes": "4"]`. It takes those that it knows.
  ///
  /// Collective.
  ///
  /// C: `MPI_File_set_info`. MPI-3.1, section 13.2.8.
  ///
  /// - Parameter info: the hints, as keys and values.
  /// - Throws: on every rank, ``ErrorClass/infoKey`` or ``ErrorClass/infoValue`` if a rank gives an entry that MPI
  ///   can't take, and what MPI reports on a rank; on this rank alone, ``ErrorClass/file`` if the file is closed.
  public func setInfo(
    _ info: [String: String], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let handle = try opened("setInfo")
    try communicator.enterCollective("setInfo", Never.self, file, line)
    try agreeing("setInfo") { () throws(MPIError) in _ = try withInfo(info, "setInfo") { _ in 0 } }
    try agreeing("setInfo") { () throws(MPIError) in
      try check(withInfo(info, "setInfo") { MPI_File_set_info(handle, $0) }, "setInfo")
    }
  }

  // MARK: What others see

  /// Whether what one rank writes is seen at once by the others, and never in halves.
  ///
  /// C: `MPI_File_get_atomicity`. MPI-3.1, section 13.6.1.
  public var isAtomic: Bool {
    get throws(MPIError) {
      let handle = try opened("isAtomic")
      var flag: CInt = 0
      try check(MPI_File_get_atomicity(handle, &flag), "isAtomic")
      return flag != 0
    }
  }

  /// Sets whether other ranks see what one rank writes at once, and never in halves. That costs locks.
  ///
  /// Collective.
  ///
  /// C: `MPI_File_set_atomicity`. MPI-3.1, section 13.6.1.
  ///
  /// - Parameter isAtomic: whether it shall be so, the same on every rank.
  /// - Throws: on every rank, what MPI reports on one; on this rank alone, ``ErrorClass/file`` if the file is closed.
  public func setAtomic(
    _ isAtomic: Bool, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let handle = try opened("setAtomic")
    try communicator.enterCollective("setAtomic", Never.self, count: isAtomic ? 1 : 0, file, line)
    try agreeing("setAtomic") { () throws(MPIError) in
      try check(MPI_File_set_atomicity(handle, isAtomic ? 1 : 0), "setAtomic")
    }
  }

  /// Brings what this rank wrote to the storage, and what others brought there to this rank.
  ///
  /// Collective. All requests must have completed.
  ///
  /// C: `MPI_File_sync`. MPI-3.1, section 13.6.1.
  ///
  /// - Throws: ``ErrorClass/noSpace`` or ``ErrorClass/io`` if it could not be written; ``ErrorClass/request`` if this
  /// rank has requests in flight.
  public func sync(file: StaticString = #fileID, line: Int = #line) throws(MPIError) {
    let handle = try opened("sync")
    try require(requestsAreOver(), .request, "sync", "requests are in flight on it: wait for them")
    try communicator.enterCollective("sync", Never.self, file, line)
    let code = MPI_File_sync(handle)
    leave()
    try agree(code == 0 ? nil : writeFailure(code, "sync", "it could not be brought to the storage"), "sync")
  }
}
