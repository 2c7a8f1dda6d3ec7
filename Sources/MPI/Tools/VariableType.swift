// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The type of the value of a variable of the MPI library.
public enum VariableType: Sendable, Hashable {
  /// ``VariableValue/integer(_:)``, or ``VariableValue/item(_:_:)`` if its numbers have names.
  case integer
  /// ``VariableValue/unsigned(_:)``.
  case unsigned
  /// ``VariableValue/double(_:)``.
  case double
  /// ``VariableValue/boolean(_:)``.
  case boolean
  /// ``VariableValue/string(_:)``.
  case string
}

/// How the elements of a variable lie in memory.
struct VariableFormat: Sendable, Hashable {
  let type: VariableType
  /// The size of an element in bytes.
  let width: Int

  /// Of the types that the standard allows, and of those that Open MPI has besides; nil for any other.
  init?(_ datatype: MPI_Datatype?) {
    let formats: [(MPI_Datatype, VariableType, Int)] = [
      (CMPI_INT, .integer, MemoryLayout<CInt>.size), (CMPI_UNSIGNED, .unsigned, MemoryLayout<CUnsignedInt>.size),
      (CMPI_UNSIGNED_LONG, .unsigned, MemoryLayout<CUnsignedLong>.size),
      (CMPI_UNSIGNED_LONG_LONG, .unsigned, MemoryLayout<CUnsignedLongLong>.size),
      (CMPI_COUNT, .integer, MemoryLayout<MPI_Count>.size), (CMPI_CHAR, .string, 1),
      (CMPI_DOUBLE, .double, MemoryLayout<Double>.size), (CMPI_C_BOOL, .boolean, MemoryLayout<CBool>.size),
      (CMPI_LONG, .integer, MemoryLayout<CLong>.size), (CMPI_INT32_T, .integer, 4), (CMPI_INT64_T, .integer, 8),
      (CMPI_UINT32_T, .unsigned, 4), (CMPI_UINT64_T, .unsigned, 8),
    ]
    guard let found = formats.first(where: { $0.0 == datatype }) else { return nil }
    (type, width) = (found.1, found.2)
  }

  /// The value that `read` fills memory with.
  ///
  /// - Parameters:
  ///   - count: how many elements the variable has; of a string, the most bytes.
  ///   - read: returns MPI's code.
  func value(
    count: Int, enumeration: VariableEnumeration?, _ operation: StaticString, _ name: String,
    _ read: (UnsafeMutableRawPointer) -> CInt
  ) throws(MPIError) -> VariableValue {
    // `Fault.lengthsOfStringsAreIgnored`: a string may be longer than MPI has reported.
    let room = type == .string ? max(count, 1 << 16) : max(count * width, 16)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: room + 1, alignment: 16)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    try checkTools(read(memory.baseAddress!), operation, name)
    if type == .string { return .string(String(decoding: memory.prefix { $0 != 0 }, as: UTF8.self)) }
    let values = (0..<count).map { named(element($0, of: memory), enumeration) }
    return values.count == 1 ? values[0] : .list(values)
  }

  private func element(_ index: Int, of memory: UnsafeMutableRawBufferPointer) -> VariableValue {
    let place = index * width
    switch type {
    case .integer:
      return .integer(
        width == 4
          ? Int(memory.load(fromByteOffset: place, as: Int32.self))
          : Int(memory.load(fromByteOffset: place, as: Int64.self)))
    case .unsigned:
      return .unsigned(
        width == 4
          ? UInt(memory.load(fromByteOffset: place, as: UInt32.self))
          : UInt(memory.load(fromByteOffset: place, as: UInt64.self)))
    case .double: return .double(memory.load(fromByteOffset: place, as: Double.self))
    case .boolean, .string: return .boolean(memory[place] != 0)
    }
  }

  /// As an item if the number has a name. Some have none: they are several items' bits at once.
  private func named(_ value: VariableValue, _ enumeration: VariableEnumeration?) -> VariableValue {
    guard type != .boolean, let number = value.integer,
      let item = enumeration?.items.first(where: { $0.value == number })
    else { return value }
    return .item(item.name, item.value)
  }

  /// The bytes of a value.
  ///
  /// - Parameter count: how many elements the variable has; of a string, the most bytes.
  /// - Throws: ``ErrorClass/argument`` if it is of another type or doesn't fit.
  func bytes(
    _ value: VariableValue, count: Int, enumeration: VariableEnumeration?, _ operation: StaticString, _ name: String
  ) throws(MPIError) -> [UInt8] {
    var bytes: [UInt8]? = nil
    if type == .string {
      if case .string(let text) = value, text.utf8.count < count, !text.utf8.contains(0) {
        // `Fault.lengthsOfStringsAreIgnored`: as many bytes as the variable has are copied.
        bytes = Array(text.utf8) + [UInt8](repeating: 0, count: count - text.utf8.count)
      }
    } else if value.elements.count == count {
      let parts = value.elements.compactMap { encoded($0, enumeration) }
      // `Fault.boolsAreReadAsInts`: there are more bytes than the value has.
      if parts.count == count { bytes = parts.flatMap { $0 } + [UInt8](repeating: 0, count: 8) }
    }
    guard let bytes else {
      throw MPIError(
        .argument, "\(name): \"\(value)\" is not what it holds, \(words(count: count, enumeration))",
        operation: "\(operation)")
    }
    return bytes
  }

  /// What a variable holds, for an error.
  private func words(count: Int, _ enumeration: VariableEnumeration?) -> String {
    if let enumeration, type != .boolean {
      return "one of " + enumeration.items.map { "\($0.name) (\($0.value))" }.joined(separator: ", ")
    }
    switch type {
    case .string: return "a string of at most \(count - 1) bytes"
    case .boolean where count == 1: return "true or false"
    case .double where count == 1: return "a floating-point number"
    case .unsigned where count == 1: return "a number of 0 to \(width == 4 ? UInt(UInt32.max) : UInt.max)"
    case .integer where count == 1:
      return "a number of \(width == 4 ? Int(Int32.min) : Int.min) to \(width == 4 ? Int(Int32.max) : Int.max)"
    default: return "\(count) values of the type \(type)"
    }
  }

  private func encoded(_ value: VariableValue, _ enumeration: VariableEnumeration?) -> [UInt8]? {
    switch type {
    case .integer, .unsigned:
      let number: Int?
      if case .string(let name) = value {
        number = enumeration?.items.first { $0.name == name }?.value
      } else {
        number = value.integer
      }
      if case .unsigned(let large) = value, type == .unsigned, width == 8 { return Self.bytes(of: UInt64(large)) }
      guard let number else { return nil }
      switch (type, width) {
      case (.integer, 4): return Int32(exactly: number).map { Self.bytes(of: $0) }
      case (.integer, _): return Self.bytes(of: Int64(number))
      case (_, 4): return UInt32(exactly: number).map { Self.bytes(of: $0) }
      default: return UInt64(exactly: number).map { Self.bytes(of: $0) }
      }
    case .double: return value.double.map { Self.bytes(of: $0) }
    case .boolean: return value.boolean.map { [$0 ? 1 : 0] }
    case .string: return nil
    }
  }

  private static func bytes<Number>(of number: Number) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
  }
}
