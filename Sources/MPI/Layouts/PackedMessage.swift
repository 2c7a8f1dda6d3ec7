import CMPI

/// Values of different types in one message, read in the order in which they were written.
///
/// ```swift
/// var packed = PackedMessage(world)
/// try packed.append(rows)
/// try packed.append([1.0, 2.0])
/// try packed.append(matrix.span, layout: column)
/// try world.send(packed, to: 1)
///
/// var message = try world.receive(PackedMessage.self, from: 0)
/// let count: Int = try message.next()
/// let pair: [Double] = try message.next(count: 2)
/// try message.next(into: &matrix, layout: column)
/// ```
///
/// A message says nothing of the types within: who reads must know what was written. That is so that programs in C can
/// read it with `MPI_Unpack`, and write it with `MPI_Pack`. Reading past the end is an error. For values that carry
/// their types, send a `Codable` value by `object:`.
///
/// A message has at most 2³¹−1 bytes.
///
/// C: `MPI_Pack`, `MPI_Unpack`, `MPI_PACKED`. MPI-3.1, section 4.2.
public struct PackedMessage: Sendable {
  /// The communicator that it is packed for.
  public let communicator: Communicator
  /// The packed bytes.
  public internal(set) var bytes: [UInt8]
  /// The number of bytes read.
  public private(set) var bytesRead = 0

  /// An empty message, for the ranks of a communicator.
  ///
  /// - Parameter communicator: the one that the message goes over.
  public init(_ communicator: Communicator) { self.init([], of: communicator) }

  /// A message that was packed before, for the ranks of a communicator.
  ///
  /// - Parameters:
  ///   - bytes: what was packed, by this library or by `MPI_Pack`.
  ///   - communicator: the one that it was packed for.
  public init(_ bytes: [UInt8], of communicator: Communicator) {
    self.communicator = communicator
    self.bytes = bytes
  }

  /// Whether all was read.
  public var isAtEnd: Bool { bytesRead == bytes.count }

  // MARK: Write

  /// Adds elements.
  ///
  /// C: `MPI_Pack`, `MPI_Pack_size`. MPI-3.1, section 4.2.
  ///
  /// - Parameter elements: what is added.
  /// - Throws: ``ErrorClass/count`` if the message grows past 2³¹−1 bytes.
  public mutating func append<Element: BitwiseCopyable>(_ elements: Span<Element>) throws(MPIError) {
    let piece = try communicator.piece(of: Element.self, elements.count, "PackedMessage.append")
    try append(elements, piece, elements.count * MemoryLayout<Element>.stride)
  }

  /// Adds the elements that a layout names.
  ///
  /// C: `MPI_Pack`, `MPI_Pack_size`. MPI-3.1, section 4.2.
  ///
  /// - Parameters:
  ///   - elements: the memory.
  ///   - layout: which of its elements are added.
  /// - Throws: ``ErrorClass/count`` if the layout does not lie within the memory, or the message grows past 2³¹−1
  ///   bytes.
  public mutating func append<Element: BitwiseCopyable>(
    _ elements: Span<Element>, layout: Layout<Element>
  ) throws(MPIError) {
    let piece = try communicator.piece(layout, in: elements.count, "PackedMessage.append")
    try append(elements, piece, layout.byteCount)
  }

