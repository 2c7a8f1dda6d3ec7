// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Which elements of a memory take part in a message: a column of a matrix, a block, every third, one field of each
/// struct.
///
/// ```swift
/// // A matrix of 100 × 40, row by row. Its column 7 goes out without being copied, and arrives as a plain array.
/// let column = try Layout<Double>.vector(count: 100, stride: 40, start: 7)
/// try world.send(matrix[layout: column], to: 1)
/// let values: [Double] = try world.receive(from: 0)
/// ```
///
/// A layout has places relative to the start of the memory that it is used with, in elements. It does not know that
/// memory, and can be used with any that is long enough. Before MPI is called, its bounds are compared with the
/// memory's.
///
/// What travels are the elements that it names, in the order in which it names them. The other end may have another
/// layout, or none: only the number of elements must agree.
///
/// It can be made before MPI runs. MPI's datatype is made at the first use, once, and given back with the last copy of
/// the layout. Making one costs some microseconds, so keep those that are used often.
///
/// <doc:Layouts> shows what they are for.
///
/// C: `MPI_Datatype`, `MPI_Type_commit`, `MPI_Type_free`. MPI-3.1, chapter 4.
public struct Layout<Element: BitwiseCopyable>: Sendable {
  @usableFromInline let node: LayoutNode

  init(_ node: LayoutNode) { self.node = node }

  init(_ shape: LayoutNode.Shape, _ operation: StaticString) throws(MPIError) {
    node = try LayoutNode(shape, operation)
  }

  /// The number of elements selected. One of which only some fields are selected counts as one.
  public var elementCount: Int { node.metrics.elementCount }

  /// The number of bytes sent.
  ///
  /// C: `MPI_Type_size`, `MPI_Type_size_x`. MPI-3.1, section 4.1.5.
  public var byteCount: Int { node.metrics.byteCount }

  /// Whether no element takes part.
  public var isEmpty: Bool { node.metrics.byteCount == 0 }

  /// The elements that it touches, from the first that takes part to the last. A memory must have them all.
  ///
  /// C: `MPI_Type_get_true_extent`, `MPI_Type_get_true_extent_x`. MPI-3.1, section 4.1.8.
  public var bounds: Range<Int> {
    let stride = MemoryLayout<Element>.stride
    if isEmpty { return 0..<0 }
    return floor(node.metrics.first, stride)..<floor(node.metrics.end - 1, stride) + 1
  }

  /// The distance in elements from one copy of the layout to the next, where several are put one after another.
  ///
  /// It is the distance from the first element to the last, unless ``resized(extent:lowerBound:)`` changes it.
  ///
  /// C: `MPI_Type_get_extent`, `MPI_Type_get_extent_x`. MPI-3.1, section 4.1.7.
  public var extent: Int { node.metrics.extent / MemoryLayout<Element>.stride }

  /// The element from which ``extent`` is counted.
  ///
  /// C: `MPI_Type_get_extent`, `MPI_Type_get_extent_x`. MPI-3.1, section 4.1.7.
  public var lowerBound: Int { floor(node.metrics.lower, MemoryLayout<Element>.stride) }

  /// Whether an element takes part twice, as far as that is known: nothing can be received into such a layout.
  ///
  /// Regular layouts are judged by their strides, others block by block up to 65,536 blocks. A borrowed datatype is not
  /// looked into.
  public var overlaps: Bool { node.overlaps }

  private func floor(_ value: Int, _ divisor: Int) -> Int {
    value >= 0 ? value / divisor : (value - divisor + 1) / divisor
  }
}

// MARK: C libraries

extension Layout {
  /// A datatype made elsewhere, for example by a C library that uses MPI. It is not freed, and must outlive this.
  ///
  /// It is committed, if it was not. One that is as long as an element is used with a memory of one element; for more,
  /// give their number: ``contiguous(_:of:)``.
  ///
  /// C: `MPI_Type_size_x`, `MPI_Type_get_extent_x`, `MPI_Type_get_true_extent_x`. MPI-3.1, section 4.1.
  ///
  /// - Parameter handle: a datatype of `Element`s, or of anything as a `Layout<UInt8>`.
  /// - Throws: ``ErrorClass/type`` if its extent is no multiple of the element's.
  public init(borrowing handle: MPI_Datatype) throws(MPIError) {
    let metrics = try Self.metrics(of: handle, operation: "Layout.init(borrowing:)")
    node = LayoutNode(handle, isOurs: false, metrics: metrics, isOfOneByDefault: Self.isOfOne(metrics))
  }

