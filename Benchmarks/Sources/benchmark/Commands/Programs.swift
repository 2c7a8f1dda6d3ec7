// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import MPI

/// `programs --output FILE [--classes SWAB] [--keys COUNT] [--repeats COUNT]`: NAS EP, IS and CG, two sorts, vectors that
/// are gathered and a breadth-first search, in C and in Swift by turns, in one process each rank. Fails if a result is
/// wrong.
func runPrograms(_ words: [String]) throws {
  let options = try Options(words, values: ["--output", "--classes", "--keys", "--repeats"])
  let names = options.value("--classes") ?? "SWAB"
  let classes = try names.map { name in
    guard let one = EPClass.all.first(where: { $0.name == String(name) }) else {
      throw Options.Mistake(text: "there is no class '\(name)' of EP here: there are S, W, A and B")
    }
    return one
  }
  let count = try options.number("--keys", else: 1_000_000)
  let repeats = try options.number("--repeats", else: 5)
  try withMPI { world in
    var results = Results()
    results.machine = thisMachine()
    for one in classes {
      // The large ones are long enough to be measured once or twice.
      let turns = one.m > 28 ? 1 : one.m > 25 ? min(repeats, 3) : repeats
      results.programs.append(
        try compare(world, "EP \(one.name)", turns) {
          one.isRight(epInC(world, m: one.m))
        } swift: {
          one.isRight(try ep(world, m: one.m))
        })
    }
    for one in ISClass.all where names.contains(one.name) {
      results.programs.append(try compareSorts(world, one, repeats))
    }
    for one in CGClass.all where names.contains(one.name) {
      let matrix = one.matrix(world)
      let (iterations, shift) = (one.iterations, one.shift)
      results.programs.append(
        try compare(world, "CG \(one.name)", repeats, runs: one.count < 5000 ? 5 : 1) {
          one.isRight(conjugateGradientInC(world, matrix, iterations: iterations, shift: shift).zeta)
        } swift: {
          one.isRight(try conjugateGradient(world, matrix, iterations: iterations, shift: shift).zeta)
        })
    }
    let keys = someKeys(world, count: count)
    var sorted: () -> [UInt64] = { [] }
    let result = try compare(world, "sample sort", repeats) {
      let memory = sampleSortInC(world, keys)
      sorted = { memory.elements }
      return true
    } swift: {
      let array = try sampleSort(world, keys)
      sorted = { array }
      return true
    } check: {
      try areSorted(world, sorted(), from: keys)
    }
    results.programs.append(result)
    results.programs += try compareVectors(world, keys, repeats)
    if let wrong = results.programs.first(where: { !$0.isVerified }) { throw WrongResult(program: wrong.program) }
    if world.isRoot, let output = options.value("--output") { try results.write(to: output) }
  }
}

/// A program does not compute what it must.
private struct WrongResult: Error, CustomStringConvertible {
  var program: String
  var description: String { "\(program) has a wrong result" }
}

/// NAS IS, by turns. The sorted keys are looked at, too.
private func compareSorts(_ world: Communicator, _ size: ISClass, _ repeats: Int) throws -> ProgramResult {
  let keys = size.keys(world)
  let changed = size.changed(keys, world).map { UInt64($0) }
  var sorted: () -> [Int32] = { [] }
  return try compare(world, "IS \(size.name)", repeats, runs: size.countBits < 20 ? 20 : 1) {
    let (places, memory) = integerSortInC(world, keys, size)
    sorted = { memory.elements }
    return size.isRight(places)
  } swift: {
    let (places, array) = try integerSort(world, keys, size)
    sorted = { array }
    return size.isRight(places)
  } check: {
    try areSorted(world, sorted().map { UInt64($0) }, from: changed)
  }
}

/// The programs of the paper on KaMPIng, by turns.
private func compareVectors(_ world: Communicator, _ keys: [UInt64], _ repeats: Int) throws -> [ProgramResult] {
  let numbers = keys.map { Int($0 >> 2) }
  let wide = numbers.map { Int64($0) }
  let own = (0..<16 + world.rank).map { $0 + 100 * world.rank }
  let wideOwn = own.map { Int64($0) }
  let last = 14 + world.size + 100 * (world.size - 1)
  let gathered = try compare(world, "vector all-gather", repeats, runs: keys.count < 100_000 ? 100 : 20_000) {
    gatherVectorsInC(world, wideOwn) == last
  } swift: {
    try gatherVectors(world, own).elements.last == last
  }
  var sorted: () -> [UInt64] = { [] }
  let bucketSorted = try compare(world, "bucket sort", repeats) {
    let memory = bucketSortInC(world, wide)
    sorted = { memory.elements.map { UInt64($0) } }
    return true
  } swift: {
    let array = try bucketSort(world, numbers)
    sorted = { array.map { UInt64($0) } }
    return true
  } check: {
    try areSorted(world, sorted(), from: numbers.map { UInt64($0) })
  }
  // As many vertices as there are keys, in a quarter of a million at most.
  let vertices = min(1 << 18, keys.count)
  let graph = LocalGraph(world, vertices: vertices, edges: 4 * vertices)
  var distances: [Int] = []
  var wideDistances = [Int64](repeating: 0, count: graph.vertices.count)
  let searched = try compare(world, "breadth-first search", repeats) {
    graph.searchInC(world, from: 0, &wideDistances)
    return true
  } swift: {
    distances = try breadthFirstSearch(world, graph, from: 0)
    return true
  } check: {
    let areSame = distances.isEmpty || wideDistances.map { Int($0) } == distances
    return try graph.areRight(world, wideDistances.map { Int($0) }, from: 0) && areSame
  }
  return [gathered, bucketSorted, searched]
}

/// Runs both by turns.
///
/// - Parameters:
///   - runs: how often a turn runs it: what is over soon is run several times.
///   - c: runs the program in C, and says whether its result is right.
///   - swift: the same in Swift.
///   - check: looks at the result of either, outside of the time that is measured.
private func compare(
  _ world: Communicator, _ program: String, _ repeats: Int, runs: Int = 1, c: () throws -> Bool,
  swift: () throws -> Bool,
  check: () throws -> Bool = { true }
) throws -> ProgramResult {
  var isRight = true
  func time(_ body: () throws -> Bool) throws -> Double {
    try world.barrier()
    let start = MPIEnvironment.wallTime
    var right = true
    for _ in 0..<runs { right = try body() && right }
    let took = (MPIEnvironment.wallTime - start) / Double(runs)
    let checked = try check()
    isRight = isRight && right && checked
    return took
  }
  var seconds: [[[Double]]] = [[], []]
  for turn in 0..<repeats {
    var both = [0.0, 0.0]
    for place in 0...1 {
      let which = (place + turn) % 2
      both[which] = try time(which == 0 ? c : swift)
    }
    try world.allReduce(inPlace: &both, .max)
    for which in 0...1 { seconds[which].append([both[which]]) }
  }
  let results = compared(seconds)
  let result = ProgramResult(
    program: program, ranks: world.size, isVerified: try world.allReduce(isRight, .logicalAnd),
    secondsInC: results[0].least, seconds: results[1].least, ratio: results[1].ratio)
  note(
    world,
    "\(program): \(result.isVerified ? "right" : "WRONG"), C \(duration(result.secondsInC)), "
      + "Swift \(duration(result.seconds)), ratio \(fixed(result.ratio.median, 3))")
  return result
}
