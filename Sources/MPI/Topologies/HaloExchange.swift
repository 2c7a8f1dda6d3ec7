// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// A halo exchange of blocks of one shape, worked out once and used many times.
///
/// ```swift
/// let halo = try grid.halo(of: Double.self, shape: [ny, nx], width: [1, 1])
/// for _ in 0..<steps {
///   var cells = block.mutableSpan
///   try halo.nonblocking.exchange(&cells) { cells, pending in
///     inner(cells, &next)          // what needs no ghost cell
///   }
///   outer(block, &next)            // what does
///   swap(&block, &next)
/// }
/// ```
///
/// It holds the datatypes of the edges and the ranks that they go to, and no memory: any number of blocks of the shape
/// can be exchanged by one. A step allocates nothing.
///
/// It is made by ``CartesianCommunicator/halo(of:shape:width:corners:file:line:)``; see
/// ``CartesianCommunicator/exchangeHalo(_:shape:width:corners:file:line:)-(MutableSpan<Element>,_,_,_,_,_)`` for what
/// it does. One thread uses it at a time.
///
/// C: `MPI_Isend`, `MPI_Irecv`, `MPI_Send_init`, `MPI_Recv_init`. MPI-3.1, sections 3.7 and 3.9.
public final class HaloExchange<Element: BitwiseCopyable> {
  /// The grid that the blocks are on.
  public let grid: CartesianCommunicator
  /// The number of cells of a block along each dimension, including ghost cells.
  public let shape: [Int]
  /// The number of ghost cells at either end of each dimension.
  public let width: [Int]
  /// Whether the ghost cells at the corners are filled too.
  public let corners: Bool

  @usableFromInline let faces: HaloFaces
  /// Memory for the requests of an exchange in flight, kept from one to the next.
  fileprivate var requests = Handles()

  fileprivate init(
    _ grid: CartesianCommunicator, _ shape: [Int], _ width: [Int], _ corners: Bool, _ faces: HaloFaces
  ) {
    self.grid = grid
    self.shape = shape
    self.width = width
    self.corners = corners
    self.faces = faces
  }

  /// One that may have been worked out before. That neighbors agree is not checked.
  convenience init(
    _ grid: CartesianCommunicator, _ shape: [Int], _ width: [Int], _ corners: Bool, _ operation: StaticString
  ) throws(MPIError) {
    let faces = try grid.haloFaces(Element.self, shape: shape, width: width, corners: corners, operation)
    self.init(grid, shape, width, corners, faces)
  }

  /// The number of messages that this rank sends and receives in an exchange: none at an edge of a grid that is not
  /// periodic.
  public var messageCount: Int { faces.faces.count }

  /// The number of bytes that this rank sends and receives in an exchange.
  public var byteCount: Int { faces.faces.reduce(0) { $0 + $1.byteCount } }

  /// Fills the ghost cells of a block from the blocks beside it. No allocation, no copy.
  ///
  /// Collective over the grid.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, `MPI_Wait`. MPI-3.1, section 3.7.
  ///
  /// - Parameter block: the cells, row by row.
  /// - Throws: ``ErrorClass/count`` if the block is not of the shape.
  @inlinable
  public func exchange(
    _ block: inout MutableSpan<Element>, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    try grid.exchangeFaces(faces, &block, file, line)
  }

  /// Fills the ghost cells of a block in an array. No allocation, no copy.
  ///
  /// Collective over the grid.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`, `MPI_Wait`. MPI-3.1, section 3.7.
  ///
  /// - Parameter block: the cells, row by row.
  /// - Throws: ``ErrorClass/count`` if the block is not of the shape.
  @inlinable
  public func exchange(
    _ block: inout [Element], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    var span = block.mutableSpan
    try grid.exchangeFaces(faces, &span, file, line)
  }

  /// The same, begun and not waited for.
  public var nonblocking: Nonblocking { Nonblocking(halo: self) }

  /// The same, made ready to be started many times.
  public var persistent: Persistent { Persistent(halo: self) }

  /// A halo exchange that begins and returns at once.
  public struct Nonblocking {
    fileprivate let halo: HaloExchange

