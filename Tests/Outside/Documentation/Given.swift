// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPITasks
import MPITesting
import Testing

/// Stands for `…` in a fragment: something of the reader's own.
func hole() {}
func hole<Value>() -> Value { fatalError("fragments are compiled, and not run") }
/// Stands for it on a line of its own, which is all that may come.
func rest() -> Never { fatalError("fragments are compiled, and not run") }

func work() {}
func compute<Value>(_ value: Value) {}
func use<each Value>(_ value: repeat each Value) {}

struct Collatz: PoolTask {
  var start: Int
  func run() throws -> Int { start }
}

@Suite(.everyRank) struct OnEveryRank {}
