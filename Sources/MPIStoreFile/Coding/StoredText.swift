// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension StoredCoder {
  /// A stored value as JSON: fields in the order of their names; what JSON has no number for as a text, and the memory
  /// of a value that is not `Codable` in hexadecimal digits.
  ///
  /// - Throws: `DecodingError` if the bytes are not those of a value.
  package static func json(of bytes: [UInt8]) throws -> String {
    var place = StoredReader.Place(bytes, 0)
    var text = ""
    try writeJSON(&place, to: &text)
    return text
  }

  /// The fields of a stored value of several, each as JSON; nil if it is one value without names.
  package static func fields(of bytes: [UInt8]) throws -> [(name: String, json: String)]? {
    var place = StoredReader.Place(bytes, 0)
    guard try place.tag() == .keyed else { return nil }
    _ = try place.length()
    let count = try place.number()
    var fields: [(name: String, json: String)] = []
    for _ in 0..<count {
      let name = try place.text()
      var json = ""
      try writeJSON(&place, to: &json)
      fields.append((name, json))
    }
    return fields
  }

  /// A text as JSON.
  package static func json(text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\n": json += "\\n"
      case "\r": json += "\\r"
      case "\t": json += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }

  /// A number as JSON, or as a text if JSON has none for it.
  package static func json(number: Double) -> String {
    number.isFinite ? "\(number)" : "\"\(number)\""
  }

  private static func writeJSON(_ place: inout StoredReader.Place, to text: inout String, depth: Int = 0) throws {
    guard depth <= StoredFormat.maximumDepth else { throw StoredReader.damaged("nested too deep") }
    switch try place.tag() {
    case .none: text += "null"
    case .no: text += "false"
    case .yes: text += "true"
    case .int: text += "\(try place.signed())"
    case .uint: text += "\(try place.number())"
    case .float:
      let value = Float(bitPattern: try place.fixed(UInt32.self))
      text += value.isFinite ? "\(value)" : "\"\(value)\""
    case .double: text += json(number: Double(bitPattern: try place.fixed(UInt64.self)))
    case .wide:
      let low = try place.fixed(UInt64.self)
      text += "\(Int128(truncatingIfNeeded: UInt128(try place.fixed(UInt64.self)) << 64 | UInt128(low)))"
    case .string: text += json(text: try place.text())
    case .keyed:
      _ = try place.length()
      let count = try place.number()
      text += "{"
      for field in 0..<count {
        if field > 0 { text += "," }
        text += json(text: try place.text()) + ":"
        try writeJSON(&place, to: &text, depth: depth + 1)
      }
      text += "}"
    case .unkeyed:
      _ = try place.length()
      let count = try place.number()
      text += "["
      for element in 0..<count {
        if element > 0 { text += "," }
        try writeJSON(&place, to: &text, depth: depth + 1)
      }
      text += "]"
    case .array:
      let (element, count, range) = try place.array()
      text += "["
      for index in 0..<count {
        if index > 0 { text += "," }
        switch element {
        case .int8: text += "\(try place.fixed(Int8.self))"
        case .uint8: text += "\(try place.fixed(UInt8.self))"
        case .int16: text += "\(try place.fixed(Int16.self))"
        case .uint16: text += "\(try place.fixed(UInt16.self))"
        case .int32: text += "\(try place.fixed(Int32.self))"
        case .uint32: text += "\(try place.fixed(UInt32.self))"
        case .int64: text += "\(try place.fixed(Int64.self))"
        case .uint64: text += "\(try place.fixed(UInt64.self))"
        case .float:
          let value = Float(bitPattern: try place.fixed(UInt32.self))
          text += value.isFinite ? "\(value)" : "\"\(value)\""
        case .double: text += json(number: Double(bitPattern: try place.fixed(UInt64.self)))
        }
      }
      place.at = range.upperBound
      text += "]"
    case .memory:
      _ = try place.fixed(UInt64.self)
      let length = try place.length()
      text += "\""
      for byte in place.bytes[place.at..<place.at + length] {
        text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      }
      place.at += length
      text += "\""
    }
  }
}
