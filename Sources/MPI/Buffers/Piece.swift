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
  ///   - travels: the stride of what the program says that travels.
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
    _ memory: BufferMemory, _: MemoryElement.Type, _: Element.Type, isReceived: Bool, _ operation: StaticString
  ) throws(MPIError) -> Piece {
    if let form = memory.form {
      return try form.piece(
        memory, of: MemoryElement.self, stride: MemoryLayout<MemoryElement>.stride,
        travels: MemoryLayout<Element>.stride, copies: 1, isReceived: isReceived, self, operation)
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
