// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

@_spi(Reflection) import Swift

/// How the values of a trivially copyable type lie in memory, as a text by which two programs can compare it.
package enum TypeLayout {
  /// The layout of a type: of a struct or a tuple its fields with their offsets, in braces; of another type its name.
  ///
  /// The name of a struct of the program's is not part of it. The standard library's reflection finds the fields; if it
  /// does not, the text is the type's name.
  package static func of(_ type: Any.Type) -> String {
    let name = ObjectTypeName.removingAddresses(_typeName(type, qualified: true))
    // Types of the standard library stay as they are, and so do simd vectors of it.
    if name.hasPrefix("Swift.") { return String(name.dropFirst("Swift.".count)) }
    var fields: [String] = []
    #if os(Linux)
      var isKnown = true
      let isComplete = _forEachField(of: type) { label, offset, field, kind in
        if kind == .opaque { isKnown = false }
        fields.append("\(String(cString: label)): \(of(field)) @\(offset)")
        return isKnown
      }
      if !isKnown || !isComplete { fields = [] }
    #endif
    let size = size(of: type)
    return fields.isEmpty ? "\(name) of \(size) bytes" : "{\(fields.joined(separator: ", "))} of \(size) bytes"
  }

  private static func size(of type: Any.Type) -> Int {
    func open<T>(_: T.Type) -> Int { MemoryLayout<T>.size }
    return _openExistential(type, do: open)
  }
}
