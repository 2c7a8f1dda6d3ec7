// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// What a checkpoint consists of: parts, each with a name. The same names, in the same order, on every rank.
///
/// ```swift
/// var parts: CheckpointParts = ["step": .value(step), "cells": .spread(cells)]
/// for (index, field) in fields.enumerated() { parts["field \(index)"] = .spread(field) }
/// try world.save(parts, to: "heat.checkpoint")
/// ```
public struct CheckpointParts: ExpressibleByDictionaryLiteral {
  var entries: [(name: String, part: CheckpointPart)] = []

  /// No parts.
  public init() {}

  /// The parts of a dictionary literal.
  ///
  /// - Parameter elements: the names and the parts. If two have one name, saving throws
  ///   ``CheckpointError/Kind-swift.enum/argument``.
  public init(dictionaryLiteral elements: (String, CheckpointPart)...) {
    entries = elements.map { ($0.0, $0.1) }
  }

  /// The part of a name; nil if there is none. A part that is set replaces the one of its name, or comes last.
  ///
  /// - Parameter name: the name of the part.
  public subscript(name: String) -> CheckpointPart? {
    get { entries.first { $0.name == name }?.part }
    set {
      let index = entries.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let part?): entries[index].part = part
      case (let index?, nil): entries.remove(at: index)
      case (nil, let part?): entries.append((name, part))
      case (nil, nil): break
      }
    }
  }

  /// The names of the parts, in their order.
  public var names: [String] { entries.map(\.name) }
}

/// One part of a checkpoint: a value, an array of each rank, or an array that is spread over the ranks.
///
/// A part holds the array and does not copy it. Making one costs next to nothing; values are encoded when the checkpoint
/// is saved.
public struct CheckpointPart {
  let kind: PartKind
  let layout: String
  let stride: Int
  /// This rank's place in the whole, if it was given.
  let box: [Range<Int>]?
  /// What is wrong with it whatever it holds.
  let problem: (kind: CheckpointError.Kind, text: String)?
  /// Makes this rank's block ready.
  let prepare: (Communicator) throws -> any BlockContent

  /// A value of rank 0, such as the number of the step or the parameters of a run. Restoring gives it to every rank.
  ///
  /// The value of rank 0 alone is encoded and saved; those of the other ranks are not looked at.
  ///
  /// - Parameter value: the value; used on rank 0.
  /// - Returns: the part.
  public static func value<Value: Codable>(_ value: Value) -> CheckpointPart {
    CheckpointPart(
      kind: .value, layout: TypeNames.name(of: Value.self), stride: 1, box: nil, problem: nil,
      prepare: { EncodedValue(bytes: $0.isRoot ? try ObjectCoder.encode(value) : []) })
  }

  /// A value that each rank has of its own, such as its generator of random numbers. It is restored on the same number of
  /// ranks.
  ///
  /// - Parameter value: this rank's value.
  /// - Returns: the part.
  public static func own<Value: Codable>(object value: Value) -> CheckpointPart {
    CheckpointPart(
      kind: .ownValue, layout: TypeNames.name(of: Value.self), stride: 1, box: nil, problem: nil,
      prepare: { _ in EncodedValue(bytes: try ObjectCoder.encode(value)) })
  }

  /// An array that each rank has of its own, of any length. It is restored on the same number of ranks.
  ///
  /// - Parameter buffer: this rank's elements: an array, a slice, or the elements that a layout selects, at most 2³⁰
  ///   bytes of those.
  /// - Returns: the part.
  public static func own<Buffer: OutgoingBuffer>(_ buffer: Buffer) -> CheckpointPart
  where Buffer.Element: BitwiseCopyable {
    part(.own, buffer, box: nil)
  }

  /// An array that is spread over the ranks by blocks: in rank order, each rank's block after that of the rank before. It
  /// is restored on any number of ranks.
  ///
  /// The blocks have any lengths, and some may be empty. Ghost cells belong to another rank's block: leave them out,
  /// `.spread(cells[1...count])`.
  ///
  /// - Parameter buffer: this rank's block: an array, a slice, or the elements that a layout selects, at most 2³⁰ bytes of
  ///   those.
  /// - Returns: the part.
  public static func spread<Buffer: OutgoingBuffer>(_ buffer: Buffer) -> CheckpointPart
  where Buffer.Element: BitwiseCopyable {
    part(.spread, buffer, box: nil)
  }

  /// An array of several dimensions that is spread over the ranks by blocks. It is restored on any number of ranks, by
  /// other blocks if the program wants.
  ///
  /// ```swift
  /// let tile = [firstRow..<endRow, firstColumn..<endColumn]
  /// try world.save(["plate": .spread(cells, ranges: tile)], to: "plate.checkpoint")
  /// ```
  ///
  /// The blocks of all ranks fill a box, and no two have an index in common; this is checked when the checkpoint is
  /// saved. With ghost cells, select the others by a layout: `.spread(cells[layout: inner], ranges: tile)`.
  ///
  /// - Parameters:
  ///   - buffer: this rank's block, in the order of the indices, the last of which varies fastest.
  ///   - ranges: the range of the block's indices in each dimension, from 0 on. It has as many elements as the buffer.
  /// - Returns: the part.
  public static func spread<Buffer: OutgoingBuffer>(_ buffer: Buffer, ranges: [Range<Int>]) -> CheckpointPart
  where Buffer.Element: BitwiseCopyable {
    part(.spread, buffer, box: ranges)
  }

  private static func part<Buffer: OutgoingBuffer>(
    _ kind: PartKind, _ buffer: Buffer, box: [Range<Int>]?
  ) -> CheckpointPart where Buffer.Element: BitwiseCopyable {
    typealias Element = Buffer.Element
    var problem: (CheckpointError.Kind, String)?
    if holdsAddress(Element.self) {
      problem = (.otherType, "\(Element.self) holds an address, which means nothing to another process")
    } else if let box, box.isEmpty || box.contains(where: { $0.lowerBound < 0 }) {
      problem = (.argument, "the box \(box) is not one: it needs a range from 0 on for each dimension")
    }
    return CheckpointPart(
      kind: kind, layout: TypeLayout.of(Element.self), stride: MemoryLayout<Element>.stride, box: box, problem: problem,
      prepare: { _ in BufferContent(buffer: buffer) })
  }
}

/// This rank's block of a part.
protocol BlockContent {
  /// Calls `body` with the bytes of the block, which are valid until it returns.
  func withBytes<Result>(on ranks: Communicator, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result
}

private struct EncodedValue: BlockContent {
  var bytes: [UInt8]

  func withBytes<Result>(on _: Communicator, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try bytes.withUnsafeBytes(body)
  }
}

private struct BufferContent<Buffer: OutgoingBuffer>: BlockContent where Buffer.Element: BitwiseCopyable {
  var buffer: Buffer

  func withBytes<Result>(on ranks: Communicator, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try ranks.withBytes(of: buffer, "save", body)
  }
}

/// Types by name.
enum TypeNames {
  static func name<Value>(of _: Value.Type) -> String { "\(Value.self)" }
}
