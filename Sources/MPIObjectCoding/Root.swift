// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What is known about messages of one type, and holds for the next one.
///
/// The same keys come in message after message, in the same order. So the encoder writes a table that it has in bytes,
/// and the decoder reads one again only if it differs from the last one.
final class ObjectRoot {
  /// The name and fingerprint of the type.
  let name: ObjectTypeName

  /// The keys of this message and former ones.
  let keys = ObjectKeyTable()

  /// The table of the last message, as it stands in it: the name of the type and the keys.
  @exclusivity(unchecked) private var table: [UInt8] = []

  /// The number of keys in the table.
  @exclusivity(unchecked) private(set) var keyCount = 0

  /// More keys than this are not kept for the next message: such a type most likely makes new ones for each.
  private static let keyLimit = 128

  /// What is known before the first message.
  init<T>(_ type: T.Type) {
    name = ObjectTypeName.of(type)
  }

  /// Prepares for a message that is to be written: forgets the keys if there are too many.
  @inline(__always)
  func begin() {
    if keys.names.count > Self.keyLimit { replace(with: [], table: []) }
    keys.restart()
  }

  /// Appends the table to a message that is otherwise complete.
  @inline(__always)
  func appendTable(to writer: ObjectWriter) {
    if table.isEmpty || keys.names.count != keyCount { makeTable() }
    table.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      writer.reserve(bytes.count)
      writer.putBytes(start, bytes.count)
    }
  }

  /// Makes the table of the keys that there are.
  @inline(never)
  private func makeTable() {
    let writer = ObjectWriter()
    writer.appendString(name.text)
    for key in keys.names { writer.appendString(key) }
    table = writer.result()
    keyCount = keys.names.count
  }

  /// Makes the keys those of the table at the end of a message.
  @inline(__always)
  func takeTable(at start: Int, of reader: ObjectReader) throws(ObjectCorruption) {
    let found = UnsafeRawBufferPointer(start: reader.base + start, count: reader.count &- start)
    let isKnown = table.withUnsafeBytes { $0.count == found.count && equal($0, found) }
    // Those that were looked for without result are in the table of no message.
    if !isKnown || keys.names.count &- keyCount > Self.keyLimit {
      try readTable(at: start, of: reader, found)
    }
    keys.restart()
  }

  /// Reads a table that differs from the last one.
  @inline(never)
  private func readTable(
    at start: Int, of reader: ObjectReader, _ table: UnsafeRawBufferPointer
  ) throws(ObjectCorruption) {
    var names: [String] = []
    var offset = start
    while offset < reader.count {
      let slot = try reader.slot(at: offset, before: reader.count)
      guard slot.tag == .string else { throw ObjectCorruption(text: "A key in the message is not a string.") }
      names.append(try reader.string(slot.start, slot.length))
      offset = slot.end
    }
    guard !names.isEmpty else { throw ObjectCorruption(text: "The message does not name the type of its object.") }
    names.removeFirst()
    replace(with: names, table: Array(table))
  }

  /// Replaces the keys and the table.
  private func replace(with names: [String], table: [UInt8]) {
    keys.replace(with: names)
    keyCount = names.count
    self.table = table
  }
}

/// Whether the bytes are the same.
@inline(__always)
private func equal(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
  var offset = 0
  while offset &+ 8 <= a.count {
    guard
      a.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        == b.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    else { return false }
    offset &+= 8
  }
  while offset < a.count {
    guard a[offset] == b[offset] else { return false }
    offset &+= 1
  }
  return true
}
