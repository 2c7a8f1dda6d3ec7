// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// What MPI is given for a buffer, once it is checked.

/// An address, a count and a datatype.
@usableFromInline @frozen
struct Piece {
  @usableFromInline let start: UnsafeMutableRawPointer?
  /// The number of elements, or of `type`.
  @usableFromInline let count: Int
  /// The datatype; nil for that of the element.
  @usableFromInline let type: MPI_Datatype?
  /// The number of bytes that travel.
  @usableFromInline let byteCount: Int

  @inlinable @inline(__always)
  init(_ start: UnsafeMutableRawPointer?, count: Int, type: MPI_Datatype?, byteCount: Int) {
    self.start = start
    self.count = count
    self.type = type
    self.byteCount = byteCount
  }

  /// A length alone.
  init<Element>(count: Int, of _: Element.Type) {
    self.init(nil, count: count, type: nil, byteCount: count &* MemoryLayout<Element>.stride)
  }

  /// Elements side by side.
  @inlinable @inline(__always)
  init<Element>(_ start: UnsafePointer<Element>?, count: Int) {
    self.init(
      UnsafeMutableRawPointer(mutating: start), count: count, type: nil,
      byteCount: count &* MemoryLayout<Element>.stride)
  }

  /// Elements side by side.
  @inlinable @inline(__always)
  init<Element>(_ start: UnsafeMutablePointer<Element>?, count: Int) {
    self.init(start, count: count, type: nil, byteCount: count &* MemoryLayout<Element>.stride)
  }
}

/// How MPI finds the elements of a buffer that do not simply lie one after another.
@usableFromInline
protocol BufferForm: AnyObject, Sendable {
  /// What MPI is given for it.
  ///
  /// - Parameters:
  ///   - memory: the memory.
  ///   - element: the type of the memory's elements.
  ///   - stride: the distance from one of the memory's elements to the next.
  ///   - travels: the stride of the elements that travel, by the program.
  ///   - copies: how many copies of the form are used, an extent apart. The result is that of the first.
  ///   - isReceived: whether MPI writes to it.
  ///   - communicator: where it goes, or comes from.
  func piece(
    _ memory: BufferMemory, of element: Any.Type, stride: Int, travels: Int, copies: Int, isReceived: Bool,
    _ communicator: Communicator, _ operation: StaticString
  ) throws(MPIError) -> Piece
}

extension Communicator {
  /// What MPI is given for a buffer that is sent.
  @inlinable @inline(__always)
  func outgoing<Buffer: OutgoingBuffer & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, _ operation: StaticString
  ) throws(MPIError) -> Piece {
    try piece(memory, Buffer._MemoryElement.self, Buffer.Element.self, isReceived: false, operation)
  }

  /// What MPI is given for a buffer that is received into.
  @inlinable @inline(__always)
  func incoming<Buffer: IncomingBuffer & ~Copyable & ~Escapable>(
    _ memory: BufferMemory, of _: Buffer.Type, _ operation: StaticString
  ) throws(MPIError) -> Piece {
    try piece(memory, Buffer._MemoryElement.self, Buffer.Element.self, isReceived: true, operation)
  }

  @inlinable @inline(__always)
  func piece<MemoryElement, Element>(
    _ memory: BufferMemory, _: MemoryElement.Type, _: Element.Type, copies: Int = 1, isReceived: Bool,
    _ operation: StaticString
  ) throws(MPIError) -> Piece {
    if let form = memory.form {
      return try form.piece(
        memory, of: MemoryElement.self, stride: MemoryLayout<MemoryElement>.stride,
        travels: MemoryLayout<Element>.stride, copies: copies, isReceived: isReceived, self, operation)
    }
    try checkElement(Element.self, operation)
    return Piece(
      memory.start, count: memory.count, type: nil, byteCount: memory.count &* MemoryLayout<Element>.stride)
  }
}

