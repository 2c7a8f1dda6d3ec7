// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// How MPI's datatype for a layout is made. If the numbers are small enough and the elements are plain, by the
// constructor of MPI that has the layout's name; else by those that count in bytes, and, for counts that an `int` can't
// hold, by nesting.

extension LayoutNode {
  /// The datatype, committed, ready for messages. It is made at the first call.
  @usableFromInline
  func datatype(_ operation: StaticString) throws(MPIError) -> MPI_Datatype {
    let handle = try made.withLock { (made) throws(MPIError) in
      let handle = try known(&made)
      if !made.isCommitted {
        var variable = CMPI_DATATYPE_NULL
        variable = handle.value
        try MPI.check(MPI_Type_commit(&variable), operation)
        made.isCommitted = true
      }
      return handle
    }
    return handle.value
  }

  /// The datatype, to make others of.
  private var raw: MPI_Datatype {
    get throws(MPIError) { try made.withLock { (made) throws(MPIError) in try known(&made) }.value }
  }

  /// A handle that may move between threads; MPI's thread level decides which may use it when.
  private struct Handle: @unchecked Sendable {
    var value: MPI_Datatype
  }

  private func known(_ made: inout Made) throws(MPIError) -> Handle {
    if let handle = made.handle { return Handle(value: handle) }
    if case .element(let type) = shape, type.units == 1 {
      (made.handle, made.isCommitted) = (type.datatype, true)
      return Handle(value: type.datatype)
    }
    let handle = try make()
    if let name = made.name { MPI_Type_set_name(handle, name) }
    (made.handle, made.owner) = (handle, OwnedDatatype(handle))
    return Handle(value: handle)
  }

  /// Makes a datatype, with the bounds that the layout has: MPIs do not agree about those of empty and of nested ones.
  private func make() throws(MPIError) -> MPI_Datatype {
    let type = try build()
    var lower: MPI_Count = 0
    var extent: MPI_Count = 0
    try check(MPI_Type_get_extent_x(type, &lower, &extent))
    if lower == MPI_Count(metrics.lower) && extent == MPI_Count(metrics.extent) { return type }
    defer { free(type) }
    return try resized(type, lower: metrics.lower, extent: metrics.extent)
  }

  private func build() throws(MPIError) -> MPI_Datatype {
    var type = CMPI_DATATYPE_NULL
    if metrics.byteCount == 0 {
      try check(MPI_Type_contiguous(0, CMPI_BYTE, &type))
      return unwrapped(type)
    }
    switch shape {
    case .element(let element):
      if element.units <= largestCount {
        try check(MPI_Type_contiguous(CInt(element.units), element.datatype, &type))
        return unwrapped(type)
      }
      switch contiguousType(of: element.units, element) {
      case .failure(let failure): throw MPIError(code: failure.value, operation: "Layout")
      case .success(let type): return type
      }
    case .fields(let fields): return try build(fields)
    case .repeated(let layout, let count, let distance):
      guard count <= largestCount else { return try nested(layout, count, distance).build() }
      if distance == layout.metrics.extent {
        try check(MPI_Type_contiguous(CInt(count), layout.raw, &type))
      } else {
        try check(MPI_Type_create_hvector(CInt(count), 1, MPI_Aint(distance), layout.raw, &type))
      }
    case .vector(let layout, let count, let blockLength, let distance):
      guard count <= largestCount, blockLength <= largestCount else {
        let block = try LayoutNode(
          .repeated(layout, count: blockLength, distance: layout.metrics.extent), "Layout")
        return try LayoutNode(.repeated(block, count: count, distance: distance), "Layout").build()
      }
      let extent = max(layout.metrics.extent, 1)
      if case .element = layout.shape, distance % extent == 0, abs(distance / extent) <= largestCount {
        try check(
          MPI_Type_vector(CInt(count), CInt(blockLength), CInt(distance / extent), layout.raw, &type))
      } else {
        try check(
          MPI_Type_create_hvector(CInt(count), CInt(blockLength), MPI_Aint(distance), layout.raw, &type))
      }
    case .indexed(let layout, let starts, let lengths): return try build(layout, starts, lengths)
    case .combined(let parts): return try build(parts)
    case .resized(let layout, let lower, let extent):
      return try resized(layout.raw, lower: lower, extent: extent)
    case .part(let part, let element, let lowered):
      guard part.fits else { return try lowered.build() }
      return try part.datatype(of: element.raw)
    case .borrowed: misuse("a borrowed datatype is there")
    }
    return unwrapped(type)
  }

