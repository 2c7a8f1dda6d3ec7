// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// What reading and writing have in common: places, how much of a file is there, and whether all was written.

extension MPIFile {
  /// The elements of a buffer side by side: where they lie, or a copy of what a layout selects.
  func elements<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, _ operation: StaticString
  ) throws(MPIError) -> FlatPiece {
    try communicator.outgoing(memory, of: Buffer.self, operation).flat(of: Buffer.Element.self, communicator, operation)
  }

  /// The same for a buffer that receives elements. A copy begins with what is there, so that what does not come stays.
  func room<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, _ operation: StaticString
  ) throws(MPIError) -> FlatPiece {
    try communicator.incoming(memory, of: Buffer.self, operation).flat(of: Buffer.Element.self, communicator, operation)
  }

  /// Where a transfer begins, in elements of the view, and how many of those one element takes.
  struct Place {
    /// Nil for a pointer's place that is not known.
    var offset: MPI_Offset?
    var ratio: Int
  }

  /// Throws if elements of a type can't be read or written in this view.
  ///
  /// - Returns: how many elements of the view one of them takes.
  private func ratio<Element: BitwiseCopyable>(
    _: Element.Type, _ operation: StaticString
  ) throws(MPIError) -> Int {
    try communicator.checkElement(Element.self, operation)
    let stride = MemoryLayout<Element>.stride
    if let type = view.type, type != Element.self {
      try require(
        view.representation == .native && stride % view.stride == 0, .type, operation,
        "the view is of \(type), in the representation \(view.representation): \(Element.self) does not go with it")
    }
    return stride / view.stride
  }

  /// The place that `at:` names, or that of this rank's pointer.
  func place<Element: BitwiseCopyable>(
    _ offset: Int?, _: Element.Type, _ handle: MPI_File, _ operation: StaticString
  ) throws(MPIError) -> Place {
    let ratio = try ratio(Element.self, operation)
    guard let offset else {
      var position: MPI_Offset = 0
      try check(MPI_File_get_position(handle, &position), operation)
      return Place(offset: position, ratio: ratio)
    }
    let (scaled, isTooLarge) = offset.multipliedReportingOverflow(by: ratio * max(view.strideInFile, 1))
    try require(
      offset >= 0 && !isTooLarge, .argument, operation, "there is no place \(offset) in a file: places begin at 0")
    return Place(offset: MPI_Offset(scaled / max(view.strideInFile, 1)), ratio: ratio)
  }

  /// The place of the shared pointer, if it is not known to this rank alone.
  func sharedPlace<Element: BitwiseCopyable>(
    _: Element.Type, _ operation: StaticString
  ) throws(MPIError) -> Place {
    Place(offset: nil, ratio: try ratio(Element.self, operation))
  }

  /// The place that falls to this rank when all use the shared pointer in order of rank; unknown in a sequential file.
  ///
  /// One exclusive scan. No rank moves the pointer before rank 0 has read it.
  func orderedPlace<Element: BitwiseCopyable>(
    _ count: Int, _: Element.Type, _ handle: MPI_File, _ operation: StaticString
  ) throws(MPIError) -> Place {
    let ratio = try ratio(Element.self, operation)
    if modes.contains(.sequential) { return Place(offset: nil, ratio: ratio) }
    var position: MPI_Offset = 0
    var code: CInt = 0
    if communicator.rank == 0 { code = MPI_File_get_position_shared(handle, &position) }
    let own = Int64(position) + Int64(clamping: count.multipliedReportingOverflow(by: ratio).partialValue)
    let (before, scanned) = makeElement(Int64.self) { into in
      withElement(own) { MPI_Exscan($0, into, 1, CMPI_INT64_T, CMPI_SUM, communicator.rawValue) }
    }
    try check(code == 0 ? scanned : code, operation)
    return Place(offset: communicator.rank == 0 ? position : MPI_Offset(before), ratio: ratio)
  }

  /// Where in the file the byte after some elements from a place on would be.
  private func end(of count: Int, _ place: Place, _ handle: MPI_File) -> Int? {
    guard let offset = place.offset else { return nil }
    if count == 0 { return 0 }
    var byte: MPI_Offset = 0
    let last = offset + MPI_Offset(count) * MPI_Offset(place.ratio) - 1
    guard MPI_File_get_byte_offset(handle, last, &byte) == 0 else { return nil }
    return Int(byte) + view.strideInFile
  }

  /// How many of `count` elements from a place on are in the file; all of them, if that can't be known.
  ///
  /// Nothing is read past the end: there MPIs report more than they have read, and see `Fault.readsPastTheEndNeverEnd`.
  func available(_ count: Int, _ place: Place, _ handle: MPI_File) -> Int {
    if view.isEmpty { return 0 }
    guard count > 0, place.offset != nil else { return max(count, 0) }
    var size: MPI_Offset = 0
    guard MPI_File_get_size(handle, &size) == 0 else { return count }
    // At most as many as if the file had nothing else. The end of so many can be counted.
    var (here, beyond) = (0, min(count, Int(size) / max(view.strideInFile * place.ratio, 1)))
    guard beyond > 0, let all = end(of: beyond, place, handle) else { return 0 }
    if all <= Int(size) { return beyond }
    while here + 1 < beyond {
      let middle = here + (beyond - here) / 2
      guard let end = end(of: middle, place, handle) else { return here }
      if end <= Int(size) { here = middle } else { beyond = middle }
    }
    return here
  }

  /// Throws if something is to be written to a part of the view that has no elements.
  func checkRoom(_ count: Int, _ operation: StaticString) throws(MPIError) {
    try require(
      !view.isEmpty || count == 0, .count, operation, "this rank's part of the pattern is empty: it can't take \(count)"
    )
  }

  /// What to know before something is written, to find afterwards whether it was.
  struct Extent {
    /// The byte after the last one; nil if that is not known.
    var end: Int?
    /// Whether the file gets longer.
    var isLonger: Bool
  }

  func extent(of count: Int, _ place: Place, _ handle: MPI_File) -> Extent {
    guard count > 0, let end = end(of: count, place, handle) else { return Extent(end: nil, isLonger: false) }
    var size: MPI_Offset = 0
    _ = MPI_File_get_size(handle, &size)
    return Extent(end: end, isLonger: end > Int(size))
  }

  /// The error of what was not written, or nil if all was. MPIs report success when a file system is full: the
  /// length in the status shows it.
  func shortage<Element: BitwiseCopyable>(
    _ code: CInt, _ status: Status, _ start: UnsafePointer<Element>?, _ count: Int, _ place: Place, _ handle: MPI_File,
    _ operation: StaticString
  ) -> MPIError? {
    let stride = max(MemoryLayout<Element>.stride, 1)
    // What an error leaves in a status means nothing.
    let written = code == 0 ? min(status.byteCount / stride, count) : 0
    if code == 0 && (written == count || stride * count == 0) { return nil }
    var missing: (byte: UInt8, offset: Int)? = nil
    if let start, count > written, view.representation == .native, let end = end(of: written + 1, place, handle) {
      let byte = UnsafeRawPointer(start + written).load(as: UInt8.self)
      let width = place.ratio == 1 ? view.strideInFile : view.strideInFile * place.ratio
      // With elements of several of the view's, where the first of them lies is known only where they lie together.
      if place.ratio == 1 || view.type == nil { missing = (byte, end - width) }
    }
    let text = code == 0 ? "\(written) of \(count) elements were written" : "it could not be written"
    return writeFailure(code, operation, text, missing: missing)
  }

  /// After a collective write: throws on every rank if one rank's elements were not written.
  ///
  /// One all-reduce, of whether all went well and of where the file should end. If ranks write for others, as they do
  /// in a collective call, no status shows that a file system became full. (See also
  /// ``Fault/fullDisksBreakLaterFiles``.)
  func agreeWritten(_ own: MPIError?, _ extent: Extent, _ operation: StaticString) throws(MPIError) {
    let numbers = SIMD4<Int64>(-Int64(extent.end ?? 0), extent.isLonger ? 0 : 1, 0, 0)
    let verdict = try communicator.agree(own, least: numbers)
    if let (first, errorClass) = verdict.failed {
      let words = try communicator.words(of: own, from: first)
      throw own ?? failure(errorClass, operation, "rank \(first) of the file failed: \(words)")
    }
    guard verdict.least[1] == 0, let handle else { return }
    var size: MPI_Offset = 0
    guard MPI_File_get_size(handle, &size) == 0 else { return }
    let missing = Int(-verdict.least[0]) - Int(size)
    // A size may be an old one, on a network's file system, and so is no proof alone.
    guard let room = FileSystem.room(at: path), room < max(missing, 1) else { return }
    throw failure(.noSpace, operation, "its file system became full, and MPI does not tell what was written")
  }
}