    /// Begins to fill the ghost cells of a block, and waits after the work. No allocation, no copy.
    ///
    /// Collective over the grid.
    ///
    /// C: `MPI_Isend`, `MPI_Irecv`. MPI-3.1, section 3.7.2.
    ///
    /// - Parameters:
    ///   - block: the cells. While the work runs they can be read through what it is given, and not be changed.
    ///   - work: runs while the edges are in flight, with the block: its ghost cells mean nothing yet.
    /// - Returns: what the work returns.
    /// - Throws: what the work throws; ``ErrorClass/count`` if the block is not of the shape.
    public func exchange<Result>(
      _ block: inout MutableSpan<Element>, file: StaticString = #fileID, line: Int = #line,
      while work: (Span<Element>, inout Pending) throws -> Result
    ) throws -> Result {
      try halo.checkBlock(block.count)
      let channel = try halo.grid.haloChannel()
      var pending = try halo.grid.pendingCollective("exchangeHalo", Element.self, file, line)
      swap(&pending.handles, &halo.requests)
      defer {
        swap(&pending.handles, &halo.requests)
        halo.requests.reuse()
      }
      let cells = block.withUnsafeMutableBufferPointer { UnsafeBufferPointer($0) }
      let code = halo.faces.begin(
        UnsafeMutableRawPointer(mutating: cells.baseAddress), channel, &pending.handles)
      return try pending.run(code) { (pending) throws -> Result in try work(cells.span, &pending) }.result
    }

    /// Begins to fill the ghost cells of a block in an array, which the request takes over and gives back: `consume`
    /// it, and no copy is made.
    ///
    /// Collective over the grid.
    ///
    /// C: `MPI_Isend`, `MPI_Irecv`. MPI-3.1, section 3.7.2.
    ///
    /// - Parameter block: the cells, row by row.
    /// - Throws: ``ErrorClass/count`` if the block is not of the shape.
    public func exchange(
      _ block: consuming [Element], file: StaticString = #fileID, line: Int = #line
    ) throws(MPIError) -> Request<[Element]> {
      try halo.checkBlock(block.count)
      let channel = try halo.grid.haloChannel()
      let begun = try halo.grid.beginCollective("exchangeHalo", Element.self, file, line)
      let faces = halo.faces
      return try begun.request(over: block, keeping: halo) { memory, handles in
        faces.begin(memory, channel, &handles)
      }
    }
  }

  /// A halo exchange that is made ready once and started many times.
  public struct Persistent {
    fileprivate let halo: HaloExchange

    /// Makes ready to fill the ghost cells of a block, which is the request's input and its output. A start allocates
    /// nothing.
    ///
    /// Every MPI has what it takes. Collective over the grid.
    ///
    /// C: `MPI_Send_init`, `MPI_Recv_init`. MPI-3.1, section 3.9.
    ///
    /// - Parameter block: what the memory begins with. It is copied.
    /// - Throws: ``ErrorClass/count`` if the block is not of the shape.
    public func exchange(
      _ block: [Element], file: StaticString = #fileID, line: Int = #line
    ) throws(MPIError) -> PersistentRequest<Element> {
      let grid = halo.grid
      try halo.checkBlock(block.count)
      try grid.enterCollective("exchangeHalo", Element.self, file, line)
      let channel = try grid.haloChannel()
      try grid.check(0, "exchangeHalo")
      let begun = Begun(grid, "exchangeHalo", .collective, CallSite(file, line))
      let (memory, faces) = (Memory(block), halo.faces)
      return try begun.persistent(memory, memory, keeping: halo) { _, memory, handles in
        faces.makeReady(memory, channel, &handles)
      }
    }
  }

  fileprivate func checkBlock(_ count: Int) throws(MPIError) {
    try grid.checkCount(count, faces.cellCount, "exchangeHalo", "the block")
  }
}

extension Handles {
  /// Forgets requests that have completed, and keeps the memory.
  fileprivate mutating func reuse() {
    others?.list.removeAll(keepingCapacity: true)
    (count, over) = (0, 0)
  }
}

