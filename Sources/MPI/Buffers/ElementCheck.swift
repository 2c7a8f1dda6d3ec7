// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Elements are any `BitwiseCopyable` type. That takes in pointers, which mean nothing on another rank. No constraint
// says "but no pointers" and still takes SIMD vectors and undeclared structs; an overload for pointers that the
// compiler warns of makes it name that one when it refuses a struct with a String. So they are found here, in a debug
// build, by a look at the type.

import MPIObjectCoding

extension Communicator {
  /// In a debug build, throws for an element type that holds a pointer. In a release build, nothing.
  @inlinable @inline(__always)
  func checkElement<Element>(_: Element.Type, _ operation: StaticString) throws(MPIError) {
    // What an assertion asserts is not evaluated in a release build.
    var isRefused = false
    assert(
      {
        isRefused = predefinedType(Element.self) == nil && holdsAddress(Element.self)
        return true
      }())
    if isRefused { throw pointerFailure(Element.self, operation) }
  }

  /// The same, for a library above this one that sends elements as bytes.
  package func refuseAddresses<Element>(in _: Element.Type, _ operation: StaticString) throws(MPIError) {
    try checkElement(Element.self, operation)
  }

  /// The same of a type that is known at run time only.
  func checkElement(of type: Any.Type, _ operation: StaticString) throws(MPIError) {
    var isRefused = false
    assert(
      {
        isRefused = holdsAddress(type)
        return true
      }())
    if isRefused { throw pointerFailure(type, operation) }
  }

  @usableFromInline @inline(never)
  func pointerFailure(_ type: Any.Type, _ operation: StaticString) -> MPIError {
    failure(
      .type, operation,
      """
      \(type) holds an address, which means nothing on another rank: send what it points to, as a Span or an Array
      """)
  }
}

/// Whether values of a type are known to hold addresses.
@usableFromInline @inline(never)
package func holdsAddress(_ type: Any.Type) -> Bool { Addresses.inValues(of: type) == .some }
