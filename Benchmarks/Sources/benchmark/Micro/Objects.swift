// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import MPI

// Values that are coded on the way, from rank 0 to rank 1 and back. `python/peers.py` sends the same ones.

private struct Settings: Codable {
  var name: String
  var limits: Limits
  var tags: [String]
  var levels: [Level]

  struct Limits: Codable {
    var low: Double
    var high: Double
    var isStrict: Bool
  }

  struct Level: Codable {
    var id: Int
    var label: String
    var weight: Double
  }
}

private struct Samples: Codable {
  var name: String
  var values: [Double]
}

/// How long messages of objects take, and of the raw array that the largest has in it.
func measureObjects(_ world: Communicator, repeats: Int, seconds: Double) throws -> [ObjectRate] {
  let dictionary = Dictionary(uniqueKeysWithValues: (0..<100).map { ("key\($0)", $0) })
  let settings = Settings(
    name: "solver", limits: .init(low: 0.5, high: 99.5, isStrict: true), tags: ["fast", "large", "exact"],
    levels: (0..<10).map { .init(id: $0, label: "level \($0)", weight: Double($0) / 7) })
  let samples = Samples(name: "samples", values: (0..<1_000_000).map(Double.init))
  return [
    try rate(world, "dictionary of 3", ["answer": 42, "low": 1, "high": 99], repeats, seconds),
    try rate(world, "dictionary of 100", dictionary, repeats, seconds),
    try rate(world, "nested struct", settings, repeats, seconds),
    try rate(world, "struct of a million doubles", samples, repeats, seconds),
    try rawRate(world, "struct of a million doubles", samples.values, repeats, seconds),
  ]
}

private func rate<Object: Codable>(
  _ world: Communicator, _ name: String, _ object: Object, _ repeats: Int, _ seconds: Double
) throws -> ObjectRate {
  let variant = Variant(form: "object") { times in
    var object = object
    for _ in 0..<times {
      if world.rank == 0 {
        try world.send(object: object, to: 1)
        object = try world.receive(object: Object.self, from: 1)
      } else if world.rank == 1 {
        object = try world.receive(object: Object.self, from: 0)
        try world.send(object: object, to: 0)
      }
    }
  }
  return try best(world, name, "Swift", variant, repeats, seconds)
}

private func rawRate(
  _ world: Communicator, _ name: String, _ array: [Double], _ repeats: Int, _ seconds: Double
) throws -> ObjectRate {
  let variant = Variant(form: "array") { times in
    var array = array
    for _ in 0..<times {
      if world.rank == 0 {
        try world.send(array, to: 1)
        array = try world.receive(from: 1)
      } else if world.rank == 1 {
        array = try world.receive(from: 0)
        try world.send(array, to: 0)
      }
    }
  }
  return try best(world, name, "Swift, raw array", variant, repeats, seconds)
}

private func best(
  _ world: Communicator, _ name: String, _ form: String, _ variant: Variant, _ repeats: Int, _ seconds: Double
) throws -> ObjectRate {
  let sample = Case(operation: name, bytes: 0, parts: 2, variants: [variant])
  let result = try measure(world, sample, Effort(repeats: repeats, runs: 2, seconds: seconds))[0]
  note(world, "\(name), \(form): \(duration(result.seconds))")
  return ObjectRate(value: name, form: form, seconds: result.seconds)
}
