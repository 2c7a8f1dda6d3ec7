// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// What a halo exchange sends and where: worked out once for a shape, with a datatype for each kind of edge, so that the
// edges go from where they lie and the ghost cells are filled where they lie. Nothing here depends on the memory.

/// One neighbor's share of a halo exchange: an edge of the block goes out, and ghost cells are filled.
@usableFromInline
struct HaloFace {
  var neighbor: CInt
  /// One for each direction, because a rank may be the neighbor on several sides.
  var outTag: CInt
  var inTag: CInt
  /// Where the edge and the ghost cells begin, in bytes.
  var outPlace: Int
  var inPlace: Int
  /// Both are as many of the same datatype.
  var count: CInt
  var type: MPI_Datatype
  var byteCount: Int
}

/// The messages of a halo exchange of blocks of one shape.
@usableFromInline
final class HaloFaces: @unchecked Sendable {
  let faces: [HaloFace]
  /// How many cells a block has.
  @usableFromInline let cellCount: Int
  private let made: [OwnedDatatype]

  /// - Parameters:
  ///   - axes: which dimension of the grid each dimension of the block lies along.
  ///   - shape: how many cells there are along each dimension, ghost cells among them. Checked before.
  ///   - width: how many ghost cells there are at either end.
  ///   - corners: whether there are messages to the ranks diagonal to this one.
  init(
    _ grid: CartesianCommunicator, axes: [Int], shape: [Int], width: [Int], corners: Bool, _ type: ElementType,
    _ operation: StaticString
  ) throws(MPIError) {
    var strides = shape.map { _ in type.stride }
    for dimension in shape.indices.dropLast().reversed() {
      strides[dimension] = strides[dimension + 1] * shape[dimension + 1]
    }
    var faces: [HaloFace] = []
    var types: [[Bool]: (CInt, MPI_Datatype)] = [:]
    var made: [MPI_Datatype] = []
    let directions = Self.directions(width, corners: corners)
    for (index, direction) in directions.enumerated() {
      var place = grid.coordinates
      for (axis, step) in zip(axes, direction) { place[axis] += step }
      guard let neighbor = grid.rank(at: place) else { continue }
      var (counts, outPlace, inPlace) = (shape, 0, 0)
      for (dimension, step) in direction.enumerated() {
        let (length, ghosts) = (shape[dimension], width[dimension])
        counts[dimension] = step == 0 ? length - 2 * ghosts : ghosts
        outPlace += strides[dimension] * (step > 0 ? length - 2 * ghosts : ghosts)
        inPlace += strides[dimension] * (step == 0 ? ghosts : step > 0 ? length - ghosts : 0)
      }
      // Edges across the same dimensions are alike.
      let kind = direction.map { $0 != 0 }
      if types[kind] == nil {
        switch edgeType(counts, strides, type, &made) {
        case .failure(let failure):
          for type in made { free(type) }
          throw grid.failure(code: failure.value, operation)
        case .success(let edge): types[kind] = edge
        }
      }
      let (count, datatype) = types[kind]!
      faces.append(
        HaloFace(
          neighbor: CInt(neighbor), outTag: CInt(index), inTag: CInt(directions.count - 1 - index),
          outPlace: outPlace, inPlace: inPlace, count: count, type: datatype,
          byteCount: counts.reduce(type.stride, *)))
    }
    self.faces = faces
    self.made = made.map { OwnedDatatype($0) }
    self.cellCount = shape.reduce(1, *)
  }

  /// The directions in which messages go, as steps along the dimensions. The opposite of one is as far from the end as
  /// it is from the start.
  static func directions(_ width: [Int], corners: Bool) -> [[Int]] {
    let still = width.map { _ in 0 }
    if corners {
      let all = width.reduce([[]]) { starts, ghosts in
        starts.flatMap { start in (ghosts == 0 ? [0] : [-1, 0, 1]).map { start + [$0] } }
      }
      return all.filter { $0 != still }
    }
    let back = width.indices.filter { width[$0] > 0 }.map { dimension in
      var steps = still
      steps[dimension] = -1
      return steps
    }
    return back + back.reversed().map { $0.map { -$0 } }
  }

  /// Begins all messages.
  func begin(_ block: UnsafeMutableRawPointer?, _ channel: MPI_Comm, _ handles: inout Handles) -> CInt {
    for face in faces {
      let code = MPI_Irecv(
        block.map { $0 + face.inPlace }, face.count, face.type, face.neighbor, face.inTag, channel, &handles.next)
      if handles.keep(code) != 0 { return code }
    }
    for face in faces {
      let code = MPI_Isend(
        block.map { $0 + face.outPlace }, face.count, face.type, face.neighbor, face.outTag, channel, &handles.next)
      if handles.keep(code) != 0 { return code }
    }
    return 0
  }

