// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension CartesianCommunicator {
  /// Fills the ghost cells of a block from the blocks beside it on the grid, in all dimensions.
  ///
  /// ```swift
  /// let grid = try world.cartesian(dimensions: world.balancedDimensions(count: 2), periodic: [true, false])
  /// var block = [Double](repeating: 0, count: ny * nx)       // row by row, ghost cells at all four sides
  /// try grid.exchangeHalo(&block, shape: [ny, nx], width: [1, 1])
  /// ```
  ///
  /// A block has `width` ghost cells at either end of each dimension. The cells beside them go to the neighbor there,
  /// and its cells come into them; all messages are in flight at once. Ghost cells off a grid that is not periodic are
  /// left as they were. A rank may be its own neighbor.
  ///
  /// Edges go from where they lie, with no copy and no allocation; what the shape needs is worked out at its first use,
  /// and kept. The first exchange on a grid makes a communicator for them. Collective over the grid.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, `MPI_Wait`. MPI-3.1, section 3.7.
  ///
  /// - Parameters:
  ///   - block: the cells, row by row: the last dimension's lie side by side.
  ///   - shape: how many cells there are along each dimension of the grid, ghost cells among them. Blocks that are
  ///     neighbors along one dimension are alike in all others.
  ///   - width: how many ghost cells there are at either end of each dimension, the same on every rank; 0 for none.
  ///   - corners: whether the ghost cells at the corners are filled too, by messages to the ranks there. With n
  ///     dimensions that makes 3ⁿ − 1 messages in place of 2n. The same on every rank.
  /// - Throws: ``ErrorClass/dimensions`` if there is not one entry for each dimension; ``ErrorClass/argument`` for a
  ///   shape that is too small for the width; ``ErrorClass/count`` if the block is not of that shape, or the edge of a
  ///   neighbor not of this one's size; ``ErrorClass/truncate`` if it is larger.
  @inlinable
  public func exchangeHalo<Element: BitwiseCopyable>(
    _ block: inout MutableSpan<Element>, shape: [Int], width: [Int], corners: Bool = false,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let faces = try haloFaces(Element.self, shape: shape, width: width, corners: corners, "exchangeHalo")
    try exchangeFaces(faces, &block, file, line)
  }

  /// Fills the ghost cells of a block in an array. See
  /// ``exchangeHalo(_:shape:width:corners:file:line:)-(MutableSpan<Element>,_,_,_,_,_)``.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, `MPI_Wait`. MPI-3.1, section 3.7.
  @inlinable
  public func exchangeHalo<Element: BitwiseCopyable>(
    _ block: inout [Element], shape: [Int], width: [Int], corners: Bool = false, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    var span = block.mutableSpan
    try exchangeHalo(&span, shape: shape, width: width, corners: corners, file: file, line: line)
  }

  /// Fills the ghost cells at both ends of a row of cells, from the rows before and after it along one dimension of the
  /// grid.
  ///
  /// ```swift
  /// let ring = try world.cartesian(dimensions: [world.size], periodic: [true])
  /// var cells = [Double](repeating: 0, count: 1002)
  /// try ring.exchangeHalo(&cells, dimension: 0, width: 1)     // cells[0] and cells[1001] are the neighbors'
  /// ```
  ///
  /// As ``exchangeHalo(_:shape:width:corners:file:line:)-(MutableSpan<Element>,_,_,_,_,_)``, for a block of one
  /// dimension.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, `MPI_Wait`. MPI-3.1, section 3.7.
  ///
  /// - Parameters:
  ///   - cells: with `width` ghost cells at both ends. The rows may be of different lengths.
  ///   - dimension: the grid's along which the neighbors are.
  ///   - width: how many ghost cells there are at either end; the same on every rank.
  @inlinable
  public func exchangeHalo<Element: BitwiseCopyable>(
    _ cells: inout MutableSpan<Element>, dimension: Int, width: Int, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    let faces = try haloFaces(
      Element.self, count: cells.count, dimension: dimension, width: width, "exchangeHalo")
    try exchangeFaces(faces, &cells, file, line)
  }

  /// Fills the ghost cells at both ends of an array. See
  /// ``exchangeHalo(_:dimension:width:file:line:)-(MutableSpan<Element>,_,_,_,_)``.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, `MPI_Wait`. MPI-3.1, section 3.7.
  @inlinable
  public func exchangeHalo<Element: BitwiseCopyable>(
    _ cells: inout [Element], dimension: Int, width: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    var span = cells.mutableSpan
    try exchangeHalo(&span, dimension: dimension, width: width, file: file, line: line)
  }

  @inlinable @inline(__always)
  func exchangeFaces<Element: BitwiseCopyable>(
    _ faces: HaloFaces, _ block: inout MutableSpan<Element>, _ file: StaticString, _ line: Int
  ) throws(MPIError) {
    let count = block.count
    try checkCount(count, faces.cellCount, "exchangeHalo", "the block")
    try enterCollective("exchangeHalo", Element.self, file, line)
    let channel = try haloChannel()
    let (code, odd) = block.withUnsafeMutableBytes { faces.exchange($0.baseAddress, channel) }
    if let odd { throw haloFailure(odd.face, odd.byteCount) }
    try check(code, "exchangeHalo")
  }

  @usableFromInline @inline(never)
  func haloFailure(_ face: HaloFace, _ byteCount: Int) -> MPIError {
    failure(
      .count, "exchangeHalo",
      """
      the edge of rank \(face.neighbor) has \(byteCount) bytes and this one's there has \(face.byteCount): blocks that \
      are neighbors along one dimension must be alike in all others
      """)
  }
}

