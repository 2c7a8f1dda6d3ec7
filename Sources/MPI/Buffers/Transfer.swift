// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// Counts past 2³¹−1, on an MPI whose counts are 32-bit. The one place that knows how.
//
// A transfer of more elements than an `int` can count is one element of a larger datatype, made for the call.
// Reductions can't be done so, because MPI reduces its own datatypes alone: they go in pieces.

#if MPI_TINY_COUNTS
  /// The most that one call of MPI is given. In this build almost nothing, so that every test takes the other way.
  @usableFromInline let largestCount = 5
#else
  /// The most that one call of MPI is given.
  @inlinable @inline(__always)
  var largestCount: Int { Int(CInt.max) }
#endif

/// Calls an MPI function with the count and the datatype that stand for `count` elements.
///
/// - Parameter call: given both, calls MPI once and returns its error code.
/// - Returns: that code, or that of making the larger datatype.
@inlinable @inline(__always)
func transfer<Element>(_ count: Int, of _: Element.Type, _ call: (CInt, MPI_Datatype) -> CInt) -> CInt {
  transfer(Piece(nil, count: count, type: nil, byteCount: 0), of: Element.self, call)
}

/// Calls an MPI reduction as many times as it takes for `count` elements, and at least once.
///
/// - Parameter call: given where the elements begin and how many they are, calls MPI and returns its error code.
@inlinable @inline(__always)
func inPieces(_ count: Int, _ call: (_ offset: Int, _ count: CInt) -> CInt) -> CInt {
  if _fastPath(count <= largestCount) { return call(0, CInt(truncatingIfNeeded: count)) }
  var offset = 0
  while offset < count {
    let piece = min(count - offset, largestPiece)
    let code = call(offset, CInt(truncatingIfNeeded: piece))
    if code != 0 { return code }
    offset += piece
  }
  return 0
}

/// The address some elements further on.
///
/// It does not ask whether there is an address, so that nothing is left of it for the first piece, which is most often
/// the only one. It is for pointers to elements alone: a generic one takes what MPI is given for a pointer to bytes,
/// and counts those.
@inlinable @inline(__always)
func advanced<Element>(_ start: UnsafePointer<Element>?, by offset: Int) -> UnsafePointer<Element>? {
  UnsafePointer(bitPattern: Int(bitPattern: start) &+ offset &* MemoryLayout<Element>.stride)
}

/// The address some elements further on, of memory to be written.
@inlinable @inline(__always)
func advanced<Element>(_ start: UnsafeMutablePointer<Element>?, by offset: Int) -> UnsafeMutablePointer<Element>? {
  UnsafeMutablePointer(bitPattern: Int(bitPattern: start) &+ offset &* MemoryLayout<Element>.stride)
}

/// The address some bytes further on. Of another name, because a pointer to elements converts to one to bytes.
@inlinable @inline(__always)
func advanced(_ start: UnsafeRawPointer?, byBytes bytes: Int) -> UnsafeRawPointer? {
  UnsafeRawPointer(bitPattern: Int(bitPattern: start) &+ bytes)
}

/// The address some bytes further on, of memory to be written.
@inlinable @inline(__always)
func advanced(_ start: UnsafeMutableRawPointer?, byBytes bytes: Int) -> UnsafeMutableRawPointer? {
  UnsafeMutableRawPointer(bitPattern: Int(bitPattern: start) &+ bytes)
}

/// How long the pieces are: short enough that no MPI computes a length that does not fit.
@usableFromInline
var largestPiece: Int { min(largestCount, 1 << 28) }

/// MPI's code for why a datatype could not be made.
@usableFromInline
struct DatatypeFailure: Error {
  @usableFromInline var value: CInt
}

/// Makes and commits a datatype of `units` elements side by side that begins `displacement` bytes after the address
/// that it is used with.
@usableFromInline @inline(never)
func contiguousType(
  of units: Int, _ type: ElementType, at displacement: Int = 0
) -> Result<MPI_Datatype, DatatypeFailure> {
  // As many whole pieces as there are, then the rest.
  let (pieces, rest) = units.quotientAndRemainder(dividingBy: largestPiece)
  let bytes = type.stride / type.units
  var piece = CMPI_DATATYPE_NULL
  var body = CMPI_DATATYPE_NULL
  var whole = CMPI_DATATYPE_NULL
  defer {
    if piece != CMPI_DATATYPE_NULL { MPI_Type_free(&piece) }
    if body != CMPI_DATATYPE_NULL { MPI_Type_free(&body) }
  }
  var code = MPI_Type_contiguous(CInt(largestPiece), type.datatype, &piece)
  if code == 0 { code = MPI_Type_contiguous(CInt(pieces), piece, &body) }
  if code == 0 {
    let starts = [displacement, displacement + (units - rest) * bytes].map { MPI_Aint($0) }
    var parts = [body, body]
    parts[1] = type.datatype
    code = MPI_Type_create_struct(2, [1, CInt(rest)], starts, parts, &whole)
  }
  if code == 0 { code = MPI_Type_commit(&whole) }
  return code == 0 ? .success(unwrapped(whole)) : .failure(DatatypeFailure(value: code))
}

/// Frees a datatype that was made here.
@usableFromInline @inline(never)
func free(_ datatype: MPI_Datatype) {
  var variable = CMPI_DATATYPE_NULL
  variable = datatype
  MPI_Type_free(&variable)
}
