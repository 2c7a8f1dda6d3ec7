// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Something that the doctor found, and what to do about it.
struct Finding: Codable, Sendable, Equatable {
  /// How bad it is.
  enum Severity: String, Codable, Sendable {
    /// Something is wrong: results, or most of the speed, are at stake. The status is 1.
    case problem
    /// Worth knowing; all may be well.
    case note
  }

  var severity: Severity
  /// A short name that stays, for programs that read the report.
  var kind: String
  /// What was seen, and on which hosts or ranks.
  var text: String
  /// What to do.
  var remedy: String

  static func problem(_ kind: String, _ text: String, remedy: String) -> Finding {
    Finding(severity: .problem, kind: kind, text: text, remedy: remedy)
  }

  static func note(_ kind: String, _ text: String, remedy: String) -> Finding {
    Finding(severity: .note, kind: kind, text: text, remedy: remedy)
  }
}

/// Numbers in few characters: 0-3, 7.
func ranges(_ numbers: [Int]) -> String {
  var parts: [ClosedRange<Int>] = []
  for number in Set(numbers).sorted() {
    if let last = parts.last, last.upperBound + 1 == number {
      parts[parts.count - 1] = last.lowerBound...number
    } else {
      parts.append(number...number)
    }
  }
  return parts.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
}

/// Ranks in words: rank 3, or ranks 0-3, 7.
func ranksInWords(_ ranks: [Int]) -> String { "\(ranks.count == 1 ? "rank" : "ranks") \(ranges(ranks))" }

/// The middle one of some numbers; nil of none. Of an even number, the larger of the two in the middle.
func median(_ numbers: [Double]) -> Double? {
  numbers.isEmpty ? nil : numbers.sorted()[numbers.count / 2]
}
