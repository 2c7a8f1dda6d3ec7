// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// How much `tasks` measures.
struct TaskLoad {
  /// How often each number is taken.
  var repeats = 5
  /// How many tasks that do nothing the pool gets, of plain data; a fifth with strings, a tenth each in a message.
  var tasks = 500_000
  /// How many tasks the pool gets whose memory is looked at.
  var tasksInMemory = 1_000_000
  /// How many empty iterations a loop has.
  var iterations = 10_000_000
  /// The lengths of small loops, in seconds.
  var loops = [10e-6, 50e-6, 100e-6, 1e-3, 10e-3]
  /// How long each of them is repeated, in seconds.
  var loopSeconds = 0.05
  var matrices = 100
  var matrixTimes = 100
  /// How many rows of the Mandelbrot set, and how wide they are.
  var rows = 2048
  /// How many tasks the skewed load has.
  var skewed = 8000
  /// How many messages of 8 MB.
  var messages = 40
  /// How long a process waits, in seconds.
  var waiting = 1.0
  /// How many tasks of a millisecond there are with a store and without, and how many results go into one.
  var millisecondTasks = 4000
  var storedResults = 1_000_000

  /// - Returns: nil if there is none of that name.
  init?(named name: String) {
    switch name {
    case "full": break
    case "quick":
      (repeats, tasks, tasksInMemory, iterations) = (3, 100_000, 200_000, 2_000_000)
      (matrices, matrixTimes, rows, skewed, messages, waiting) = (40, 20, 512, 500, 20, 0.3)
      (millisecondTasks, storedResults) = (1000, 50_000)
    case "tiny":
      (repeats, tasks, tasksInMemory, iterations) = (1, 500, 2000, 10_000)
      (loops, loopSeconds) = ([10e-6, 1e-3], 2e-3)
      (matrices, matrixTimes, rows, skewed, messages, waiting) = (4, 1, 32, 20, 2, 0.02)
      (millisecondTasks, storedResults) = (20, 1000)
    default: return nil
    }
  }
}
