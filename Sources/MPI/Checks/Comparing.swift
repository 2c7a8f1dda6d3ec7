// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase

// How the ranks find out that they are about to call different things. Each describes its call; one all-reduce on a
// communicator that nothing else uses merges the descriptions, and every rank learns of up to four that differ.

/// What some of the ranks are about to call.
private struct Description: BitwiseCopyable {
  /// Equal if the calls agree: a hash of all that must.
  var key: UInt64 = 0
  /// The lowest rank that calls it.
  var rank: Int32 = 0
  /// How many ranks do.
  var count: Int32 = 0
  /// In words, with the place in the program; as much as there is room for.
  var words: InlineArray<240, UInt8> = .init(repeating: 0)

  init() {}

  init(key: UInt64, rank: Int, words text: String) {
    self.key = key
    self.rank = Int32(rank)
    self.count = 1
    for (index, byte) in text.utf8.prefix(words.count).enumerated() { words[index] = byte }
  }

  var text: String {
    String(decoding: words.indices.map { words[$0] }.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// The calls of all ranks, merged: those that differ, by the lowest rank that makes them.
private struct Merged: BitwiseCopyable {
  var calls: InlineArray<4, Description> = .init(repeating: Description())

  static func merge(_ left: Merged, _ right: Merged) -> Merged {
    var result = left
    for index in right.calls.indices where right.calls[index].count > 0 {
      let call = right.calls[index]
      // A fifth kind of call is not reported.
      let slot = result.calls.indices.first { result.calls[$0].key == call.key || result.calls[$0].count == 0 }
      guard let slot else { continue }
      if result.calls[slot].count == 0 {
        result.calls[slot] = call
      } else {
        let isLower = call.rank < result.calls[slot].rank
        let count = result.calls[slot].count + call.count
        if isLower { result.calls[slot] = call }
        result.calls[slot].count = count
      }
    }
    return result
  }

  /// The calls in the order of their lowest ranks.
  var different: [Description] {
    calls.indices.map { calls[$0] }.filter { $0.count > 0 }.sorted { $0.rank < $1.rank }
  }
}

/// A comparison of what the ranks call, in flight.
@usableFromInline
final class Comparing {
  /// The memory and the request, which may have to outlive the comparison.
  private final class Exchange: Abandoned {
    let own = UnsafeMutablePointer<Merged>.allocate(capacity: 1)
    let merged = UnsafeMutablePointer<Merged>.allocate(capacity: 1)
    var handle = CMPI_REQUEST_NULL
    var isFinished = false

    deinit {
      own.deallocate()
      merged.deallocate()
    }

    func isOver() -> Bool {
      var flag: CInt = 0
      return MPI_Test(&handle, &flag, CMPI_STATUS_IGNORE) != 0 || flag != 0
    }
  }

  private static let operation = ReduceOperation<Merged>.custom { Merged.merge($0, $1) }

  private let communicator: Communicator
  private let name: String
  private let exchange = Exchange()
  /// What is thrown once it is finished, by every wait and test.
  private var failure: MPIError?

  init(_ communicator: Communicator, shadow: MPI_Comm, _ name: String, key: UInt64, words: String) throws(MPIError) {
    self.communicator = communicator
    self.name = name
    var own = Merged()
    own.calls[0] = Description(key: key, rank: communicator.rank, words: words)
    exchange.own.initialize(to: own)
    let code = Self.operation.reduce(1) { _, count, type, operation in
      MPI_Iallreduce(exchange.own, exchange.merged, count, type, operation, shadow, &exchange.handle)
    }
    if code != 0 {
      exchange.isFinished = true
      throw MPIError(code: code, operation: "checked mode")
    }
  }

  deinit {
    if !exchange.isFinished { Runtime.release(.underWay(exchange)) }
  }

  /// Waits until the ranks have compared, and throws if they do not agree.
  func finish() throws(MPIError) {
    if !exchange.isFinished {
      exchange.isFinished = true
      let code = MPI_Wait(&exchange.handle, CMPI_STATUS_IGNORE)
      failure = code == 0 ? mismatch() : MPIError(code: code, operation: "checked mode")
    }
    if let failure { throw failure }
  }

  /// Looks whether the ranks have compared by now, and throws if they do not agree.
  func advance() throws(MPIError) {
    if !exchange.isFinished {
      guard exchange.isOver() else { return }
      exchange.isFinished = true
      failure = mismatch()
    }
    if let failure { throw failure }
  }

  /// The error if the ranks do not agree.
  private func mismatch() -> MPIError? {
    let calls = exchange.merged.pointee.different
    guard calls.count > 1 else { return nil }
    // The call that most ranks make is reported last, as what the others do.
    let most = calls.max { ($0.count, $1.rank) < ($1.count, $0.rank) }!
    let odd = calls.filter { $0.key != most.key }.map { call in
      call.count == 1
        ? "rank \(call.rank) is in \(call.text)" : "\(call.count) ranks (rank \(call.rank) first) are in \(call.text)"
    }
    let rest = most.count == 1 ? "rank \(most.rank) is in \(most.text)" : "the others are in \(most.text)"
    return MPIError(
      .mismatch, odd.joined(separator: ", ") + ", " + rest + ": all ranks must make the same call", operation: name,
      communicator: communicator.name, rank: communicator.rank)
  }
}

extension Communicator {
  /// Compares what the ranks are about to call, and notes that this one is in the call.
  ///
  /// - Throws: ``ErrorClass/mismatch`` on every rank if they differ.
  func compare<Element>(
    _ operation: StaticString, _: Element.Type, _ count: Int?, _ root: Int?, _ site: CallSite?, mode: StaticString = ""
  ) throws(MPIError) {
    let words = words("\(mode)\(operation)", Element.self, count, root)
    CallRecord.begin(Call(operation: words, site: site, communicator: self))
    do {
      try beginComparing(operation, Element.self, count, root, site, mode: mode)?.finish()
    } catch {
      CallRecord.end()
      throw error
    }
  }

  /// Begins to compare what the ranks are about to call; nil if there is no other rank to compare with.
  @usableFromInline @inline(never)
  func beginComparing<Element>(
    _ operation: StaticString, _: Element.Type, _ count: Int?, _ root: Int?, _ site: CallSite?, mode: StaticString
  ) throws(MPIError) -> Comparing? {
    try refuseIfOccupied(operation)
    guard isChecked, let shadow = try shadow() else { return nil }
    // Types are compared by what travels, for ranks may take an Int for an Int64.
    let stride = Element.self == Never.self ? 0 : MemoryLayout<Element>.stride
    let kind = predefinedKind(Element.self)
    let enclosing = CallRecord.enclosing
    let numbers = "\(stride)/\(count.map { "\($0)" } ?? "")/\(root.map { "\($0)" } ?? "")"
    let key = StableHash("\(enclosing?.operation ?? "")/\(mode)\(operation)/\(kind)/\(numbers)").value
    let place = site.map { " at \($0)" } ?? ""
    return try Comparing(
      self, shadow: shadow, "\(operation)", key: key,
      words: enclosing?.words ?? words("\(mode)\(operation)", Element.self, count, root) + place)
  }

  /// A call in words: `broadcast(of: Double, count: 3, root: 1)`.
  private func words<Element>(
    _ operation: String, _: Element.Type, _ count: Int?, _ root: Int?
  ) -> String {
    var arguments: [String] = []
    if Element.self != Never.self { arguments.append("of: \(Element.self)") }
    if let count { arguments.append("count: \(count)") }
    if let root { arguments.append("root: \(root)") }
    return arguments.isEmpty ? operation : "\(operation)(\(arguments.joined(separator: ", ")))"
  }

  /// Distinguishes number types of the same length; all else is bytes.
  private func predefinedKind<Element>(_: Element.Type) -> String {
    guard predefinedType(Element.self) != nil else { return "" }
    if Element.self == Int.self { return "Int\(Int.bitWidth)" }
    if Element.self == UInt.self { return "UInt\(UInt.bitWidth)" }
    return "\(Element.self)"
  }
}
