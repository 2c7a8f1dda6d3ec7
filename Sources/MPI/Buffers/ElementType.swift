// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// How elements travel. Numbers and Bool go as MPI's own types, so that they can be reduced and a C program at the other
// end understands them. Everything else, structs of numbers above all, goes as bytes, as it lies in memory: that beats
// a derived datatype with holes by far, and needs no declaration.

/// The datatype that MPI has for an element type, or nil if it has none.
///
/// In specialized code the comparisons are constant, and nothing but the answer is left.
@inlinable @inline(__always)
func predefinedType<Element>(_: Element.Type) -> MPI_Datatype? {
  if Element.self == Double.self { return CMPI_DOUBLE }
  if Element.self == Float.self { return CMPI_FLOAT }
  if Element.self == Int.self { return MemoryLayout<Int>.size == 8 ? CMPI_INT64_T : CMPI_INT32_T }
  if Element.self == UInt8.self { return CMPI_UINT8_T }
  if Element.self == Int32.self { return CMPI_INT32_T }
  if Element.self == Int64.self { return CMPI_INT64_T }
  if Element.self == UInt.self { return MemoryLayout<UInt>.size == 8 ? CMPI_UINT64_T : CMPI_UINT32_T }
  if Element.self == UInt32.self { return CMPI_UINT32_T }
  if Element.self == UInt64.self { return CMPI_UINT64_T }
  if Element.self == Int16.self { return CMPI_INT16_T }
  if Element.self == UInt16.self { return CMPI_UINT16_T }
  if Element.self == Int8.self { return CMPI_INT8_T }
  if Element.self == Bool.self { return CMPI_C_BOOL }
  return nil
}

/// An element type if it is known at run time only: what MPI calls it, and how many of those make one element.
@usableFromInline
struct ElementType {
  /// A predefined datatype of MPI.
  @usableFromInline let datatype: MPI_Datatype
  /// How many of `datatype` one element is: 1, or its stride in bytes.
  @usableFromInline let units: Int
  /// The distance from one element to the next in bytes.
  @usableFromInline let stride: Int

  @inlinable @inline(__always)
  init<Element>(_: Element.Type) {
    stride = MemoryLayout<Element>.stride
    if let predefined = predefinedType(Element.self) {
      datatype = predefined
      units = 1
    } else {
      datatype = CMPI_BYTE
      units = MemoryLayout<Element>.stride
    }
  }

  /// Whether MPI's 32-bit counts and displacements are enough for so many elements.
  func fits(_ count: Int) -> Bool { count * units <= largestCount }
}

/// The handle in a variable that MPI has filled: a pointer that can't be null in one MPI, an integer in another.
@inlinable @inline(__always)
func unwrapped<Handle>(_ handle: Handle?) -> Handle { handle! }
