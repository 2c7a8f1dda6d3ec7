import CMPI

extension Communicator {
  /// Gives the elements that the root's layout names to every rank, into the places that its own layout names.
  ///
  /// The layouts may differ from rank to rank, but for the number of elements.
  ///
  /// C: `MPI_Bcast`. MPI-3.1, sections 4.1.11 and 5.4.
  ///
  /// - Parameters:
  ///   - elements: the memory.
  ///   - layout: which of its elements; at the root what is sent, elsewhere where it goes.
  ///   - root: the rank whose elements they are.
  /// - Throws: ``ErrorClass/count`` where the layout does not lie within the memory; ``ErrorClass/type`` where an element
  ///   is to be received twice; ``ErrorClass/root`` for a root out of range.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    inPlace elements: inout MutableSpan<Element>, layout: Layout<Element>, root: Int = 0,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try checkRoot(root, "broadcast")
    let piece =
      rank == root
      ? try piece(layout, in: elements.count, "broadcast") : try receivePiece(layout, in: elements.count, "broadcast")
    try enterCollective("broadcast", Never.self, root: root, file, line)
    let code = elements.withUnsafeMutableBufferPointer { memory in
      MPI_Bcast(memory.baseAddress, piece.count, piece.type, CInt(truncatingIfNeeded: root), rawValue)
    }
    try withExtendedLifetime(layout) { () throws(MPIError) in try check(code, "broadcast") }
  }

  /// Gives the elements that the root's layout names to every rank, into the places of its array that its layout names.
  ///
  /// C: `MPI_Bcast`. MPI-3.1, sections 4.1.11 and 5.4.
  @inlinable
  public func broadcast<Element: BitwiseCopyable>(
    inPlace elements: inout [Element], layout: Layout<Element>, root: Int = 0, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    var span = elements.mutableSpan
    try broadcast(inPlace: &span, layout: layout, root: root, file: file, line: line)
  }
}