  /// A copy of a datatype that was made elsewhere, and may be freed there.
  ///
  /// C: `MPI_Type_dup`. MPI-3.1, section 4.1.10.
  ///
  /// - Parameter handle: a datatype of `Element`s, or of anything as a `Layout<UInt8>`.
  /// - Throws: ``ErrorClass/type`` if its extent is no multiple of the element's.
  public init(copying handle: MPI_Datatype) throws(MPIError) {
    let metrics = try Self.metrics(of: handle, operation: "Layout.init(copying:)")
    var copy = CMPI_DATATYPE_NULL
    try check(MPI_Type_dup(handle, &copy), "Layout.init(copying:)")
    node = LayoutNode(unwrapped(copy), isOurs: true, metrics: metrics, isOfOneByDefault: Self.isOfOne(metrics))
  }

  /// MPI's datatype for the layout, committed, for C libraries. It is valid as long as the layout or a copy of it
  /// lives.
  ///
  /// C: `MPI_Type_commit`. MPI-3.1, section 4.1.9.
  public var rawValue: MPI_Datatype {
    get throws(MPIError) { try node.datatype("Layout.rawValue") }
  }

  /// The datatype's name, for debuggers and tools. All copies of the layout have it. A longer one than MPI takes is
  /// cut.
  ///
  /// C: `MPI_Type_get_name`, `MPI_Type_set_name`. MPI-3.1, section 6.8.
  public var name: String {
    get {
      node.made.withLock { made in
        if let name = made.name { return name }
        guard let handle = made.handle else { return "" }
        return cString(capacity: Int(CMPI_MAX_OBJECT_NAME)) { MPI_Type_get_name(handle, $0, $1) } ?? ""
      }
    }
    nonmutating set {
      var short = newValue
      while short.utf8.count >= Int(CMPI_MAX_OBJECT_NAME) { short.removeLast() }
      let name = short
      node.made.withLock { made in
        made.name = name
        if let owner = made.owner { _ = MPI_Type_set_name(owner.handle, name) }
      }
    }
  }

  /// Whether a datatype is that of one element. In C a count beside it is their number.
  private static func isOfOne(_ metrics: LayoutMetrics) -> Bool {
    let stride = MemoryLayout<Element>.stride
    return metrics.lower == 0 && metrics.upper == stride && metrics.first >= 0 && metrics.end <= stride
  }

  private static func metrics(of handle: MPI_Datatype, operation: StaticString) throws(MPIError) -> LayoutMetrics {
    guard handle != CMPI_DATATYPE_NULL else {
      throw MPIError(.type, "the handle is MPI_DATATYPE_NULL", operation: "\(operation)")
    }
    var (size, lower, extent, first, length): (MPI_Count, MPI_Count, MPI_Count, MPI_Count, MPI_Count) = (0, 0, 0, 0, 0)
    try check(MPI_Type_size_x(handle, &size), operation)
    try check(MPI_Type_get_extent_x(handle, &lower, &extent), operation)
    try check(MPI_Type_get_true_extent_x(handle, &first, &length), operation)
    let stride = MPI_Count(MemoryLayout<Element>.stride)
    guard lower % stride == 0 && extent % stride == 0 else {
      throw MPIError(
        .type,
        """
        the datatype's extent of \(extent) bytes from \(lower) is no multiple of \(Element.self)'s, \(stride): \
        take it as a Layout<UInt8>
        """, operation: "\(operation)")
    }
    var metrics = LayoutMetrics()
    metrics.byteCount = Int(size)
    metrics.elementCount = Int((size + stride - 1) / stride)
    (metrics.lower, metrics.upper) = (Int(lower), Int(lower + extent))
    if size > 0 { (metrics.first, metrics.end) = (Int(first), Int(first + length)) }
    metrics.takesWholeElements = true
    metrics.isPortable = false
    return metrics
  }
}
