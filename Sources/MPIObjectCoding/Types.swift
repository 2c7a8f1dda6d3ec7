// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase
import Synchronization

/// How the values of a type are coded.
enum ObjectShape: Sendable {
  /// A number or truth value.
  case scalar(ObjectTag)
  /// A string.
  case string
  /// A trivially copyable value, whose bytes are copied, and the fingerprint of its type.
  case packed(UInt64)
  /// Any other value.
  case other

  /// The shape of `type`.
  static func of<T>(_ type: T.Type) -> ObjectShape {
    let identifier = ObjectIdentifier(type)
    if let known = known.withLock({ $0[identifier] }) { return known }
    let shape = determine(type)
    known.withLock { $0[identifier] = shape }
    return shape
  }

  /// The shapes determined so far.
  private static let known = Mutex<[ObjectIdentifier: ObjectShape]>([:])

  /// Determines the shape of `type`.
  private static func determine<T>(_ type: T.Type) -> ObjectShape {
    if let scalar = type as? any ObjectScalar.Type { return .scalar(scalar.tag) }
    if type == String.self { return .string }
    // A type that holds an address, or may, has an `encode(to:)` that knows better, and so it is left to that. Without
    // bytes there is nothing to copy, and a type such as Never has no values that could be made of them.
    if MemoryLayout<T>.size > 0, _isPOD(type), Addresses.inValues(of: type) == .none {
      return .packed(ObjectTypeName.of(type).fingerprint)
    }
    return .other
  }
}

/// The description in a message of the type of its value.
struct ObjectTypeName: Sendable {
  /// The name of the type.
  let text: String

  /// A number that distinguishes types.
  let fingerprint: UInt64

  /// The name and fingerprint of `type`.
  static func of<T>(_ type: T.Type) -> ObjectTypeName {
    let identifier = ObjectIdentifier(type)
    if let known = known.withLock({ $0[identifier] }) { return known }
    let text = removingAddresses(_typeName(type, qualified: true))
    // Bytes that are kept in a file may be read by a program in which a struct of that name has other fields.
    let layout = "\(MemoryLayout<T>.size) \(MemoryLayout<T>.alignment) \(_isPOD(type) ? TypeLayout.of(type) : "")"
    let name = ObjectTypeName(text: text, fingerprint: StableHash("\(text) \(layout)").value)
    known.withLock { $0[identifier] = name }
    return name
  }

  /// The names made so far.
  private static let known = Mutex<[ObjectIdentifier: ObjectTypeName]>([:])

  /// The name without the addresses in it.
  ///
  /// The runtime calls the context of a private or local type “unknown context at” an address, which is another one in
  /// each process. (The mangled name has the address, too.)
  static func removingAddresses(_ name: String) -> String {
    var result = ""
    var rest = Substring(name)
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...].drop { $0.isHexDigit }
    }
    return result + rest
  }
}

/// A small cache of what is known about types. Types that collide displace each other.
struct ObjectTypeCache<Plan> {
  /// A type, and what is known about it.
  private struct Entry {
    /// The type.
    let type: ObjectIdentifier
    /// What is known about it.
    let plan: Plan
  }

  /// The entries, each at the place that its type's address gives.
  private var entries: [Entry?] = Array(repeating: nil, count: 64)

  /// What is known about `type`, from the cache or from `make`.
  @inline(__always)
  mutating func plan<T>(for type: T.Type, make: () -> Plan) -> Plan {
    let identifier = ObjectIdentifier(type)
    let bits = UInt(bitPattern: identifier)
    let place = Int((bits ^ (bits &>> 5)) &>> 3 & 63)
    if let entry = entries[place], entry.type == identifier { return entry.plan }
    let plan = make()
    entries[place] = Entry(type: identifier, plan: plan)
    return plan
  }
}
