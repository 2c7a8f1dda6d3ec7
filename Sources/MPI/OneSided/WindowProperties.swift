// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The kind of memory of a window.
///
/// C: `MPI_WIN_CREATE_FLAVOR`. MPI-3.1, section 11.2.6.
public enum WindowKind: Sendable, Hashable {
  /// The program's own: an array. C: `MPI_WIN_FLAVOR_CREATE`.
  case array
  /// What MPI allocated. C: `MPI_WIN_FLAVOR_ALLOCATE`.
  case allocated
  /// What MPI allocated on one node, whose ranks can read and write it directly. C: `MPI_WIN_FLAVOR_SHARED`.
  case shared
  /// What the ranks attach and detach. C: `MPI_WIN_FLAVOR_DYNAMIC`.
  case dynamic
}

/// Whether what other ranks see of a window's memory is the memory itself.
///
/// C: `MPI_WIN_MODEL`. MPI-3.1, section 11.4.
public enum WindowModel: Sendable, Hashable {
  /// It is, sooner or later. So it is on all machines with coherent caches. C: `MPI_WIN_UNIFIED`.
  case unified
  /// It is a copy: what one side writes comes to the other by synchronization alone. C: `MPI_WIN_SEPARATE`.
  case separate
}

extension Window {
  /// The name, for messages. A longer one than MPI takes is cut.
  ///
  /// C: `MPI_Win_get_name`, `MPI_Win_set_name`. MPI-3.1, section 6.8.
  public var name: String {
    get {
      if isFreed { return "a freed window" }
      let name = cString(capacity: Int(CMPI_MAX_OBJECT_NAME)) { MPI_Win_get_name(rawValue, $0, $1) } ?? ""
      return name.isEmpty ? "a window" : name
    }
    set {
      if isFreed { return }
      var short = newValue
      while short.utf8.count >= Int(CMPI_MAX_OBJECT_NAME) { short.removeLast() }
      _ = short.withCString { MPI_Win_set_name(rawValue, $0) }
    }
  }

  /// The processes that have the window. No message is sent.
  ///
  /// C: `MPI_Win_get_group`. MPI-3.1, section 11.2.6.
  public var group: Group {
    get throws(MPIError) {
      try checkUsable("group")
      var handle = CMPI_GROUP_NULL
      try communicator.check(MPI_Win_get_group(rawValue, &handle), "group")
      return try Group(unwrapped(handle))
    }
  }

  /// Hints about the window, as MPI understood them.
  ///
  /// C: `MPI_Win_get_info`. MPI-3.1, section 11.2.7.
  public var info: [String: String] {
    get throws(MPIError) {
      try checkUsable("info")
      var info = CMPI_INFO_NULL
      try communicator.check(MPI_Win_get_info(rawValue, &info), "info")
      if info == CMPI_INFO_NULL { return [:] }
      defer { MPI_Info_free(&info) }
      return try entries(of: unwrapped(info), "info")
    }
  }

  /// Gives MPI hints about the window. It takes those that it knows.
  ///
  /// Collective, with an all-reduce before it, by which the ranks agree that all their entries can be taken.
  ///
  /// C: `MPI_Win_set_info`. MPI-3.1, section 11.2.7.
  ///
  /// - Parameter info: the hints, as keys and values.
  /// - Throws: on every rank, ``ErrorClass/infoKey`` or ``ErrorClass/infoValue`` for an entry that MPI can't take;
  ///   ``ErrorClass/window`` if the window was freed; else what MPI reports.
  public func setInfo(
    _ info: [String: String], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkUsable("setInfo")
    try communicator.enterCollective("setInfo", Never.self, file, line)
    try communicator.agreeing("setInfo") { () throws(MPIError) in _ = try withInfo(info, "setInfo") { _ in 0 } }
    try communicator.check(withInfo(info, "setInfo") { MPI_Win_set_info(rawValue, $0) }, "setInfo")
  }

  /// Whether what other ranks see of the memory is the memory itself.
  ///
  /// C: `MPI_WIN_MODEL`, `MPI_Win_get_attr`. MPI-3.1, section 11.2.6.
  public var model: WindowModel {
    attribute(CMPI_WIN_MODEL)?.load(as: CInt.self) == CMPI_WIN_UNIFIED ? .unified : .separate
  }

  /// The start of this rank's memory, for C libraries; nil if there is none. It is valid until the window is freed.
  ///
  /// An element that must lie at a multiple of more than 8 bytes may begin some bytes behind it.
  ///
  /// C: `MPI_WIN_BASE`, `MPI_Win_get_attr`. MPI-3.1, section 11.2.6.
  public var base: UnsafeMutableRawPointer? { byteCount == 0 ? nil : attribute(CMPI_WIN_BASE) }

  /// The number of bytes of this rank in the window.
  ///
  /// C: `MPI_WIN_SIZE`, `MPI_Win_get_attr`. MPI-3.1, section 11.2.6.
  public var byteCount: Int { attribute(CMPI_WIN_SIZE)?.load(as: Int.self) ?? 0 }

  /// The number of bytes from one place to the next: the stride of an element; 1 for dynamic windows and for
  /// elements that must lie at a multiple of more than 8 bytes.
  ///
  /// C: `MPI_WIN_DISP_UNIT`, `MPI_Win_get_attr`. MPI-3.1, section 11.2.6.
  public var displacementUnit: Int { attribute(CMPI_WIN_DISP_UNIT).map { Int($0.load(as: CInt.self)) } ?? 1 }

  private func attribute(_ key: CInt) -> UnsafeMutableRawPointer? {
    var value: UnsafeMutableRawPointer? = nil
    var found: CInt = 0
    guard !isFreed, MPI_Win_get_attr(rawValue, key, &value, &found) == 0, found != 0 else { return nil }
    return value
  }
}

extension Window: CustomStringConvertible {
  /// The name, the elements and the communicator.
  public var description: String { "\(name) of \(count) \(Element.self) on \(communicator)" }
}
