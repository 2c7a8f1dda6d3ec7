// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The schedule by which the indices of a loop are distributed over ranks.
///
/// The result is the same with each; only the time differs.
public enum LoopSchedule: Sendable, Hashable {
  /// Each rank computes one block of indices, as even as can be. No message but for the results.
  case `static`
  /// Rank 0 hands out this number of indices at a time, 1 or more. With 1, indices are handed out one by one.
  case dynamic(chunk: Int)
  /// Rank 0 hands out ever smaller parts of what is left: half of each thread's share of it.
  case guided
  /// Each rank begins with a block of its own, and a rank that has nothing left takes half of what another one has.
  ///
  /// Nothing has to be guessed: all sizes come from measured times. If no rank has to wait, no message is sent.
  case adaptive

  /// Whether rank 0 hands out chunks.
  package var handsOut: Bool {
    switch self {
    case .dynamic, .guided: true
    case .static, .adaptive: false
    }
  }
}

extension LoopSchedule: CustomStringConvertible {
  /// Its name.
  public var description: String {
    switch self {
    case .static: "static"
    case .dynamic(let chunk): "dynamic(chunk: \(chunk))"
    case .guided: "guided"
    case .adaptive: "adaptive"
    }
  }
}

/// The blocks of indices that ranks begin with: in proportion to their compute threads.
package struct StaticShares: Sendable {
  package let count: Int
  /// The threads of all ranks before each one, and of all.
  private let before: [Int]

  package init(count: Int, threads: [Int]) {
    self.count = count
    var sum = 0
    before =
      threads.map { threads in
        defer { sum += threads }
        return sum
      } + [threads.reduce(0, +)]
  }

  /// The block of a rank.
  package subscript(rank: Int) -> Range<Int> { start(rank)..<start(rank + 1) }

  private func start(_ rank: Int) -> Int {
    let product = count.multipliedFullWidth(by: before[rank])
    return before[before.count - 1].dividingFullWidth(product).quotient
  }
}
