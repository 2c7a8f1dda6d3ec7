// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import CKernels
import Foundation
import MPI
import MPICheckpoint

/// `checkpoints --folder PATH [--megabytes COUNT] [--repeats COUNT]`: saves and restores an array that is spread over the
/// ranks, by turns with a C program that writes the same bytes by plain MPI-IO, and prints a table.
func measureCheckpoints(_ words: [String]) throws {
  let options = try Options(words, values: ["--folder", "--megabytes", "--repeats"])
  let folder = try options.required("--folder")
  let megabytes = try options.number("--megabytes", else: 1000)
  let repeats = try options.number("--repeats", else: 3)
  try withMPI { world in
    let mine = world.block(of: megabytes * 125_000)
    let field = mine.map { Double($0) }
    let name = try world.broadcast(world.isRoot ? UInt32.random(in: 0 ... .max) : nil)
    let (plain, path) = ("\(folder)/plain-\(name).bin", "\(folder)/\(name).checkpoint")
    let before = "\(folder)/before-\(name).bin"
    func remove() {
      guard world.isRoot else { return }
      unlink(plain)
      unlink(path)
      unlink(before)
    }
    defer { remove() }
    let parts: CheckpointParts = ["step": .value(1), "field": .spread(field)]
    let write = {
      let code = field.withUnsafeBufferPointer {
        c_write_file(world.rawValue, plain, $0.baseAddress, Int64(mine.lowerBound), Int32($0.count))
      }
      guard code == 0 else { throw WriteFailure(code: code) }
    }
    let restore = {
      guard let saved = try world.restore(from: path), try saved.spread("field") == field else {
        throw WriteFailure(code: -1)
      }
    }
    let replace = {
      try write()
      if world.isRoot, rename(plain, before) != 0 { throw WriteFailure(code: errno) }
      try world.barrier()
    }
    // The two that replace a file begin with one file each, and so have the same memory and storage.
    let beforeReplacing = {
      remove()
      try world.barrier()
      try replace()
    }
    let beforeSaving = {
      remove()
      try world.barrier()
      try world.save(parts, to: path)
    }
    // A way, the one that it is compared with, what is done before without being measured, and what is measured.
    let ways: [(name: String, against: Int, before: () throws -> Void, body: () throws -> Void)] = [
      ("plain MPI-IO in C, a new file", 0, remove, write),
      ("save, a new file", 0, remove, { try world.save(parts, to: path) }),
      ("plain MPI-IO in C, renamed over one before", 2, beforeReplacing, replace),
      ("save, in the place of one before", 2, beforeSaving, { try world.save(parts, to: path) }),
      ("restore, and compare", 0, {}, restore),
    ]
    var seconds = [[Double]](repeating: [], count: ways.count)
    // The first round brings up memory and files, and does not count.
    for turn in 0...repeats {
      for (index, way) in ways.enumerated() {
        try way.before()
        try world.barrier()
        let start = MPIEnvironment.wallTime
        try way.body()
        let took = try world.allReduce(MPIEnvironment.wallTime - start, .max)
        if turn > 0 { seconds[index].append(took) }
      }
    }
    guard world.isRoot else { return }
    let bytes = Double(megabytes) * 1e6
    // Each repeat has a ratio of its own, of what ran one after the other.
    let rows = ways.indices.map { index in
      let ratios = zip(seconds[ways[index].against], seconds[index]).map { $0 / $1 }.sorted()
      let times = seconds[index].sorted()
      return [
        ways[index].name, duration(times[0]), fixed(bytes / times[0] / 1e9, 2), fixed(ratios[ratios.count / 2], 2),
        "\(fixed(ratios[0], 2)) to \(fixed(ratios[ratios.count - 1], 2))",
      ]
    }
    print("\(megabytes) MB on \(world.size) ranks in \(folder), brought to the storage:\n")
    print(table(["", "the best time", "GB/s", "bandwidth over plain MPI-IO's", "least and most"], rows))
  }
}

private struct WriteFailure: Error, CustomStringConvertible {
  var code: Int32
  var description: String {
    code == -1 ? "what was restored is not what was saved" : "plain MPI-IO failed with code \(code)"
  }
}