  /// Adds the elements of an array that a layout names.
  ///
  /// C: `MPI_Pack`, `MPI_Pack_size`. MPI-3.1, section 4.2.
  ///
  /// - Parameters:
  ///   - elements: the array.
  ///   - layout: which of its elements are added.
  /// - Throws: ``ErrorClass/count`` if the layout does not lie within the array, or the message grows past 2³¹−1 bytes.
  public mutating func append<Element: BitwiseCopyable>(
    _ elements: [Element], layout: Layout<Element>
  ) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in try append(elements, layout: layout) }
  }

  /// Adds the elements of an array, and not their number.
  ///
  /// C: `MPI_Pack`, `MPI_Pack_size`. MPI-3.1, section 4.2.
  ///
  /// - Parameter elements: what is added.
  /// - Throws: ``ErrorClass/count`` if the message grows past 2³¹−1 bytes.
  public mutating func append<Element: BitwiseCopyable>(_ elements: [Element]) throws(MPIError) {
    try withSpan(of: elements) { (elements) throws(MPIError) in try append(elements) }
  }

  /// Adds a value.
  ///
  /// C: `MPI_Pack`, `MPI_Pack_size`. MPI-3.1, section 4.2.
  ///
  /// - Parameter value: what is added.
  /// - Throws: ``ErrorClass/count`` if the message grows past 2³¹−1 bytes.
  public mutating func append<Element: BitwiseCopyable>(_ value: Element) throws(MPIError) { try append([value]) }

  private mutating func append<Element>(
    _ elements: Span<Element>, _ piece: LayoutPiece, _ byteCount: Int
  ) throws(MPIError) {
    // Checked before MPI_Pack_size, whose result is an int, too.
    try communicator.require(
      byteCount <= Int(CInt.max) - bytes.count, .count, "PackedMessage.append",
      "\(byteCount) bytes more are too many for a message of \(bytes.count): it can have \(CInt.max)")
    var room: CInt = 0
    try MPI.check(
      MPI_Pack_size(piece.count, piece.type, communicator.rawValue, &room), "PackedMessage.append")
    let end = bytes.count
    let length = min(end + Int(room), Int(CInt.max))
    bytes.append(contentsOf: repeatElement(0, count: length - end))
    var position = CInt(end)
    let code = elements.withUnsafeBufferPointer { from in
      bytes.withUnsafeMutableBytes { into in
        MPI_Pack(
          from.baseAddress, piece.count, piece.type, into.baseAddress, CInt(into.count), &position,
          communicator.rawValue)
      }
    }
    bytes.removeLast(bytes.count - (code == 0 ? Int(position) : end))
    if code != 0 { throw communicator.failure(code: code, "PackedMessage.append") }
    _ = consume piece
  }

  // MARK: Read

  /// Reads elements into memory, as many as it has room for.
  ///
  /// C: `MPI_Unpack`. MPI-3.1, section 4.2.
  ///
  /// - Parameter elements: where they go; its length is the number of elements that are read.
  /// - Throws: ``ErrorClass/truncate`` if fewer bytes are left. Nothing is read, then.
  public mutating func next<Element: BitwiseCopyable>(
    into elements: inout MutableSpan<Element>
  ) throws(MPIError) {
    let piece = try communicator.piece(of: Element.self, elements.count, "PackedMessage.next")
    try next(&elements, piece, elements.count * MemoryLayout<Element>.stride)
  }

  /// Reads elements into the places that a layout names.
  ///
  /// C: `MPI_Unpack`. MPI-3.1, section 4.2.
  ///
  /// - Parameters:
  ///   - elements: the memory that they go to.
  ///   - layout: which places there.
  /// - Throws: ``ErrorClass/truncate`` if fewer bytes are left; ``ErrorClass/count`` if the layout does not lie within
  ///   the memory; ``ErrorClass/type`` if an element takes part twice.
  public mutating func next<Element: BitwiseCopyable>(
    into elements: inout MutableSpan<Element>, layout: Layout<Element>
  ) throws(MPIError) {
    let piece = try communicator.receivePiece(layout, in: elements.count, "PackedMessage.next")
    try next(&elements, piece, layout.byteCount)
  }

  /// Reads elements into the places of an array that a layout names.
  ///
  /// C: `MPI_Unpack`. MPI-3.1, section 4.2.
  ///
  /// - Parameters:
  ///   - elements: the array that they go to.
  ///   - layout: which places there.
  /// - Throws: ``ErrorClass/truncate`` if fewer bytes are left; ``ErrorClass/count`` if the layout does not lie within
  ///   the array; ``ErrorClass/type`` if an element takes part twice.
  public mutating func next<Element: BitwiseCopyable>(
    into elements: inout [Element], layout: Layout<Element>
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try next(into: &span, layout: layout)
  }

  /// Reads an array of `count` elements, or of all that are left.
  ///
  /// C: `MPI_Unpack`. MPI-3.1, section 4.2.
  ///
  /// - Parameter count: how many elements are read; all that are left unless given.
  /// - Throws: ``ErrorClass/truncate`` if fewer are left; ``ErrorClass/type`` if no count is given and what is left is
  ///   no multiple of the element's length; ``ErrorClass/count`` for a count below 0.
  public mutating func next<Element: BitwiseCopyable>(
    _: [Element].Type = [Element].self, count: Int? = nil
  ) throws(MPIError) -> [Element] {
    let stride = MemoryLayout<Element>.stride
    let left = bytes.count - bytesRead
    let length = count ?? left / stride
    try communicator.require(length >= 0, .count, "PackedMessage.next", "count \(length) is below 0")
    try communicator.require(
      count != nil || left % stride == 0, .type, "PackedMessage.next",
      "\(left) bytes are left to read; \(Element.self) needs a multiple of \(stride)")
    let (wanted, overflow) = length.multipliedReportingOverflow(by: stride)
    try checkLeft(overflow ? Int.max : wanted)
    var elements = makeArray(length) { (_: UnsafeMutablePointer<Element>?) in 0 }.array
    var span = elements.mutableSpan
    try next(into: &span)
    return elements
  }

  /// Reads a value.
  ///
  /// C: `MPI_Unpack`. MPI-3.1, section 4.2.
  ///
  /// - Throws: ``ErrorClass/truncate`` if fewer bytes are left.
  public mutating func next<Element: BitwiseCopyable>(_: Element.Type = Element.self) throws(MPIError) -> Element {
    try next([Element].self, count: 1)[0]
  }

  private mutating func next<Element>(
    _ elements: inout MutableSpan<Element>, _ piece: LayoutPiece, _ byteCount: Int
  ) throws(MPIError) {
    try checkLeft(byteCount)
    var position = CInt(bytesRead)
    let code = bytes.withUnsafeBytes { from in
      elements.withUnsafeMutableBufferPointer { into in
        MPI_Unpack(
          from.baseAddress, CInt(from.count), &position, into.baseAddress, piece.count, piece.type,
          communicator.rawValue)
      }
    }
    if code != 0 { throw communicator.failure(code: code, "PackedMessage.next") }
    bytesRead = Int(position)
    _ = consume piece
  }

  private func checkLeft(_ byteCount: Int) throws(MPIError) {
    try communicator.require(
      byteCount <= bytes.count - bytesRead, .truncate, "PackedMessage.next",
      "\(byteCount) bytes are to be read, and \(bytes.count - bytesRead) of \(bytes.count) are left")
  }
}
