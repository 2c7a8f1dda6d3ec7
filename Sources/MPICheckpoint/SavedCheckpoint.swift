// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// A checkpoint that was found, to restore parts from.
///
/// ```swift
/// if let saved = try world.restore(from: "heat.checkpoint") {
///   step = try saved.value("step")
///   cells = try saved.spread("cells")
/// }
/// ```
///
/// Restoring a part is collective: every rank restores the same parts, in any order, and parts may be left out. Each byte
/// is verified by its checksum before the program gets it. An error is thrown on every rank, the same on all.
///
/// The file is open as long as this exists. A checkpoint that is saved meanwhile does not change what it has.
public final class SavedCheckpoint {
  /// The name of the part that a value has which is saved alone.
  static let nameOfOnly = "value"

  private let ranks: Communicator
  private let file: StoredFile
  private let directory: Directory

  init(_ file: StoredFile, _ directory: Directory, on ranks: Communicator) {
    self.file = file
    self.directory = directory
    self.ranks = ranks
  }

  /// The path of the file.
  public var path: String { file.path }

  /// The number of ranks that saved it.
  public var rankCount: Int { directory.rankCount }

  /// The names of the parts, in the order in which they were saved.
  public var names: [String] { directory.parts.map(\.name) }

  /// The number of elements in each dimension of an array that is spread over the ranks. No message.
  ///
  /// - Parameter name: the name of the part.
  /// - Returns: one number for blocks that follow one another, one for each dimension of a box.
  /// - Throws: ``CheckpointError/Kind-swift.enum/noSuchPart``.
  public func shape(of name: String) throws -> [Int] {
    try whole(of: find(name, .spread)).extents
  }

  /// Restores a value of rank 0, on every rank.
  ///
  /// Rank 0 reads it. Two broadcasts and an all-reduce.
  ///
  /// - Parameters:
  ///   - name: the name of the part.
  ///   - type: the type that was saved.
  /// - Returns: the value.
  /// - Throws: ``CheckpointError`` on every rank: ``CheckpointError/Kind-swift.enum/noSuchPart``,
  ///   ``CheckpointError/Kind-swift.enum/coding`` if the bytes are not those of this type,
  ///   ``CheckpointError/Kind-swift.enum/damaged``, ``CheckpointError/Kind-swift.enum/io``.
  public func value<Value: Codable>(
    _ name: String, as type: Value.Type = Value.self, file: StaticString = #fileID, line: Int = #line
  ) throws -> Value {
    try ranks.collectiveCall("value", file, line) {
      let bytes = try ranks.onRoot(path: path) { try encodedValue(find(name, .value), of: 0) }
      return try ranks.agreeing(path: path) { try decode(type, bytes, name) }
    }
  }

  /// Restores a value that each rank has of its own, on the same number of ranks.
  ///
  /// One all-reduce.
  ///
  /// - Parameters:
  ///   - name: the name of the part.
  ///   - type: the type that was saved.
  /// - Returns: this rank's value.
  /// - Throws: ``CheckpointError`` on every rank: ``CheckpointError/Kind-swift.enum/otherRankCount``, and as
  ///   ``value(_:as:file:line:)``.
  public func own<Value: Codable>(
    object name: String, as type: Value.Type = Value.self, file: StaticString = #fileID, line: Int = #line
  ) throws -> Value {
    try ranks.collectiveCall("own(object:)", file, line) {
      try ranks.agreeing(path: path) {
        let part = try find(name, .ownValue)
        try checkRankCount(part)
        return try decode(type, encodedValue(part, of: ranks.rank), name)
      }
    }
  }

