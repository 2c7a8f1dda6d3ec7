// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The bytes of an encoded object, as ``ObjectCoder`` writes them.
///
/// A message consists of a header, a body, and a table. The body is one *slot*. A slot is eight bytes — a tag in the
/// top byte, the payload's length in the other seven — and the payload. What the payload is depends on the tag:
///
/// - scalars and strings: their bytes;
/// - ``ObjectTag/packed``: the bytes of a trivially copyable value, their checksum, and the fingerprint of its type;
/// - ``ObjectTag/keyed``: entries, each a four-byte key number and a slot;
/// - ``ObjectTag/unkeyed``: the number of elements, and a slot for each;
/// - ``ObjectTag/sequence``: the number of elements, the tag they share, and either their bytes one after another or,
///   for the tag ``ObjectTag/slots``, a slot for each; packed bytes are followed by a checksum and a fingerprint here,
///   too. Or, for the tag ``ObjectTag/attached``, the tag they share, and the number of the attachment that has the
///   bytes;
/// - ``ObjectTag/dictionary``: a slot with the sequence of keys, and another with that of the values;
/// - ``ObjectTag/optional``: the slot of a value that is present, and is itself `nil` or an ``ObjectTag/optional``;
/// - ``ObjectTag/single``: the same for a value that a single-value container wrote.
///
/// A value that a single-value container holds, and one inside an optional, is otherwise written as if it stood there
/// alone. The table names the type of the encoded value and the keys. All numbers are in native byte order.
enum ObjectFormat {
  /// What a message starts with: eight characters, the last of which is the version of the format.
  static let magic: UInt64 = 0x4D50_4973_776F_6201

  /// The size of the header: magic, offset of the table, length of the message, fingerprint of the type.
  static let headerSize = 32

  /// The size of the word in front of a slot's payload.
  static let slotSize = 8

  /// The size of a key's number.
  static let keySize = 4

  /// The size of the number of elements and their tag, with which a sequence starts.
  static let sequenceSize = 9

  /// The size of the tag and the number of an attachment, in the place of the bytes that it has.
  static let attachmentSize = 9

  /// The size of the checksum and the fingerprint of the type behind packed bytes.
  static let trailerSize = 16

  /// What stands for the fingerprint of the type behind the bytes of an array of `Bool`.
  static let boolFingerprint: UInt64 = 1

  /// How many values may be nested in one another.
  ///
  /// The limit turns a cyclic object graph, and a corrupted message, into an error before a stack of 8 MB overflows. A
  /// level takes up to 4.5 kB of it in a debug build, and 2 kB in a release build.
  static let maximumDepth = 1_500

  /// The word that precedes a payload.
  @inline(__always)
  static func slotWord(_ tag: ObjectTag, _ length: Int) -> UInt64 {
    UInt64(tag.rawValue) &<< 56 | UInt64(truncatingIfNeeded: length)
  }
}

/// What a slot holds.
enum ObjectTag: UInt8 {
  /// No value.
  case null
  /// A `Bool`.
  case bool
  /// An `Int`.
  case int
  /// An `Int8`.
  case int8
  /// An `Int16`.
  case int16
  /// An `Int32`.
  case int32
  /// An `Int64`.
  case int64
  /// An `Int128`.
  case int128
  /// A `UInt`.
  case uint
  /// A `UInt8`.
  case uint8
  /// A `UInt16`.
  case uint16
  /// A `UInt32`.
  case uint32
  /// A `UInt64`.
  case uint64
  /// A `UInt128`.
  case uint128
  /// A `Float`.
  case float
  /// A `Double`.
  case double
  /// The UTF-8 of a `String`.
  case string
  /// The bytes of a trivially copyable value, and their checksum.
  case packed
  /// A present optional whose value would read as `nil`.
  case optional
  /// A single-value container whose value would read as `nil`.
  case single
  /// A value that encoded nothing.
  case empty
  /// A keyed container.
  case keyed
  /// An unkeyed container.
  case unkeyed
  /// The elements of an array or a set.
  case sequence
  /// The keys and values of a dictionary.
  case dictionary
  /// In a sequence: each element has its own slot.
  case slots
  /// In a sequence: the elements are not in the message.
  case attached
  /// Never in a message: an element of a packed sequence whose checksum has been verified.
  case verified

  /// What an error message calls such a value.
  var text: String {
    switch self {
    case .null: "nil"
    case .bool: "Bool"
    case .int: "Int"
    case .int8: "Int8"
    case .int16: "Int16"
    case .int32: "Int32"
    case .int64: "Int64"
    case .int128: "Int128"
    case .uint: "UInt"
    case .uint8: "UInt8"
    case .uint16: "UInt16"
    case .uint32: "UInt32"
    case .uint64: "UInt64"
    case .uint128: "UInt128"
    case .float: "Float"
    case .double: "Double"
    case .string: "String"
    case .packed, .verified: "the bytes of a trivially copyable value"
    case .optional, .single: "an optional value"
    case .empty: "a value without content"
    case .keyed: "a keyed container"
    case .unkeyed: "an unkeyed container"
    case .sequence, .slots, .attached: "a sequence of elements"
    case .dictionary: "a dictionary"
    }
  }

  /// The size of a scalar whose every bit pattern is valid, or `nil`.
  var scalarSize: Int? {
    switch self {
    case .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float: 4
    case .int, .uint: MemoryLayout<Int>.size
    case .int64, .uint64, .double: 8
    case .int128, .uint128: 16
    default: nil
    }
  }
}

/// A number or truth value that has a tag of its own.
protocol ObjectScalar: BitwiseCopyable, Codable {
  /// The tag of its slot.
  static var tag: ObjectTag { get }
}

extension Bool: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .bool }
}

extension Int: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .int }
}

extension Int8: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .int8 }
}

extension Int16: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .int16 }
}

extension Int32: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .int32 }
}

extension Int64: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .int64 }
}

extension Int128: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .int128 }
}

extension UInt: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .uint }
}

extension UInt8: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .uint8 }
}

extension UInt16: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .uint16 }
}

extension UInt32: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .uint32 }
}

extension UInt64: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .uint64 }
}

extension UInt128: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .uint128 }
}

extension Float: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .float }
}

extension Double: ObjectScalar {
  /// The tag of its slot.
  static var tag: ObjectTag { .double }
}
