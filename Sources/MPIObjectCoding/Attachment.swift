// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What memory belongs to in which an array may be that is never moved out of it.
package protocol ObjectArrayPlace: AnyObject {
  /// The elements that lie in the memory, as an array that is there as well.
  ///
  /// - Parameter start: where they are, in this object's memory.
  /// - Returns: nil if they must be copied.
  func array<Element>(of type: Element.Type, at start: UnsafeRawPointer, count: Int) -> [Element]?
}

/// A long array of an object, which travels beside the object's message: from where it lies, and to where it stays.
///
/// The receiver makes the array before the object is decoded. So the number of its element type comes ahead of it,
/// and the receiver knows the types of numbers, and those of which it has sent or decoded such an array. Of any other
/// type it takes the bytes, and they are copied when the object is decoded.
package struct ObjectAttachment: @unchecked Sendable {
  /// An array whose elements are what their bytes are, or what the memory belongs to in which they lie.
  private let owner: Any
  /// The owner, if arrays can stay in its memory.
  private var place: (any ObjectArrayPlace)?

  /// The number of the element type.
  package let elementType: UInt64

  /// The number of bytes.
  package let byteCount: Int

  /// The first byte, which stays where it is as long as this value lives.
  package let start: UnsafeRawPointer

  /// An array of an object whose elements are what their bytes are.
  init<Element>(_ array: [Element]) {
    self.init(array, elementType: ObjectTypeName.of(Element.self).fingerprint)
    Self.learn(Element.self, elementType)
  }

  /// An array that was received, of elements of the type or of bytes.
  package init<Element>(_ array: [Element], elementType: UInt64) {
    owner = array
    self.elementType = elementType
    byteCount = array.count * MemoryLayout<Element>.stride
    start = array.withUnsafeBytes { $0.baseAddress } ?? UnsafeRawPointer(bitPattern: MemoryLayout<Element>.alignment)!
  }

  /// An array that lies in memory which belongs to something else, and stays there as long as that.
  ///
  /// - Parameters:
  ///   - start: aligned for every type of elements.
  ///   - owner: what the memory belongs to.
  package init(lying start: UnsafeRawPointer, _ byteCount: Int, in owner: some AnyObject, elementType: UInt64) {
    (self.owner, self.start, self.byteCount, self.elementType) = (owner, start, byteCount, elementType)
    place = owner as? any ObjectArrayPlace
  }

  /// The array itself, if its elements are of this type, and it was not received as bytes, nor lies where it can't stay.
  func elements<Element>(of type: Element.Type) -> [Element]? {
    if Swift.type(of: owner) == [Element].self { return (owner as! [Element]) }
    let fingerprint = ObjectTypeName.of(type).fingerprint
    Self.learn(type, fingerprint)
    guard let place, fingerprint == elementType, byteCount % MemoryLayout<Element>.stride == 0 else { return nil }
    return place.array(of: type, at: start, count: byteCount / MemoryLayout<Element>.stride)
  }

  /// What the memory belongs to in which it lies, if that is of this type.
  package func owner<Owner: AnyObject>(as type: Owner.Type) -> Owner? {
    // Asked first: with Foundation, a cast of an array to a class makes an object of each element.
    Swift.type(of: owner) == Owner.self ? (owner as! Owner) : nil
  }

  // MARK: The types of elements

  private static let types = Mutex<[UInt64: Any.Type]>(
    Dictionary(
      uniqueKeysWithValues: [
        known(Bool.self), known(Int.self), known(Int8.self), known(Int16.self), known(Int32.self), known(Int64.self),
        known(Int128.self), known(UInt.self), known(UInt8.self), known(UInt16.self), known(UInt32.self),
        known(UInt64.self), known(UInt128.self), known(Float.self), known(Double.self),
      ]))

  private static func known<Element>(_ type: Element.Type) -> (UInt64, Any.Type) {
    (ObjectTypeName.of(type).fingerprint, [Element].self)
  }

  private static func learn<Element>(_: Element.Type, _ fingerprint: UInt64) {
    types.withLock { $0[fingerprint] = [Element].self }
  }

  /// The type of the array for elements of a type: `[UInt8]` for one that this process does not know.
  package static func arrayType(_ elementType: UInt64) -> Any.Type {
    types.withLock { $0[elementType] } ?? [UInt8].self
  }
}