  /// Restores an array that each rank has of its own, on the same number of ranks.
  ///
  /// One all-reduce.
  ///
  /// - Parameters:
  ///   - name: the name of the part.
  ///   - type: the type of the elements.
  /// - Returns: this rank's array.
  /// - Throws: ``CheckpointError`` on every rank: ``CheckpointError/Kind-swift.enum/otherRankCount``,
  ///   ``CheckpointError/Kind-swift.enum/otherType``, and as ``value(_:as:file:line:)``.
  public func own<Element: BitwiseCopyable>(
    _ name: String, as type: Element.Type = Element.self, file: StaticString = #fileID, line: Int = #line
  ) throws -> [Element] {
    try ranks.collectiveCall("own", file, line) {
      try ranks.agreeing(path: path) {
        let part = try find(name, .own)
        try check(type, part)
        try checkRankCount(part)
        return try array(directory.parts[part].counts[ranks.rank]) {
          try self.file.read(part, of: ranks.rank, directory, to: $0)
        }
      }
    }
  }

  /// Restores this rank's block of an array that is spread over the ranks.
  ///
  /// On as many ranks as saved it, each gets the block that it had. On another number the array is divided as by
  /// `world.block(of: count)`. What a rank reads beyond its block is at most two chunks of 512 KiB of each block that it
  /// reads from. One all-reduce.
  ///
  /// - Parameters:
  ///   - name: the name of the part.
  ///   - type: the type of the elements.
  /// - Returns: this rank's elements.
  /// - Throws: ``CheckpointError`` on every rank: ``CheckpointError/Kind-swift.enum/otherType``,
  ///   ``CheckpointError/Kind-swift.enum/otherRankCount`` for an array of several dimensions on another number of ranks,
  ///   which is restored by ``spread(_:as:ranges:file:line:)``; and as ``value(_:as:file:line:)``.
  public func spread<Element: BitwiseCopyable>(
    _ name: String, as type: Element.Type = Element.self, file: StaticString = #fileID, line: Int = #line
  ) throws -> [Element] {
    try spread(name, type, file, line) { part, whole in
      if directory.rankCount == ranks.size { return directory.parts[part].boxes[ranks.rank] }
      guard whole.dimensions == 1 else {
        throw failure(
          .otherRankCount,
          "it has \(whole.dimensions) dimensions and was saved by \(rankCount) ranks, and now there are \(ranks.size): say "
            + "which block each rank gets, spread(_:as:ranges:)", part)
      }
      return Box([ranks.block(of: whole.upper[0])])
    }
  }

  /// Restores elements of an array that is spread over the ranks: those that this rank asks for.
  ///
  /// ```swift
  /// let mine = world.block(of: try saved.shape(of: "cells")[0])
  /// cells = try saved.spread("cells", range: mine)
  /// ```
  ///
  /// The ranges of the ranks may overlap, so that ghost cells come along, and need not cover the array. One all-reduce.
  ///
  /// - Parameters:
  ///   - name: the name of the part.
  ///   - type: the type of the elements.
  ///   - range: the indices in the whole array; empty on a rank that needs none.
  /// - Returns: the elements of the range.
  /// - Throws: ``CheckpointError`` on every rank: ``CheckpointError/Kind-swift.enum/argument`` for a range that does not
  ///   lie within the array, and as ``spread(_:as:file:line:)``.
  public func spread<Element: BitwiseCopyable>(
    _ name: String, as type: Element.Type = Element.self, range: Range<Int>, file: StaticString = #fileID,
    line: Int = #line
  ) throws -> [Element] {
    try spread(name, as: type, ranges: [range], file: file, line: line)
  }

  /// Restores elements of an array of several dimensions that is spread over the ranks: the box that this rank asks for.
  ///
  /// The boxes of the ranks may overlap, and need not be those that were saved. One all-reduce.
  ///
  /// - Parameters:
  ///   - name: the name of the part.
  ///   - type: the type of the elements.
  ///   - ranges: the range of the indices in each dimension; empty on a rank that needs none.
  /// - Returns: the elements of the box, in the order of the indices, the last of which varies fastest.
  /// - Throws: ``CheckpointError`` on every rank: ``CheckpointError/Kind-swift.enum/argument`` for a box of another number
  ///   of dimensions, or one that does not lie within the array; and as ``spread(_:as:file:line:)``.
  public func spread<Element: BitwiseCopyable>(
    _ name: String, as type: Element.Type = Element.self, ranges: [Range<Int>], file: StaticString = #fileID,
    line: Int = #line
  ) throws -> [Element] {
    try spread(name, type, file, line) { part, whole in
      guard ranges.count == whole.dimensions else {
        throw failure(
          .argument, "it has \(whole.dimensions) dimensions, and rank \(ranks.rank) gives \(ranges.count) ranges", part)
      }
      // A range from below zero on is compared here, before anything is computed with it.
      guard
        ranges.contains(where: \.isEmpty)
          || zip(ranges, whole.ranges).allSatisfy({ $1.lowerBound <= $0.lowerBound && $0.upperBound <= $1.upperBound })
      else {
        throw failure(
          .argument, "rank \(ranks.rank) asks for \(ranges), which does not lie within the array, \(whole)", part)
      }
      return Box(ranges)
    }
  }

