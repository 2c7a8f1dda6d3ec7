// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIBase

/// Where the tasks of a pool run.
///
/// ```swift
/// try await withTaskPool(isolation: .process) { pool in … }
/// ```
///
/// A program that says nothing is run with the value of the environment variable `MPI_TASKS_ISOLATION`: `thread` or
/// `process`; else with ``thread``.
public struct TaskIsolation: Sendable, Hashable {
  /// How task processes are kept.
  struct Settings: Sendable, Hashable {
    var deaths = 3
    var grace = Duration.seconds(5)
  }

  let settings: Settings?

  /// On threads of the rank.
  ///
  /// A task costs least. One that traps, calls `exit` or is killed ends the rank, and so the job. A task that takes
  /// longer than its time limit keeps its thread.
  public static let thread = TaskIsolation(settings: nil)

  /// In processes that the rank starts, as many as it would have threads: see ``process(deaths:grace:)``.
  public static let process = TaskIsolation(settings: Settings())

  /// In processes that the rank starts, as many as it would have threads.
  ///
  /// **What ends a process ends one task.** If a task traps, calls `exit`, is killed, or goes beyond its time or memory
  /// limit, its process ends and is replaced. Other tasks that were in that process's hands run again elsewhere. The
  /// rank, the job and MPI notice nothing.
  ///
  /// The processes are copies of the program. Each runs `main` as a rank does, up to the call of `withTaskPool`, or to
  /// the `withMPI` that is around it; what is printed before is dropped, and MPI is not started. So what `main` does before also
  /// happens in a process that replaces another later: it must not remove or truncate files there. In a program of
  /// tests, tasks run before `main`.
  ///
  /// On Linux alone: elsewhere `withTaskPool` throws.
  ///
  /// A task may not call MPI, and has no descriptors of the rank but its standard streams. Standard input is empty;
  /// whole lines of standard output and standard error go to those of the rank.
  ///
  /// What it costs: a message between the processes for each batch, a copy of each long array in a result, and of each
  /// in an argument that stays on rank 0, and the memory of a process for each thread.
  ///
  /// - Parameters:
  ///   - deaths: how often a task's process may die until the task has failed, with ``TaskFailure/Reason/died``. Before,
  ///     it is run again, whatever the ``FailurePolicy``. Limits of time and memory are not tried again.
  ///   - grace: how long a task that was canceled may go on before its process is ended.
  public static func process(deaths: Int = 3, grace: Duration = .seconds(5)) -> TaskIsolation {
    TaskIsolation(settings: Settings(deaths: max(1, deaths), grace: max(.zero, grace)))
  }

  /// What the program asks for, or else the environment.
  static func resolved(_ asked: TaskIsolation?) -> TaskIsolation {
    if let asked { return asked }
    let name = "MPI_TASKS_ISOLATION"
    switch environmentVariable(name) {
    case "process": return .process
    case "thread", "", nil: return .thread
    case let value?:
      writeToStandardError("warning: \(name) is '\(value)' and must be thread or process: taken as not set")
      return .thread
    }
  }
}
