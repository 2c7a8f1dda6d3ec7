// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// What a rank has to save, as rank 0 gets to know it.
struct RankDescription: Codable {
  struct Part: Codable, Equatable {
    var name: String
    var kind: PartKind
    var layout: String
    var stride: Int
    var dimensions: Int?
  }

  var parts: [Part] = []
  /// The number of elements of each part.
  var counts: [Int] = []
  /// The box of each part that has one.
  var boxes: [Box?] = []
  /// Why this rank can't save.
  var failure: CheckpointError?
}

/// Where the ranks write: what rank 0 decides, and every rank gets.
struct Plan: Codable {
  /// The path of the file that is written to.
  var temporary: String
  /// Where in the file the blocks of each rank begin.
  var regions: [Int]
  var fileSize: Int
}

extension Directory {
  /// What the ranks save together.
  ///
  /// - Throws: ``CheckpointError`` of the lowest rank that can't save, or if the ranks do not go together.
  init(_ ranks: [RankDescription], path: String) throws {
    if let failure = ranks.lazy.compactMap(\.failure).first { throw failure }
    let first = ranks[0]
    for (rank, other) in ranks.enumerated() where other.parts != first.parts {
      func names(_ parts: [RankDescription.Part]) -> String {
        parts.map { "'\($0.name)' (\($0.kind.words), \($0.layout))" }.joined(separator: ", ")
      }
      throw CheckpointError(
        .mismatch,
        "the ranks save different parts: rank 0 saves \(names(first.parts)), and rank \(rank) saves \(names(other.parts))",
        path: path, rank: rank)
    }
    var parts: [Directory.Part] = []
    for (index, part) in first.parts.enumerated() {
      let counts = ranks.map { $0.counts[index] }
      var (whole, boxes): (Box?, [Box]) = (nil, [])
      if part.kind == .spread {
        boxes = Self.boxes(counts)
        if let dimensions = part.dimensions {
          boxes = ranks.map { $0.boxes[index] ?? Box([]) }
          do throws(BoxProblem) {
            let none = [Int](repeating: 0, count: dimensions)
            whole = try Box.whole(of: boxes) ?? Box(lower: none, upper: none)
          } catch {
            throw CheckpointError(.mismatch, error.text, path: path, part: part.name)
          }
        } else {
          whole = Box(lower: [0], upper: [boxes[boxes.count - 1].upper[0]])
        }
      }
      parts.append(
        Directory.Part(
          name: part.name, kind: part.kind, layout: part.layout, stride: part.stride, counts: counts, whole: whole,
          boxes: boxes))
    }
    do {
      try self.init(rankCount: ranks.count, parts: parts)
    } catch {
      throw CheckpointError(.argument, "it would have more bytes than can be counted", path: path)
    }
  }

  /// Blocks that follow one another.
  private static func boxes(_ counts: [Int]) -> [Box] {
    var end = 0
    return counts.map { count in
      defer { end += count }
      return Box(lower: [end], upper: [end + count])
    }
  }
}