  private func spread<Element: BitwiseCopyable>(
    _ name: String, _ type: Element.Type, _ file: StaticString, _ line: Int, _ choose: (Int, Box) throws -> Box
  ) throws -> [Element] {
    try ranks.collectiveCall("spread", file, line) {
      try ranks.agreeing(path: path) {
        let part = try find(name, .spread)
        try check(type, part)
        let box = try choose(part, whole(of: part))
        let count = box.count ?? 0
        return try array(count) { memory in
          let found = try self.file.read(box, of: part, directory, to: memory)
          guard found == count else { throw failure(.damaged, "the blocks do not fill the array", part) }
        }
      }
    }
  }

  // MARK: Parts

  private func find(_ name: String, _ kind: PartKind) throws -> Int {
    guard let index = directory.parts.firstIndex(where: { $0.name == name }) else {
      let names = names.map { "'\($0)'" }.joined(separator: ", ")
      throw CheckpointError(
        .noSuchPart, "there is no such part: the parts are \(names.isEmpty ? "none" : names)", path: path, part: name)
    }
    let found = directory.parts[index].kind
    guard found == kind else {
      throw failure(.noSuchPart, "it is \(found.words), and the program asks for \(kind.words)", index)
    }
    return index
  }

  private func whole(of part: Int) -> Box { directory.parts[part].whole ?? Box([]) }

  private func check<Element>(_: Element.Type, _ part: Int) throws {
    let (stored, asked) = (directory.parts[part], TypeLayout.of(Element.self))
    guard stored.layout == asked, stored.stride == MemoryLayout<Element>.stride else {
      throw failure(.otherType, "its elements are \(stored.layout), and the program asks for \(asked)", part)
    }
  }

  private func checkRankCount(_ part: Int) throws {
    guard directory.rankCount == ranks.size else {
      throw failure(
        .otherRankCount,
        "it belongs to each of the \(directory.rankCount) ranks that saved it, and now there are \(ranks.size): run the "
          + "program on \(directory.rankCount) ranks", part)
    }
  }

  private func encodedValue(_ part: Int, of rank: Int) throws -> [UInt8] {
    try array(directory.parts[part].counts[rank]) { try file.read(part, of: rank, directory, to: $0) }
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], _ name: String) throws -> Value {
    do {
      return try ObjectCoder.decode(type, from: bytes)
    } catch {
      let stored = directory.parts.first { $0.name == name }?.layout ?? "another type"
      throw CheckpointError(
        .coding, "a \(stored) was saved, and can't be decoded as a \(Value.self): \(words(of: error))", path: path,
        part: name, rank: ranks.rank)
    }
  }

  private func words(of error: any Error) -> String {
    guard case .dataCorrupted(let context) = error as? DecodingError else { return "\(error)" }
    return context.debugDescription
  }

  private func array<Element: BitwiseCopyable>(
    _ count: Int, _ fill: (UnsafeMutableRawPointer) throws -> Void
  ) throws -> [Element] {
    try [Element](unsafeUninitializedCapacity: count) { memory, initialized in
      if let start = memory.baseAddress, count > 0 { try fill(UnsafeMutableRawPointer(start)) }
      initialized = count
    }
  }

  private func failure(_ kind: CheckpointError.Kind, _ text: String, _ part: Int) -> CheckpointError {
    CheckpointError(kind, text, path: path, part: directory.parts[part].name, rank: ranks.rank)
  }
}
