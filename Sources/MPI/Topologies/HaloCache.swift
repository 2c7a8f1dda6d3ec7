// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// What halo exchanges on a grid keep from one to the next: their messages' channel, and what was worked out for the
/// last shapes.
struct HaloCache: @unchecked Sendable {
  /// A handle that may move between threads.
  struct Channel: @unchecked Sendable {
    var value: MPI_Comm?
  }

  private struct Block {
    var element: ObjectIdentifier
    var shape: [Int]
    var width: [Int]
    var corners: Bool
    var faces: HaloFaces
  }

  private struct Line {
    var element: ObjectIdentifier
    var count: Int
    var dimension: Int
    var width: Int
    var faces: HaloFaces
  }

  /// How many shapes are kept.
  private static let capacity = 8

  var channel = Channel()
  private var blocks: [Block] = []
  private var lines: [Line] = []

  func faces(_ element: ObjectIdentifier, shape: [Int], width: [Int], corners: Bool) -> HaloFaces? {
    for block in blocks
    where block.element == element && block.shape == shape && block.width == width && block.corners == corners {
      return block.faces
    }
    return nil
  }

  func faces(_ element: ObjectIdentifier, count: Int, dimension: Int, width: Int) -> HaloFaces? {
    for line in lines
    where line.element == element && line.count == count && line.dimension == dimension && line.width == width {
      return line.faces
    }
    return nil
  }

  mutating func keep(
    _ faces: HaloFaces, _ element: ObjectIdentifier, shape: [Int], width: [Int], corners: Bool
  ) {
    if blocks.count == Self.capacity { blocks.removeFirst() }
    blocks.append(Block(element: element, shape: shape, width: width, corners: corners, faces: faces))
  }

  mutating func keep(_ faces: HaloFaces, _ element: ObjectIdentifier, count: Int, dimension: Int, width: Int) {
    if lines.count == Self.capacity { lines.removeFirst() }
    lines.append(Line(element: element, count: count, dimension: dimension, width: width, faces: faces))
  }
}

extension CartesianCommunicator {
  /// The communicator of the same ranks on which edges travel, so that they never meet the program's own messages.
  /// Collective at the first call.
  @usableFromInline
  func haloChannel() throws(MPIError) -> MPI_Comm {
    if let known = halos.withLock({ $0.channel }).value { return known }
    let handle = try makeChannel(of: rawValue, "exchangeHalo")
    let made = HaloCache.Channel(value: handle)
    halos.withLock { $0.channel = made }
    return handle
  }

  /// What was worked out for a block, now or before.
  @usableFromInline
  func haloFaces<Element: BitwiseCopyable>(
    _: Element.Type, shape: [Int], width: [Int], corners: Bool, _ operation: StaticString
  ) throws(MPIError) -> HaloFaces {
    let element = ObjectIdentifier(Element.self)
    if let known = halos.withLock({ $0.faces(element, shape: shape, width: width, corners: corners) }) { return known }
    try checkElement(Element.self, operation)
    let axes = Array(dimensions.indices)
    try checkHalo(axes, shape, width, operation)
    let faces = try HaloFaces(
      self, axes: axes, shape: shape, width: width, corners: corners, ElementType(Element.self), operation)
    halos.withLock { $0.keep(faces, element, shape: shape, width: width, corners: corners) }
    return faces
  }

  /// What was worked out for a block of one dimension, now or before.
  @usableFromInline
  func haloFaces<Element: BitwiseCopyable>(
    _: Element.Type, count: Int, dimension: Int, width: Int, _ operation: StaticString
  ) throws(MPIError) -> HaloFaces {
    let element = ObjectIdentifier(Element.self)
    if let known = halos.withLock({ $0.faces(element, count: count, dimension: dimension, width: width) }) {
      return known
    }
    try checkElement(Element.self, operation)
    try checkHalo([dimension], [count], [width], operation)
    let faces = try HaloFaces(
      self, axes: [dimension], shape: [count], width: [width], corners: false, ElementType(Element.self), operation)
    halos.withLock { $0.keep(faces, element, count: count, dimension: dimension, width: width) }
    return faces
  }

  /// Throws unless a block has ghost cells at either end of each dimension, and as many cells between them at least.
  func checkHalo(
    _ axes: [Int], _ shape: [Int], _ width: [Int], _ operation: StaticString
  ) throws(MPIError) {
    for axis in axes {
      try require(
        dimensions.indices.contains(axis), .dimensions, operation,
        "dimension \(axis) is out of range: the grid has \(dimensions.count)")
    }
    for (what, list) in [("shape", shape), ("width", width)] {
      try require(
        list.count == axes.count, .dimensions, operation,
        "\(what) has \(list.count) entries for a grid of \(axes.count) dimensions")
    }
    var cells = 1
    for (dimension, (length, ghosts)) in zip(shape, width).enumerated() {
      try require(
        ghosts >= 0, .argument, operation, "width \(ghosts) along dimension \(dimension): it must be 0 or more")
      try require(
        length >= 0 && length / 3 >= ghosts, .argument, operation,
        """
        a block of \(length) along dimension \(dimension) is too short for width \(ghosts): it needs that many ghost \
        cells at either end, and as many cells between them
        """)
      let (product, overflow) = cells.multipliedReportingOverflow(by: length)
      try require(!overflow, .argument, operation, "a block of \(shape) has more cells than can be counted")
      cells = product
    }
  }
}