  private func build(_ fields: [LayoutField]) throws(MPIError) -> MPI_Datatype {
    let parts = try fields.map { (field) throws(MPIError) in
      (place: field.offset, layout: try LayoutNode(.element(field.type), "Layout"))
    }
    return try build(parts)
  }

  /// Blocks with places of their own.
  private func build(_ layout: LayoutNode, _ starts: [Int], _ lengths: [Int]) throws(MPIError) -> MPI_Datatype {
    let extent = layout.metrics.extent
    let isShort = starts.count <= largestCount && lengths.allSatisfy { $0 <= largestCount }
    guard isShort else {
      let blocks = try zip(starts, lengths).filter { $1 > 0 }.map { (start, length) throws(MPIError) in
        (place: start * extent, layout: try LayoutNode(.repeated(layout, count: length, distance: extent), "Layout"))
      }
      return try build(blocks)
    }
    var type = CMPI_DATATYPE_NULL
    let count = CInt(starts.count)
    let places = starts.map { MPI_Aint($0 * extent) }
    let areEqual = lengths.allSatisfy { $0 == lengths[0] }
    if case .element = layout.shape, starts.allSatisfy({ abs($0) <= largestCount }) {
      let starts = starts.map { CInt($0) }
      if areEqual {
        try check(MPI_Type_create_indexed_block(count, CInt(lengths[0]), starts, layout.raw, &type))
      } else {
        try check(MPI_Type_indexed(count, lengths.map { CInt($0) }, starts, layout.raw, &type))
      }
    } else if areEqual {
      try check(MPI_Type_create_hindexed_block(count, CInt(lengths[0]), places, layout.raw, &type))
    } else {
      try check(MPI_Type_create_hindexed(count, lengths.map { CInt($0) }, places, layout.raw, &type))
    }
    return unwrapped(type)
  }

  /// Different layouts with places of their own; those without a byte are left out.
  private func build(_ all: [(place: Int, layout: LayoutNode)]) throws(MPIError) -> MPI_Datatype {
    let parts = all.filter { $0.layout.metrics.byteCount > 0 }
    guard parts.count <= largestCount else {
      let half = parts.count / 2
      let halves = try [Array(parts[..<half]), Array(parts[half...])].map { (half) throws(MPIError) in
        (place: 0, layout: try LayoutNode(.combined(half), "Layout"))
      }
      return try build(halves)
    }
    var type = CMPI_DATATYPE_NULL
    var types = Array(repeating: CMPI_DATATYPE_NULL, count: parts.count)
    for (index, part) in parts.enumerated() { types[index] = try part.layout.raw }
    try check(
      MPI_Type_create_struct(
        CInt(parts.count), Array(repeating: 1, count: parts.count), parts.map { MPI_Aint($0.place) }, types, &type))
    return unwrapped(type)
  }

  /// More copies than an `int` can count: as many whole pieces as there are, then the rest.
  private func nested(_ layout: LayoutNode, _ count: Int, _ distance: Int) throws(MPIError) -> LayoutNode {
    let (pieces, rest) = count.quotientAndRemainder(dividingBy: largestPiece)
    let piece = try LayoutNode(.repeated(layout, count: largestPiece, distance: distance), "Layout")
    let body = try LayoutNode(.repeated(piece, count: pieces, distance: distance * largestPiece), "Layout")
    let tail = try LayoutNode(.repeated(layout, count: rest, distance: distance), "Layout")
    return try LayoutNode(.combined([(0, body), (distance * (count - rest), tail)]), "Layout")
  }

  private func resized(_ type: MPI_Datatype, lower: Int, extent: Int) throws(MPIError) -> MPI_Datatype {
    var result = CMPI_DATATYPE_NULL
    try check(MPI_Type_create_resized(type, MPI_Aint(lower), MPI_Aint(extent), &result))
    return unwrapped(result)
  }

  private func check(_ code: CInt) throws(MPIError) { try MPI.check(code, "Layout") }
}