extension Nonblocking where Base == CartesianCommunicator {
  /// Begins to fill the ghost cells of a block, and waits after the work.
  ///
  /// As ``HaloExchange/Nonblocking/exchange(_:file:line:while:)``, and as there the closure reads the block. That
  /// neighbors have edges of one size is not checked: ``CartesianCommunicator/halo(of:shape:width:corners:file:line:)``
  /// does.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`. MPI-3.1, section 3.7.2.
  public func exchangeHalo<Element: BitwiseCopyable, Result>(
    _ block: inout MutableSpan<Element>, shape: [Int], width: [Int], corners: Bool = false,
    file: StaticString = #fileID, line: Int = #line, while work: (Span<Element>, inout Pending) throws -> Result
  ) throws -> Result {
    let halo = try HaloExchange<Element>(communicator, shape, width, corners, "exchangeHalo")
    return try halo.nonblocking.exchange(&block, file: file, line: line, while: work)
  }

  /// Begins to fill the ghost cells of a block, which the request takes over and gives back: `consume` it, and no copy
  /// is made.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`. MPI-3.1, section 3.7.2.
  ///
  /// - Parameters:
  ///   - block: the cells, row by row.
  ///   - shape: how many cells there are along each dimension of the grid, ghost cells among them.
  ///   - width: how many ghost cells there are at either end of each dimension, the same on every rank; 0 for none.
  ///   - corners: whether the ghost cells at the corners are filled too; the same on every rank.
  /// - Throws: on the rank that gives it, ``ErrorClass/dimensions`` if there is not one entry for each dimension,
  ///   ``ErrorClass/argument`` for a shape that is too small for the width, and ``ErrorClass/count`` if the block is
  ///   not of that shape. The request throws ``ErrorClass/truncate`` if the edge of a neighbor is larger than this
  ///   one's.
  public func exchangeHalo<Element: BitwiseCopyable>(
    _ block: consuming [Element], shape: [Int], width: [Int], corners: Bool = false, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Request<[Element]> {
    let halo = try HaloExchange<Element>(communicator, shape, width, corners, "exchangeHalo")
    return try halo.nonblocking.exchange(block, file: file, line: line)
  }
}

extension Persistent where Base == CartesianCommunicator {
  /// Makes ready to fill the ghost cells of a block, which is the request's input and its output.
  ///
  /// The request begins with a copy of the block.
  ///
  /// C: `MPI_Send_init`, `MPI_Recv_init`. MPI-3.1, section 3.9.
  ///
  /// - Parameters:
  ///   - block: what the memory begins with: the cells, row by row. It is copied.
  ///   - shape: how many cells there are along each dimension of the grid, ghost cells among them.
  ///   - width: how many ghost cells there are at either end of each dimension, the same on every rank; 0 for none.
  ///   - corners: whether the ghost cells at the corners are filled too; the same on every rank.
  /// - Throws: on the rank that gives it, ``ErrorClass/dimensions`` if there is not one entry for each dimension,
  ///   ``ErrorClass/argument`` for a shape that is too small for the width, and ``ErrorClass/count`` if the block is
  ///   not of that shape. The request throws ``ErrorClass/truncate`` if the edge of a neighbor is larger than this
  ///   one's.
  public func exchangeHalo<Element: BitwiseCopyable>(
    _ block: [Element], shape: [Int], width: [Int], corners: Bool = false, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> PersistentRequest<Element> {
    let halo = try HaloExchange<Element>(communicator, shape, width, corners, "exchangeHalo")
    return try halo.persistent.exchange(block, file: file, line: line)
  }
}
