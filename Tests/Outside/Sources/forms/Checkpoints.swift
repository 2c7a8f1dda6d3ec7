// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPICheckpoint

extension Trial {
  func checkpoints() throws {
    let path = try world.broadcast(object: world.isRoot ? "forms-\(MPIEnvironment.wallTime).checkpoint" : nil)
    let checkpoint = try Checkpoint(path, on: world, every: .zero)
    try each { mine, data in
      let start = data.counts(0..<me).reduce(0, +)
      let range = start..<start + mine.count
      try world.save(
        ["spread": .spread(mine), "tile": .spread(mine, ranges: [0..<1, range]), "own": .own(mine)], to: path)
      guard let saved = try world.restore(from: path) else { throw Missing() }
      try expect(saved.shape(of: "spread").count, 1)
      try expect(saved.spread("spread"), mine)
      try expect(saved.spread("spread", range: range), mine)
      try expect(saved.spread("tile"), mine)
      try expect(saved.spread("tile", ranges: [0..<1, range]), mine)
      try expect(saved.own("own"), mine)
    }
    var parts: CheckpointParts = ["step": .value(me)]
    parts["name"] = .own(object: "rank \(me)")
    try checkpoint.save(parts)
    try expect(checkpoint.saveIfDue(parts), true)
    guard let saved = try checkpoint.restore() else { throw Missing() }
    try expect(saved.value("step", as: Int.self), 0)
    try expect(saved.own(object: "name", as: String.self), "rank \(me)")
    try world.save(["a": me], to: path)
    try expect(world.restore([String: Int].self, from: path), ["a": 0])
    try checkpoint.remove()
  }
}

private struct Missing: Error {}
