// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Memory that a rank has attached to a dynamic window, as the other ranks know it.
///
/// It is sent to them like any element: `try world.allGather(block)`. It holds an address, which only its rank can use.
///
/// C: `MPI_Get_address`. MPI-3.1, section 11.2.4.
public struct WindowBlock<Element: BitwiseCopyable>: BitwiseCopyable, Hashable, Sendable {
  /// The address as MPI knows it.
  @usableFromInline let address: Int
  /// The number of elements.
  public let count: Int
}

/// Memory that this rank has attached to a dynamic window.
public final class AttachedMemory<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The address of the memory, for the other ranks.
  public let block: WindowBlock<Element>

  fileprivate let start: UnsafeMutablePointer<Element>
  fileprivate var isAttached = true

  fileprivate init(_ start: UnsafeMutablePointer<Element>, _ block: WindowBlock<Element>) {
    self.start = start
    self.block = block
  }

  // The window holds this as long as it is attached, so the memory can no longer be reached.
  deinit { start.deallocate() }

  /// The number of elements.
  public var count: Int { block.count }

  /// One element of this rank's memory: a load or a store.
  ///
  /// - Parameter index: which one; the first is 0.
  /// - Precondition: the index is in range.
  public subscript(index: Int) -> Element {
    get {
      demand(
        UInt(bitPattern: index) < UInt(bitPattern: count), "index \(index) is out of range: there are \(count) elements"
      )
      return start[index]
    }
    set {
      demand(
        UInt(bitPattern: index) < UInt(bitPattern: count), "index \(index) is out of range: there are \(count) elements"
      )
      start[index] = newValue
    }
  }
}

extension Communicator {
  /// A window to which each rank attaches memory when it has some: ``Window/attach(count:file:line:)``.
  ///
  /// Collective. A place in it is a rank and a ``WindowBlock`` of that rank. It is given back by
  /// ``Window/free(file:line:)``, which detaches what is left.
  ///
  /// C: `MPI_Win_create_dynamic`. MPI-3.1, section 11.2.4.
  ///
  /// - Parameter info: hints to MPI, the same on every rank.
  /// - Throws: on every rank, ``ErrorClass/window`` if MPI has no way for windows here, with the setting that helps;
  ///   ``ErrorClass/infoKey`` or ``ErrorClass/infoValue`` for a hint that MPI can't take; ``ErrorClass/other`` if MPI
  ///   has no number left for a window.
  public func dynamicWindow<Element: BitwiseCopyable>(
    of _: Element.Type, info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Window<Element> {
    try enterCollective("dynamicWindow", Element.self, file, line)
    try prepare("dynamicWindow") { () throws(MPIError) in
      _ = try withInfo(info, "dynamicWindow") { _ in 0 }
      try checkElement(Element.self, "dynamicWindow")
    }
    var raw = RawWindow()
    let code = try withInfo(info, "dynamicWindow") { info in
      let code = MPI_Win_create_dynamic(info, rawValue, &raw.handle)
      // `Fault.windowsOfOneRankFail`: another window is there for the epochs, and the operations are done here.
      guard code != 0 && size == 1 else { return code }
      return MPI_Win_allocate(64, 1, info, rawValue, &raw.base, &raw.handle)
    }
    let window: Window<Element> = try finishWindow(
      code, raw, .dynamic, 0, "dynamicWindow", CallSite(file, line))
    window.isAlone = raw.base != nil
    return window
  }
}

extension Window {
  /// Attaches fresh memory to a dynamic window, all its bytes 0.
  ///
  /// Not collective, no message: the other ranks are to be sent its ``AttachedMemory/block``.
  ///
  /// C: `MPI_Win_attach`. MPI-3.1, section 11.2.4.
  ///
  /// - Parameter count: how many elements, 1 or more.
  /// - Returns: the memory. The window holds it until it is detached.
  /// - Throws: ``ErrorClass/windowFlavor`` for a window that is not dynamic, ``ErrorClass/count``,
  ///   ``ErrorClass/windowAttach`` if MPI takes no more: Open MPI 4 takes 32 to 64 blocks.
  public func attach(
    count: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> AttachedMemory<Element> {
    try checkUsable("attach")
    try communicator.require(
      kind == .dynamic, .windowFlavor, "attach", "the window is not dynamic: make it by dynamicWindow(of:)")
    try communicator.require(count > 0, .count, "attach", "count \(count) is below 1")
    _ = try communicator.checkWindow(Element.self, count, "attach")
    let byteCount = count * MemoryLayout<Element>.stride
    let start = UnsafeMutablePointer<Element>.allocate(capacity: count)
    UnsafeMutableRawPointer(start).initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    var address = MPI_Aint(bitPattern: UnsafeRawPointer(start))
    if !isAlone {
      let code = MPI_Win_attach(rawValue, start, byteCount)
      if code == 0 { MPI_Get_address(start, &address) }
      if code != 0 {
        start.deallocate()
        throw communicator.failure(code: code, "attach")
      }
    }
    let memory = AttachedMemory(start, WindowBlock(address: address, count: count))
    attached[ObjectIdentifier(memory)] = memory
    return memory
  }

  /// Detaches memory. No rank may reach it any more.
  ///
  /// Not collective. That the others are done with it is for the program to see to.
  ///
  /// C: `MPI_Win_detach`. MPI-3.1, section 11.2.4.
  ///
  /// - Parameter memory: what ``attach(count:file:line:)`` returned.
  /// - Throws: ``ErrorClass/windowAttach`` for memory that is not attached to this window.
  public func detach(
    _ memory: AttachedMemory<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkUsable("detach")
    try communicator.require(
      memory.isAttached && attached[ObjectIdentifier(memory)] != nil, .windowAttach, "detach",
      "the memory is not attached to this window")
    if !isAlone {
      let code = MPI_Win_detach(rawValue, memory.start)
      if code != 0 { throw communicator.failure(code: code, "detach") }
    }
    memory.isAttached = false
    attached[ObjectIdentifier(memory)] = nil
  }
}
