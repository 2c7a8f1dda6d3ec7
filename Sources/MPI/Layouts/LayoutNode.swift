// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

/// What a layout is made of: a shape over smaller ones, down to single elements, and what is known of it without MPI.
///
/// All distances are in bytes, from the start of the memory that the layout is used with. The datatype is made at the
/// first use, and given back with the last reference.
@usableFromInline
final class LayoutNode: @unchecked Sendable {
  enum Shape {
    /// One element of a memory.
    case element(ElementType)
    /// Some fields of one element.
    case fields([LayoutField])
    /// Copies of a layout, a distance apart; contiguous if that is the layout's extent.
    case repeated(LayoutNode, count: Int, distance: Int)
    /// Blocks of copies side by side, a distance apart.
    case vector(LayoutNode, count: Int, blockLength: Int, distance: Int)
    /// Blocks of copies side by side, each with a place and a length of its own, in extents of the layout.
    case indexed(LayoutNode, starts: [Int], lengths: [Int])
    /// Different layouts, each at a place of its own.
    case combined([(place: Int, layout: LayoutNode)])
    /// The same with other bounds, which decide where the next copy goes.
    case resized(LayoutNode, lower: Int, extent: Int)
    /// A part of an array of several dimensions, and the same by simpler shapes.
    case part(LayoutArrayPart, of: LayoutNode, lowered: LayoutNode)
    /// A datatype made elsewhere.
    case borrowed(LayoutMetrics)
  }

  /// The datatype, once it is made.
  struct Made: @unchecked Sendable {
    var handle: MPI_Datatype?
    /// Gives it back, unless it is owned elsewhere.
    var owner: OwnedDatatype?
    var isCommitted = false
    var name: String?
  }

  let shape: Shape
  @usableFromInline let metrics: LayoutMetrics
  let made: Mutex<Made>
  /// Whether it is of one element only because the program gave no number.
  let isOfOneByDefault: Bool
  private let knownOverlap = Mutex<Bool?>(nil)

  init(_ shape: Shape, isOfOneByDefault: Bool = false, _ operation: StaticString) throws(MPIError) {
    self.shape = shape
    self.isOfOneByDefault = isOfOneByDefault
    self.metrics = try LayoutMetrics(shape, operation)
    self.made = Mutex(Made())
  }

  /// A datatype that exists.
  init(_ handle: MPI_Datatype, isOurs: Bool, metrics: LayoutMetrics, isOfOneByDefault: Bool) {
    self.isOfOneByDefault = isOfOneByDefault
    self.shape = .borrowed(metrics)
    self.metrics = metrics
    self.made = Mutex(Made(handle: handle, owner: isOurs ? OwnedDatatype(handle) : nil))
  }

  /// `count` elements side by side.
  static func plain(_ count: Int, _ type: ElementType, _ operation: StaticString) throws(MPIError) -> LayoutNode {
    try LayoutNode(
      .repeated(LayoutNode(.element(type), operation), count: count, distance: type.stride), operation)
  }

  /// Copies of it, an extent apart.
  func repeated(_ count: Int, _ operation: StaticString) throws(MPIError) -> LayoutNode {
    try LayoutNode(.repeated(self, count: count, distance: metrics.extent), operation)
  }

  /// The same some bytes later.
  func moved(by distance: Int, _ operation: StaticString) throws(MPIError) -> LayoutNode {
    distance == 0 ? self : try LayoutNode(.combined([(distance, self)]), operation)
  }

  /// Whether some byte takes part twice, as far as that is known. Computed once.
  var overlaps: Bool {
    if let known = knownOverlap.withLock({ $0 }) { return known }
    let found = findOverlap()
    knownOverlap.withLock { $0 = found }
    return found
  }
}

/// One field of a struct.
struct LayoutField {
  /// Bytes from the start of the struct.
  var offset: Int
  /// The field's length, which may be less than the stride of its type: the next field may begin in its padding.
  var type: ElementType
}

/// What is known of a layout without asking MPI, in bytes.
@usableFromInline
struct LayoutMetrics {
  /// How many elements take part.
  @usableFromInline var elementCount = 0
  /// The number of bytes sent.
  @usableFromInline var byteCount = 0
  /// What the extent is counted from and to.
  @usableFromInline var lower = 0
  @usableFromInline var upper = 0
  /// The first byte that takes part, and the end of the last.
  @usableFromInline var first = 0
  @usableFromInline var end = 0
  /// Whether it is a run of bytes without a hole, as long as its extent.
  @usableFromInline var isDense = false
  /// Whether elements take part as a whole, and so must hold no address.
  @usableFromInline var takesWholeElements = false
  /// Whether it is made of MPI's own datatypes alone.
  @usableFromInline var isPortable = true
  /// What it is made of, if that is one type.
  @usableFromInline var type: ElementType?

  var extent: Int { upper - lower }

  /// Whether it selects elements as a whole, and not some fields of them.
  func isOfWhole<Element>(_: Element.Type) -> Bool { byteCount == elementCount * MemoryLayout<Element>.stride }

  init() {}

