// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The most that a call may cost beyond C's.
public struct Limits: Equatable, Sendable {
  public struct Limit: Equatable, Sendable {
    public var operation: String
    public var mode: String
    public var form: String
    public var instructions: Double
    public var allocations: Double
  }

  public struct Mistake: Error, CustomStringConvertible {
    public var description: String
  }

  public var limits: [Limit]

  /// Reads a table: a line for each form of a call, its five columns set apart by `|`. What follows a `#` is a comment.
  public init(_ text: String) throws(Mistake) {
    limits = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = line.prefix { $0 != "#" }
      let columns = content.split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      if columns == [""] { continue }
      guard columns.count == 5, let instructions = Double(columns[3]), let allocations = Double(columns[4]) else {
        throw Mistake(
          description: "line \(number + 1): this isn't 'operation | mode | form | instructions | allocations': \(line)")
      }
      limits.append(
        Limit(
          operation: columns[0], mode: columns[1], form: columns[2], instructions: instructions,
          allocations: allocations))
    }
  }

  /// What is wrong, a line each: a count above its limit, a form without a limit, a limit for what was not counted.
  public func complaints(about costs: [CallCost]) -> [String] {
    var complaints: [String] = []
    for cost in costs {
      let name = "\(cost.operation) (\(cost.mode), \(cost.form))"
      guard let limit = limits.first(where: { $0.isFor(cost) }) else {
        complaints.append("\(name) has no limit")
        continue
      }
      if cost.instructions > limit.instructions + slack(cost, limit) {
        complaints.append(
          "\(name) takes \(fixed(cost.instructions, 1)) instructions more than C, and may take "
            + "\(fixed(limit.instructions, 0))")
      }
      if cost.allocations > limit.allocations + 0.01 {
        complaints.append(
          "\(name) makes \(fixed(cost.allocations, 2)) allocations more than C, and may make "
            + "\(fixed(limit.allocations, 0))")
      }
    }
    for limit in limits where !costs.contains(where: { limit.isFor($0) }) {
      complaints.append("\(limit.operation) (\(limit.mode), \(limit.form)) has a limit, and was not counted")
    }
    return complaints
  }

  /// By how much counts of the same code differ. Work that is done now and then leaves fractions; what Open MPI does for a
  /// nonblocking or persistent collective differs by some instructions from run to run; and what looks types up, by what
  /// lies where in memory, which the names of folders change.
  private func slack(_ cost: CallCost, _ limit: Limit) -> Double {
    let varying = cost.mode == "nonblocking" || cost.mode == "persistent" ? 12 : 0.5
    return limit.instructions > 200 ? varying + 0.03 * limit.instructions : varying
  }

  /// The table for what was counted: the counts as limits, but that a limit that there is never rises.
  public func table(for costs: [CallCost]) -> String {
    costs.map { cost in
      let old = limits.first { $0.isFor(cost) }
      let instructions = min(old?.instructions ?? .infinity, max(0, (cost.instructions - 0.5).rounded(.up)) + 0)
      let allocations = min(old?.allocations ?? .infinity, max(0, (cost.allocations - 0.01).rounded(.up)) + 0)
      return
        [
          cost.operation.padding(toLength: 26, withPad: " ", startingAt: 0),
          cost.mode.padding(toLength: 11, withPad: " ", startingAt: 0),
          cost.form.padding(toLength: 22, withPad: " ", startingAt: 0),
          right(fixed(instructions, 0), 6), right(fixed(allocations, 0), 3),
        ].joined(separator: " | ") + "\n"
    }.joined()
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

extension Limits.Limit {
  func isFor(_ cost: CallCost) -> Bool {
    operation == cost.operation && mode == cost.mode && form == cost.form
  }
}
