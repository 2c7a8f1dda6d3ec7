// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The shapes of layouts. Each can be of single elements or of another layout, whose extent is then the unit of all
// lengths and distances.

extension Layout {
  /// Elements side by side, from the start of the memory.
  ///
  /// C: `MPI_Type_contiguous`. MPI-3.1, section 4.1.2.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - layout: of what; single elements unless given. Then each copy begins an extent after the one before.
  /// - Throws: ``ErrorClass/count`` for a count below 0.
  public static func contiguous(_ count: Int, of layout: Layout? = nil) throws(MPIError) -> Layout {
    let operation: StaticString = "Layout.contiguous"
    try refuseNegative(count, "count", operation)
    let unit = try unit(layout, operation)
    return try Layout(.repeated(unit, count: count, distance: unit.metrics.extent), operation)
  }

  /// Blocks of equal length, a fixed distance apart: a column, every third element, the left half of each row.
  ///
  /// C: `MPI_Type_vector`, `MPI_Type_create_hvector`. MPI-3.1, section 4.1.2.
  ///
  /// - Parameters:
  ///   - count: how many blocks.
  ///   - blockLength: how many elements each has.
  ///   - stride: from the start of one block to that of the next. Below 0 it goes backwards: give the `start`,
  ///     then.
  ///   - start: where the first block begins.
  ///   - layout: of what; single elements unless given. Then all of these count in its extent.
  /// - Throws: ``ErrorClass/count`` for a count or a length below 0.
  public static func vector(
    count: Int, blockLength: Int = 1, stride: Int, start: Int = 0, of layout: Layout? = nil
  ) throws(MPIError) -> Layout {
    let operation: StaticString = "Layout.vector"
    try refuseNegative(count, "count", operation)
    try refuseNegative(blockLength, "blockLength", operation)
    let unit = try unit(layout, operation)
    let distance = try LayoutArithmetic(operation).product(stride, unit.metrics.extent)
    let vector = try LayoutNode(
      .vector(unit, count: count, blockLength: blockLength, distance: distance), operation)
    return try Layout(vector).moved(by: LayoutArithmetic(operation).product(start, unit.metrics.extent), operation)
  }

  /// Blocks, each with a place and a length of its own, in the order given.
  ///
  /// C: `MPI_Type_indexed`, `MPI_Type_create_hindexed`. MPI-3.1, section 4.1.2.
  ///
  /// - Parameters:
  ///   - blocks: where each begins and how many elements it has.
  ///   - layout: of what; single elements unless given. Then both count in its extent.
  /// - Throws: ``ErrorClass/count`` for a length below 0.
  public static func indexed(
    blocks: [(start: Int, length: Int)], of layout: Layout? = nil
  ) throws(MPIError) -> Layout {
    let operation: StaticString = "Layout.indexed"
    for (index, block) in blocks.enumerated() where block.length < 0 {
      throw MPIError(.count, "the length of blocks[\(index)] is \(block.length)", operation: "\(operation)")
    }
    return try Layout(
      .indexed(unit(layout, operation), starts: blocks.map(\.start), lengths: blocks.map(\.length)), operation)
  }

  /// Blocks of one length, each with a place of its own, in the order given.
  ///
  /// C: `MPI_Type_create_indexed_block`, `MPI_Type_create_hindexed_block`. MPI-3.1, section 4.1.2.
  ///
  /// - Parameters:
  ///   - starts: where each begins.
  ///   - blockLength: how many elements each has.
  ///   - layout: of what; single elements unless given. Then both count in its extent.
  /// - Throws: ``ErrorClass/count`` for a length below 0.
  public static func indexed(
    starts: [Int], blockLength: Int = 1, of layout: Layout? = nil
  ) throws(MPIError) -> Layout {
    let operation: StaticString = "Layout.indexed"
    try refuseNegative(blockLength, "blockLength", operation)
    return try Layout(
      .indexed(
        unit(layout, operation), starts: starts, lengths: Array(repeating: blockLength, count: starts.count)), operation
    )
  }

  /// Layouts of one memory together, in the order given: such as the four edges of a field.
  ///
  /// C: `MPI_Type_create_struct`. MPI-3.1, section 4.1.2.
  ///
  /// - Parameter layouts: of the same memory. If they have elements in common, nothing can be received into the result.
  /// - Throws: ``ErrorClass/count`` if the layout has more bytes than a memory can have.
  public static func combined(_ layouts: [Layout]) throws(MPIError) -> Layout {
    try Layout(.combined(layouts.map { (place: 0, layout: $0.node) }), "Layout.combined")
  }

  /// The same layout elsewhere in the memory.
  ///
  /// C: `MPI_Type_create_hindexed`. MPI-3.1, section 4.1.2.
  ///
  /// - Parameter distance: how many elements later it begins; earlier, if it is below 0.
  /// - Throws: ``ErrorClass/count`` if the layout has more bytes than a memory can have.
  public func shifted(by distance: Int) throws(MPIError) -> Layout {
    let operation: StaticString = "Layout.shifted"
    return try moved(
      by: LayoutArithmetic(operation).product(distance, MemoryLayout<Element>.stride), operation)
  }

  /// The same layout with another extent, for where several are put one after another.
  ///
  /// ```swift
  /// // Columns of a matrix of 100 × 40: each begins one element after the one before.
  /// let column = try Layout<Double>.vector(count: 100, stride: 40).resized(extent: 1)
  /// let mine = try world.scatter(matrix[each: column])    // column r to rank r
  /// ```
  ///
  /// C: `MPI_Type_create_resized`. MPI-3.1, section 4.1.7.
  ///
  /// - Parameters:
  ///   - extent: the distance from one copy to the next, in elements, 0 or more.
  ///   - lowerBound: the element that it is counted from.
  /// - Throws: ``ErrorClass/argument`` for an extent below 0.
  public func resized(extent: Int, lowerBound: Int = 0) throws(MPIError) -> Layout {
    let operation: StaticString = "Layout.resized"
    guard extent >= 0 else {
      throw MPIError(.argument, "extent \(extent) is below 0", operation: "\(operation)")
    }
    let arithmetic = LayoutArithmetic(operation)
    let stride = MemoryLayout<Element>.stride
    return try Layout(
      .resized(node, lower: arithmetic.product(lowerBound, stride), extent: arithmetic.product(extent, stride)),
      operation)
  }

  /// Copies of the layout, one after another: the same as ``contiguous(_:of:)`` of it.
  ///
  /// C: `MPI_Type_contiguous`. MPI-3.1, section 4.1.2.
  public func repeated(_ count: Int) throws(MPIError) -> Layout { try .contiguous(count, of: self) }

  /// The same a number of bytes later.
  func moved(by distance: Int, _ operation: StaticString) throws(MPIError) -> Layout {
    // Its start was given, and so that it is this one.
    distance == 0 && !node.isOfOneByDefault ? self : try Layout(.combined([(distance, node)]), operation)
  }

  /// What lengths and distances count in: a layout, or one element.
  static func unit(_ layout: Layout?, _ operation: StaticString) throws(MPIError) -> LayoutNode {
    if let layout { return layout.node }
    return try LayoutNode(.element(ElementType(Element.self)), operation)
  }

  static func refuseNegative(_ value: Int, _ what: StaticString, _ operation: StaticString) throws(MPIError) {
    guard value >= 0 else {
      throw MPIError(.count, "\(what) \(value) is below 0", operation: "\(operation)")
    }
  }
}