extension CartesianCommunicator {
  /// Works out a halo exchange of blocks of a shape, to be used many times.
  ///
  /// Collective. The ranks compare what they give, in two all-reduces of a few numbers, and neighbors the sizes of
  /// their edges, in a message to each: if they do not agree, every rank throws.
  ///
  /// C: `MPI_Isend`, `MPI_Irecv`. MPI-3.1, section 3.7.
  ///
  /// - Parameters:
  ///   - element: what a cell is.
  ///   - shape: how many cells this rank's block has along each dimension of the grid, ghost cells among them. Blocks
  ///     that are neighbors along one dimension are alike in all others.
  ///   - width: how many ghost cells there are at either end of each dimension, the same on every rank; 0 for none.
  ///   - corners: whether the ghost cells at the corners are filled too; the same on every rank.
  /// - Throws: on the rank that gives it, ``ErrorClass/dimensions`` if there is not one entry for each dimension, and
  ///   ``ErrorClass/argument`` for a shape that is too small for the width; ``ErrorClass/argument`` on the other ranks
  ///   then, and on every rank if they do not agree.
  public func halo<Element: BitwiseCopyable>(
    of element: Element.Type, shape: [Int], width: [Int], corners: Bool = false, file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> HaloExchange<Element> {
    try enterCollective("halo", Element.self, file, line)
    let found: Result<HaloFaces, MPIError>
    do throws(MPIError) {
      found = .success(try haloFaces(Element.self, shape: shape, width: width, corners: corners, "halo"))
    } catch {
      found = .failure(error)
    }
    let faces = try agreed(found, width, corners, MemoryLayout<Element>.stride)
    try check(0, "halo")
    return HaloExchange(self, shape, width, corners, faces)
  }

  /// Throws on every rank unless all have found their blocks good, and neighbors have edges of one size.
  private func agreed(
    _ found: Result<HaloFaces, MPIError>, _ width: [Int], _ corners: Bool, _ stride: Int
  ) throws(MPIError) -> HaloFaces {
    var key: UInt32 = 0x811c_9dc5
    for number in width + [corners ? 1 : 0, stride] {
      key = (key ^ UInt32(truncatingIfNeeded: number)) &* 0x0100_0193
    }
    let isGood = if case .success = found { true } else { false }
    let agreed = try largest(SIMD4(isGood ? 0 : 1, 0, Int64(key), -Int64(key)))
    let faces = try found.get()
    try require(agreed.x == 0, .argument, "halo", "another rank's block or width is not one that can be exchanged")
    try require(
      agreed.z == -agreed.w, .argument, "halo",
      "the ranks give different widths, corners or cells: this one gives width \(width) and corners \(corners)")

    let channel = try haloChannel()
    let (code, odd) = faces.compareSizes(channel)
    if try largest(SIMD4(odd == nil && code == 0 ? 0 : 1, 0, 0, 0)).x != 0 && odd == nil && code == 0 {
      throw failure(
        .argument, "halo",
        "the edges of two other ranks, which are neighbors, have different sizes: compare their shapes")
    }
    if code != 0 { throw failure(code: code, "halo") }
    if let odd {
      throw failure(
        .argument, "halo",
        """
        the edge of rank \(odd.face.neighbor) has \(odd.byteCount) bytes and this one's there has \
        \(odd.face.byteCount): blocks that are neighbors along one dimension must be alike in all others
        """)
    }
    return faces
  }

  /// The largest of each of four numbers, over all ranks.
  private func largest(_ own: SIMD4<Int64>) throws(MPIError) -> SIMD4<Int64> {
    let (result, code) = makeElement(SIMD4<Int64>.self) { result in
      withElement(own) { MPI_Allreduce($0, result, 4, CMPI_INT64_T, CMPI_MAX, rawValue) }
    }
    if code != 0 { throw failure(code: code, "halo") }
    return result
  }
}

extension HaloFaces {
  /// Compares the sizes of the edges with the neighbors'.
  ///
  /// - Returns: MPI's code, and the first face if they differ, with the neighbor's size.
  fileprivate func compareSizes(_ channel: MPI_Comm) -> (code: CInt, odd: (face: HaloFace, byteCount: Int)?) {
    let (own, theirs) = (Memory(faces.map(\.byteCount)), Memory<Int>(count: faces.count))
    var handles = Handles()
    var status = Status()
    var code: CInt = 0
    let length = CInt(MemoryLayout<Int>.size)
    for (index, face) in faces.enumerated() where code == 0 {
      code = handles.keep(
        MPI_Irecv(
          theirs.start! + index, length, CMPI_BYTE, face.neighbor, face.inTag, channel, &handles.next))
    }
    for (index, face) in faces.enumerated() where code == 0 {
      code = handles.keep(
        MPI_Isend(own.start! + index, length, CMPI_BYTE, face.neighbor, face.outTag, channel, &handles.next))
    }
    let failed = handles.wait(&status)
    let odd = faces.indices.first { theirs.buffer[$0] != own.buffer[$0] }
    return (code == 0 ? failed : code, odd.map { (faces[$0], theirs.buffer[$0]) })
  }
}