  /// Makes all messages ready to start many times.
  func makeReady(_ block: UnsafeMutableRawPointer?, _ channel: MPI_Comm, _ handles: inout Handles) -> CInt {
    for face in faces {
      let code = MPI_Recv_init(
        block.map { $0 + face.inPlace }, face.count, face.type, face.neighbor, face.inTag, channel, &handles.next)
      if handles.keep(code) != 0 { return code }
    }
    for face in faces {
      let code = MPI_Send_init(
        block.map { $0 + face.outPlace }, face.count, face.type, face.neighbor, face.outTag, channel, &handles.next)
      if handles.keep(code) != 0 { return code }
    }
    return 0
  }

  /// Exchanges all edges.
  ///
  /// - Returns: MPI's code, and the first face whose neighbor sent another number of bytes, with that number.
  @usableFromInline
  func exchange(
    _ block: UnsafeMutableRawPointer?, _ channel: MPI_Comm
  ) -> (code: CInt, odd: (face: HaloFace, byteCount: Int)?) {
    withTemporary(CMPI_REQUEST_NULL, 2 * faces.count) { handles in
      var code: CInt = 0
      var odd: (face: HaloFace, byteCount: Int)?
      for (index, face) in faces.enumerated() where code == 0 {
        code = MPI_Irecv(
          block.map { $0 + face.inPlace }, face.count, face.type, face.neighbor, face.inTag, channel, handles + index)
      }
      for (index, face) in faces.enumerated() where code == 0 {
        code = MPI_Isend(
          block.map { $0 + face.outPlace }, face.count, face.type, face.neighbor, face.outTag, channel,
          handles + faces.count + index)
      }
      // Those of messages that did not begin are null, and over. One that fails leaves the others to be waited for.
      for (index, face) in faces.enumerated() {
        var status = Status()
        let began = handles[index] != CMPI_REQUEST_NULL
        let failed = MPI_Wait(handles + index, &status.value)
        if code == 0 { code = failed }
        if began && failed == 0 && odd == nil && status.byteCount != face.byteCount { odd = (face, status.byteCount) }
      }
      for index in faces.indices {
        let failed = MPI_Wait(handles + faces.count + index, CMPI_STATUS_IGNORE)
        if code == 0 { code = failed }
      }
      return (code, odd)
    }
  }
}

/// The count and the datatype of an edge: cells in a box within a row-major block.
///
/// Vectors of vectors, and not `MPI_Type_create_subarray`: that has a length of the whole block in 32 bits for each
/// dimension, and is made again for each place.
///
/// C: `MPI_Type_create_hvector`. MPI-3.1, section 4.1.2.
///
/// - Parameters:
///   - counts: how many cells the edge has along each dimension.
///   - strides: the distance from one to the next in the block, in bytes.
///   - made: what must be freed.
private func edgeType(
  _ counts: [Int], _ strides: [Int], _ type: ElementType, _ made: inout [MPI_Datatype]
) -> Result<(CInt, MPI_Datatype), DatatypeFailure> {
  if counts.contains(0) { return .success((0, type.datatype)) }
  var levels = zip(counts, strides).filter { $0.0 > 1 }
  // The last dimensions may lie in one run.
  var run = 1
  while let (count, stride) = levels.last, stride == run * type.stride {
    run *= count
    levels.removeLast()
  }
  let units = run * type.units
  var (blockLength, current) = (CInt(truncatingIfNeeded: units), type.datatype)
  if units > largestCount {
    switch contiguousType(of: units, type) {
    case .failure(let failure): return .failure(failure)
    case .success(let large):
      made.append(large)
      (blockLength, current) = (1, large)
    }
  }
  for (count, stride) in levels.reversed() {
    guard let length = CInt(exactly: count) else { return .failure(DatatypeFailure(value: CMPI_ERR_COUNT)) }
    var vector = CMPI_DATATYPE_NULL
    var code = MPI_Type_create_hvector(length, blockLength, MPI_Aint(stride), current, &vector)
    if code == 0 {
      made.append(unwrapped(vector))
      code = MPI_Type_commit(&vector)
    }
    if code != 0 { return .failure(DatatypeFailure(value: code)) }
    (blockLength, current) = (1, unwrapped(vector))
  }
  return .success((blockLength, current))
}
