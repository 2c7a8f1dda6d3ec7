// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

@_spi(Reflection) import Swift

/// Whether values of a type hold addresses, which mean nothing in another process.
///
/// An address is in a pointer, an unmanaged or `unowned(unsafe)` reference, a metatype, a C function, a static string.
package enum Addresses {
  case none
  case some
  /// The type can't be looked into: an enumeration with payloads that are large enough for an address, or a C union.
  case unknown

  /// Whether values of a trivially copyable type hold addresses, found from its stored properties and theirs.
  package static func inValues(of type: Any.Type) -> Addresses { isTrusted ? look(into: type) : .unknown }

  /// Whether the reflection that this takes finds what is there. It is the standard library's own, and on Linux alone.
  private static let isTrusted: Bool = {
    #if os(Linux)
      struct Numbers {
        var a = 1
        var b: (Float, SIMD4<Float>) = (2, .zero)
      }
      struct Pointers {
        var a = 1
        var b: UnsafeRawPointer? = nil
      }
      return look(into: Numbers.self) == .none && look(into: Pointers.self) == .some
    #else
      return false
    #endif
  }()

  private static func look(into type: Any.Type) -> Addresses {
    if size(of: type) < MemoryLayout<UnsafeRawPointer>.size { return .none }
    if let optional = type as? any ObjectOptional.Type { return look(into: optional.wrapped) }
    var found = Addresses.none
    #if os(Linux)
      var fields = 0
      let isKnown = _forEachField(of: type) { _, _, field, kind in
        fields += 1
        switch kind {
        case .struct, .tuple, .enum, .optional:
          let inside = look(into: field)
          if inside != .none { found = inside }
        case .opaque:
          if !isNumber(field) { found = .some }
        default: found = .some
        }
        return found != .some
      }
      if found == .none && (!isKnown || fields == 0) { found = .unknown }
    #endif
    return found
  }

  /// Whether a built-in type is a number or a vector of numbers.
  private static func isNumber(_ type: Any.Type) -> Bool {
    let name = _typeName(type)
    return ["Builtin.Int", "Builtin.FPIEEE", "Builtin.Vec"].contains { name.hasPrefix($0) }
  }

  private static func size(of type: Any.Type) -> Int {
    func open<T>(_: T.Type) -> Int { MemoryLayout<T>.size }
    return _openExistential(type, do: open)
  }
}