  init(_ shape: LayoutNode.Shape, _ operation: StaticString) throws(MPIError) {
    let arithmetic = LayoutArithmetic(operation)
    switch shape {
    case .element(let type):
      (elementCount, byteCount, upper, end) = (1, type.stride, type.stride, type.stride)
      (isDense, takesWholeElements) = (true, true)
      self.type = type
      isPortable = type.datatype != CMPI_BYTE
    case .fields(let fields):
      elementCount = 1
      byteCount = fields.reduce(0) { $0 + $1.type.stride }
      first = fields.map(\.offset).min() ?? 0
      end = fields.map { $0.offset + $0.type.stride }.max() ?? 0
      (lower, upper) = (first, end)
      let isUniform = fields.allSatisfy { $0.type.datatype == fields[0].type.datatype }
      type = isUniform ? fields.first?.type : nil
      isPortable = fields.allSatisfy { $0.type.datatype != CMPI_BYTE }
    case .repeated(let layout, let count, let distance):
      self = try layout.metrics.repeated(count, distance, arithmetic)
    case .vector(let layout, let count, let blockLength, let distance):
      self = try layout.metrics.repeated(blockLength, layout.metrics.extent, arithmetic)
        .repeated(count, distance, arithmetic)
    case .indexed(let layout, let starts, let lengths):
      var parts = LayoutUnion()
      for (start, length) in zip(starts, lengths) {
        try parts.add(
          layout.metrics.repeated(length, layout.metrics.extent, arithmetic),
          at: arithmetic.product(start, layout.metrics.extent), arithmetic)
      }
      self = parts.metrics
      takesWholeElements = layout.metrics.takesWholeElements
      isPortable = layout.metrics.isPortable
    case .combined(let layouts):
      var parts = LayoutUnion()
      for (place, layout) in layouts { try parts.add(layout.metrics, at: place, arithmetic) }
      self = parts.metrics
    case .resized(let layout, let lower, let extent):
      self = layout.metrics
      (self.lower, upper) = (lower, try arithmetic.sum(lower, extent))
      isDense = isDense && lower == first && upper == end
    case .part(_, _, let lowered): self = lowered.metrics
    case .borrowed(let metrics): self = metrics
    }
  }

  /// Copies, a distance apart.
  private func repeated(
    _ count: Int, _ distance: Int, _ arithmetic: LayoutArithmetic
  ) throws(MPIError) -> LayoutMetrics {
    var result = self
    result.elementCount = try arithmetic.product(elementCount, count)
    result.byteCount = try arithmetic.product(byteCount, count)
    let last = try arithmetic.product(distance, max(count - 1, 0))
    if count == 0 {
      (result.lower, result.upper, result.first, result.end) = (0, 0, 0, 0)
    } else {
      result.lower = try arithmetic.sum(lower, min(last, 0))
      result.upper = try arithmetic.sum(upper, max(last, 0))
      if byteCount > 0 {
        result.first = try arithmetic.sum(first, min(last, 0))
        result.end = try arithmetic.sum(end, max(last, 0))
      }
    }
    result.isDense = isDense && (count == 1 || distance == extent) && count > 0
    return result
  }
}

/// The bounds of several layouts together.
private struct LayoutUnion {
  var metrics = LayoutMetrics()
  private var isEmpty = true

  mutating func add(_ part: LayoutMetrics, at place: Int, _ arithmetic: LayoutArithmetic) throws(MPIError) {
    metrics.takesWholeElements = metrics.takesWholeElements || part.takesWholeElements
    metrics.isPortable = metrics.isPortable && part.isPortable
    // What has no bytes has no place either.
    guard part.byteCount > 0 else { return }
    metrics.elementCount = try arithmetic.sum(metrics.elementCount, part.elementCount)
    metrics.byteCount = try arithmetic.sum(metrics.byteCount, part.byteCount)
    let lower = try arithmetic.sum(part.lower, place)
    let upper = try arithmetic.sum(part.upper, place)
    let first = try arithmetic.sum(part.first, place)
    let end = try arithmetic.sum(part.end, place)
    metrics.lower = isEmpty ? lower : min(metrics.lower, lower)
    metrics.upper = isEmpty ? upper : max(metrics.upper, upper)
    metrics.first = isEmpty ? first : min(metrics.first, first)
    metrics.end = isEmpty ? end : max(metrics.end, end)
    metrics.isDense = isEmpty && part.isDense
    metrics.type = isEmpty || metrics.type?.datatype == part.type?.datatype ? part.type : nil
    isEmpty = false
  }
}

/// Arithmetic on distances, which throws if memory ends.
struct LayoutArithmetic {
  private let operation: StaticString

  init(_ operation: StaticString) { self.operation = operation }

  func product(_ left: Int, _ right: Int) throws(MPIError) -> Int {
    let (result, overflow) = left.multipliedReportingOverflow(by: right)
    if overflow { throw failure }
    return result
  }

  func sum(_ left: Int, _ right: Int) throws(MPIError) -> Int {
    let (result, overflow) = left.addingReportingOverflow(right)
    if overflow { throw failure }
    return result
  }

  private var failure: MPIError {
    MPIError(.count, "the layout has more bytes than a memory can have", operation: "\(operation)")
  }
}
