@_spi(Reflection) import Swift

/// Whether values of a type hold addresses, which mean nothing in another process.
///
/// An address is in a pointer, an unmanaged or `unowned(unsafe)` reference, a metatype, a C function, a static string.
enum Addresses {
  case none
  case some
  /// The type can't be looked into: an enumeration with payloads that are large enough for an address, or a C union.
  case unknown

  /// What is known of a trivially copyable type, by a look at its stored properties and theirs.
  static func inValues(of type: Any.Type) -> Addresses {
    if size(of: type) < MemoryLayout<UnsafeRawPointer>.size { return .none }
    if let optional = type as? any ObjectOptional.Type { return inValues(of: optional.wrapped) }
    #if os(Linux)
      var found = Addresses.none
      var fields = 0
      let isKnown = _forEachField(of: type) { _, _, field, kind in
        fields += 1
        switch kind {
        case .struct, .tuple, .enum, .optional:
          let inside = inValues(of: field)
          if inside != .none { found = inside }
        case .opaque:
          if !isNumber(field) { found = .some }
        default: found = .some
        }
        return found != .some
      }
      return found == .none && (!isKnown || fields == 0) ? .unknown : found
    #else
      // The reflection that this takes is not available.
      return .unknown
    #endif
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
