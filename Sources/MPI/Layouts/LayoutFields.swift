// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Layout {
  /// Some fields of each of a number of structs that lie side by side.
  ///
  /// ```swift
  /// struct Particle {
  ///   var position: SIMD3<Double>
  ///   var charge: Float
  ///   var mass: Double
  /// }
  /// try world.send(particles[layout: .fields(\.mass, count: particles.count)], to: 1)
  /// let masses: [Double] = try world.receive(from: 0)       // at rank 1
  /// ```
  ///
  /// The fields travel struct by struct, in the order given, each as its own type does: a `Double` as a double. What
  /// lies between them is neither read nor written, so a field that is received leaves the others as they were. A field
  /// travels without the padding at its end, for other fields may lie there.
  ///
  /// C: `MPI_Type_create_struct`. MPI-3.1, section 4.1.2.
  ///
  /// - Parameters:
  ///   - fields: key paths of stored properties, or of stored properties of those.
  ///   - count: how many structs. Without it the layout is of one struct, for other shapes to be made of; used with a
  ///     memory of several structs, it throws ``ErrorClass/count``, because most of them would be left out.
  /// - Throws: ``ErrorClass/argument`` for a key path of no stored property; in a debug build ``ErrorClass/type`` for a
  ///   field that holds an address; ``ErrorClass/count`` for a count below 0.
  public static func fields<each Field: BitwiseCopyable>(
    _ fields: repeat KeyPath<Element, each Field>, count: Int? = nil
  ) throws(MPIError) -> Layout {
    let operation: StaticString = "Layout.fields"
    try refuseNegative(count ?? 1, "count", operation)
    var found: [LayoutField] = []
    var failure: MPIError? = nil
    for field in repeat each fields {
      do { found.append(try stored(field, operation)) } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
    let stride = MemoryLayout<Element>.stride
    // As long as the struct, so that the next one begins where it does.
    let one = try LayoutNode(
      .resized(LayoutNode(.fields(found.filter { $0.type.stride > 0 }), operation), lower: 0, extent: stride),
      isOfOneByDefault: count == nil, operation)
    guard let count, count != 1 else { return Layout(one) }
    return try Layout(.repeated(one, count: count, distance: stride), operation)
  }

  private static func stored<Field: BitwiseCopyable>(
    _ field: KeyPath<Element, Field>, _ operation: StaticString
  ) throws(MPIError) -> LayoutField {
    guard let offset = MemoryLayout<Element>.offset(of: field) else {
      throw MPIError(
        .argument,
        "\(field) is no stored property of \(Element.self), or one that is observed: it has no place in memory",
        operation: "\(operation)")
    }
    var isRefused = false
    assert(
      {
        isRefused = predefinedType(Field.self) == nil && holdsAddress(Field.self)
        return true
      }())
    if isRefused {
      throw MPIError(
        .type, "\(field), of type \(Field.self), holds an address, which means nothing on another rank",
        operation: "\(operation)")
    }
    return LayoutField(offset: offset, type: ElementType(field: Field.self))
  }
}

extension ElementType {
  /// A type as a field: without the padding at its end.
  init<Field>(field _: Field.Type) {
    stride = MemoryLayout<Field>.size
    if let predefined = predefinedType(Field.self) {
      datatype = predefined
      units = 1
    } else {
      datatype = CMPI_BYTE
      units = MemoryLayout<Field>.size
    }
  }
}
