// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks

// Every public form of every operation that takes data, with array literals of values that are known at run time only, with
// arrays that were just changed, variables, slices, nothing and odd numbers of elements, as numbers and as structs. In
// another module and optimized, it is the caller that leaves out what it has stored in an array, if the function is taken
// for one that doesn't look at it. Tests/Scripts/outside finds forms that are not called here.

@main
struct Forms {
  static func main() async throws {
    try withMPI(threads: .multiple) { world in
      try all(Trial<Int>(world))
      // Compiling these takes half of the time, and it is not the type of the elements that matters to the optimizer.
      #if !FOR_SIZE
        try all(Trial<Body>(world))
      #endif
      try numbers(world)
      try clock(world)
    }
    try await pool()
    try await processes()
    try withMPI(threads: .multiple) { world in if world.isRoot { print("all arrived on \(world.size) ranks") } }
  }

  /// What there is for elements of any type.
  static func all<Element>(_ trial: Trial<Element>) throws {
    try trial.collectives()
    try trial.reductions()
    try trial.objects()
    try trial.pointToPoint()
    try trial.persistent()
    try trial.layouts()
    try trial.blocks()
    try trial.topologies()
    try trial.files()
    try trial.checkpoints()
    try trial.windows()
    if let halves = try Halves<Element>(trial.world) {
      try halves.messages()
      try halves.collectives()
      try halves.objects()
      try halves.begun()
    }
  }

  /// What there is for numbers, or made of lists.
  static func numbers(_ world: Communicator) throws {
    try Trial<Int>(world).portable()
    try locations(world)
    try layoutMakers(world)
    try communicators(world)
    try filePatterns(world)
    try counters(world)
    try requests(world)
    try failures(world)
    try loops(world)
    try stores(world)
  }
}