/// Calls an MPI function with the count and the datatype of a piece.
///
/// `call` stands here once and is handed to nothing else, so that in the caller nothing is left of it but the call.
///
/// - Parameters:
///   - piece: what was checked.
///   - call: given both, calls MPI once and returns its error code.
/// - Returns: that code, or that of making a larger datatype.
@inlinable @inline(__always)
func transfer<Element>(_ piece: Piece, of _: Element.Type, _ call: (CInt, MPI_Datatype) -> CInt) -> CInt {
  let type = ElementType(Element.self)
  let units = piece.count &* type.units
  var (number, datatype) = (CInt(truncatingIfNeeded: units), type.datatype)
  var isOurs = false
  if let other = piece.type {
    (number, datatype) = (CInt(truncatingIfNeeded: piece.count), other)
  } else if _slowPath(units > largestCount) {
    switch contiguousType(of: units, type) {
    case .failure(let failure): return failure.value
    case .success(let large): (number, datatype, isOurs) = (1, large, true)
    }
  }
  let code = call(number, datatype)
  // A transfer in flight keeps what it needs of the datatype: it may be freed at once.
  if _slowPath(isOurs) { free(datatype) }
  return code
}

/// Calls an MPI function with the counts and the datatypes of two pieces with elements of one type.
///
/// `call` stands here once and is handed to nothing else, as in ``transfer(_:of:_:)``.
///
/// - Parameter call: given both, calls MPI once and returns its error code.
/// - Returns: that code, or that of making a larger datatype.
@inlinable @inline(__always)
func transfer<Element>(
  _ out: Piece, _ into: Piece, of _: Element.Type, _ call: (CInt, MPI_Datatype, CInt, MPI_Datatype) -> CInt
) -> CInt {
  let type = ElementType(Element.self)
  let units = out.count &* type.units
  // As many on both sides, if neither has a datatype of its own: that was checked.
  var (send, receive) = (TypedCount(units, type), TypedCount(units, type))
  if _slowPath(out.type != nil || into.type != nil || units > largestCount) {
    switch TypedCount.both(out, into, type) {
    case .failure(let failure): return failure.value
    case .success(let both): (send, receive) = both
    }
  }
  let code = call(send.count, send.datatype, receive.count, receive.datatype)
  // A transfer in flight keeps what it needs of the datatype: it may be freed at once.
  if _slowPath(send.isOurs) { free(send.datatype) }
  if _slowPath(receive.isOurs) { free(receive.datatype) }
  return code
}

/// A count and a datatype, as MPI is given them.
@usableFromInline @frozen
struct TypedCount {
  @usableFromInline let count: CInt
  @usableFromInline let datatype: MPI_Datatype
  /// Whether the datatype was made for this transfer.
  @usableFromInline let isOurs: Bool

  @inlinable @inline(__always)
  init(_ units: Int, _ type: ElementType) {
    self.init(count: CInt(truncatingIfNeeded: units), type.datatype)
  }

  @inlinable @inline(__always)
  init(count: CInt, _ datatype: MPI_Datatype, isOurs: Bool = false) {
    (self.count, self.datatype, self.isOurs) = (count, datatype, isOurs)
  }

  init(_ piece: Piece, _ type: ElementType) throws(DatatypeFailure) {
    if let other = piece.type {
      self.init(count: CInt(truncatingIfNeeded: piece.count), other)
    } else if piece.count * type.units <= largestCount {
      self.init(piece.count * type.units, type)
    } else {
      self.init(count: 1, try contiguousType(of: piece.count * type.units, type).get(), isOurs: true)
    }
  }

  @usableFromInline @inline(never)
  static func both(
    _ out: Piece, _ into: Piece, _ type: ElementType
  ) -> Result<(TypedCount, TypedCount), DatatypeFailure> {
    do throws(DatatypeFailure) {
      let send = try TypedCount(out, type)
      do throws(DatatypeFailure) { return .success((send, try TypedCount(into, type))) } catch {
        if send.isOurs { free(send.datatype) }
        throw error
      }
    } catch {
      return .failure(error)
    }
  }
}
