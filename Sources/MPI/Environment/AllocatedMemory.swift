// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Calls `body` with memory that MPI allocated, which may make messages from and to it faster: it may be registered
/// with the network, or shared.
///
/// ```swift
/// try withMPIMemory(of: Double.self, count: 1_000_000) { field in
///   try world.broadcast(inPlace: &field)
/// }
/// ```
///
/// All of its bytes are 0 at first. It is given back when `body` returns or throws.
///
/// C: `MPI_Alloc_mem`, `MPI_Free_mem`. MPI-3.1, section 8.2.
///
/// - Parameters:
///   - count: how many elements, 0 or more.
///   - info: hints to MPI.
///   - body: is lent the memory.
/// - Returns: what `body` returns.
/// - Throws: ``ErrorClass/noMemory`` if there is not enough, ``ErrorClass/count`` for a count below 0, and what `body`
///   throws.
public func withMPIMemory<Element: BitwiseCopyable, Result>(
  of _: Element.Type, count: Int, info: [String: String] = [:], _ body: (inout MutableSpan<Element>) throws -> Result
) throws -> Result {
  let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
  guard count >= 0 else { throw MPIError(.count, "count \(count) is below 0", operation: "withMPIMemory") }
  guard !overflow else { throw MPIError(.noMemory, "\(count) elements are too many", operation: "withMPIMemory") }
  var start: UnsafeMutableRawPointer? = nil
  // An MPI may refuse to allocate nothing.
  try check(
    withInfo(info, "withMPIMemory") { MPI_Alloc_mem(MPI_Aint(max(bytes, 1)), $0, &start) }, "withMPIMemory")
  guard let start else { throw MPIError(.noMemory, "MPI gave no memory", operation: "withMPIMemory") }
  defer { MPI_Free_mem(start) }
  let raw = UnsafeMutableRawBufferPointer(start: start, count: bytes)
  raw.initializeMemory(as: UInt8.self, repeating: 0)
  let memory = raw.bindMemory(to: Element.self)
  var span = memory.mutableSpan
  return try body(&span)
}
