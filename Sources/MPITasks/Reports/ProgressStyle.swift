// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase

/// How a pool or a loop reports its progress.
///
/// The environment variable `MPI_TASKS_PROGRESS` (`automatic`, `always` or `never`) has the last word, so that a
/// program need not be rebuilt for it. Another value is warned of, and taken as not set.
public enum ProgressStyle: String, Sendable, Hashable, CaseIterable {
  /// At a terminal a bar, erased at the end, also if a launcher on this host (Linux) writes there what ranks write;
  /// elsewhere a line a minute. At the end of a run of ten seconds or more, a
  /// summary. So a short run prints nothing in a log.
  case automatic
  /// As `automatic`, with the summary at the end of every run.
  case always
  /// Nothing.
  case never

  /// The style that holds: the environment's, or else the program's.
  ///
  /// - Parameter environment: the style in the environment; a value that is none of the three is warned of once.
  func resolved(_ environment: Self? = environment) -> ProgressStyle { environment ?? self }

  /// The style in the environment; read once, by rank 0.
  private static let environment: Self? = {
    let (style, warning) = named(environmentVariable("MPI_TASKS_PROGRESS"))
    if let warning { writeToStandardError("warning: \(warning)") }
    return style
  }()

  /// The style of a name, or what is wrong with the name. No name, and an empty one, are for none.
  static func named(_ name: String?) -> (style: Self?, warning: String?) {
    guard let name, !name.isEmpty else { return (nil, nil) }
    if let style = Self(rawValue: name) { return (style, nil) }
    let names = allCases.map(\.rawValue).joined(separator: ", ")
    return (nil, "MPI_TASKS_PROGRESS is '\(name)' and must be one of \(names): taken as not set")
  }
}
