// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIObjectCoding

/// The error that a loop throws on every rank if its closure throws on any, or if an item can't be encoded or decoded.
///
/// All ranks have put their work down, and the communicator can be used as before.
///
/// ```swift
/// do {
///   try world.forEach(0..<rows) { row in try check(row) }
/// } catch let failure as LoopFailure {
///   print(failure)  // index 17 of a loop, on rank 2 (node04): no such file
///   if let error = failure.error(as: CheckError.self) { … }
/// }
/// ```
public struct LoopFailure: Error, Sendable, Hashable {
  /// The index for which the closure threw, or whose item could not be encoded or decoded: the lowest, if several
  /// failed before all ranks had stopped.
  public let index: Int
  /// The item in words, if the loop is over items and the words are few; else nil.
  public let item: String?
  /// The rank on which it threw.
  public let rank: Int
  /// The name of that rank's host.
  public let host: String
  /// The error in words.
  public let message: String
  let payload: [UInt8]?

  /// The error itself, if it is of this type and `Codable`; else nil.
  ///
  /// - Parameter type: the error's type.
  public func error<Failure: Error & Decodable>(as type: Failure.Type) -> Failure? {
    payload.flatMap { try? ObjectCoder.decode(type, from: $0) }
  }

  init(_ error: any Error, index: Int, item: String?, rank: Int) {
    self.index = index
    self.item = item
    self.rank = rank
    host = MPIEnvironment.processorName
    message = "\(error)"
    payload = (error as? any Encodable).flatMap { Self.encoded($0) }
  }

  /// The failure of an index for which the closure was not called.
  init(message: String, index: Int, item: String?, rank: Int) {
    (self.index, self.item, self.rank, self.message) = (index, item, rank, message)
    host = MPIEnvironment.processorName
    payload = nil
  }

  private static func encoded<Value: Encodable>(_ value: Value) -> [UInt8]? { try? ObjectCoder.encode(value) }
}

extension LoopFailure: Codable {}

extension LoopFailure: CustomStringConvertible {
  /// Index and item, rank, host, and the error in words.
  public var description: String {
    "index \(index)\(item.map { " (\($0))" } ?? "") of a loop, on rank \(rank) (\(host)): \(message)"
  }
}

/// An item that could not be encoded or decoded, as it travels in place of the items, and is thrown within a loop.
struct LoopItemFailure: Error, Codable {
  var failure: LoopFailure
}

/// A value in words for a message: nil if it takes more than a few, or more than a line.
func inFewWords(_ value: some Any) -> String? {
  let most = 60
  // A large array would take long to put in words, and they would be dropped.
  guard !isLarge(value) else { return nil }
  let words = value is String ? String(reflecting: value) : "\(value)"
  return words.isEmpty || words.count > most || words.contains(where: \.isNewline) ? nil : words
}

/// Whether a value is a collection, or text, that has more elements than a message has room for; or has one within.
private func isLarge(_ value: some Any, depth: Int = 0) -> Bool {
  switch value {
  case let text as String: text.utf8.count > 200
  case let elements as any Collection: elements.count > 20
  default: depth < 3 && Mirror(reflecting: value).children.contains { isLarge($0.value, depth: depth + 1) }
  }
}
