import MPI

/// Whether and how a pool or a loop tells people how it gets on.
///
/// The environment variable `MPI_TASKS_PROGRESS` (`automatic`, `always` or `never`) has the last word, so that a program need
/// not be built anew for it.
public enum ProgressStyle: String, Sendable, Hashable, CaseIterable {
  /// At a terminal a bar, erased at the end; elsewhere a line a minute. At the end of a run of ten seconds or more, a
  /// summary. So a short run says nothing in a log.
  case automatic
  /// As `automatic`, with the summary at the end of every run.
  case always
  /// Nothing.
  case never

  /// The style that holds: the environment's, or else the program's.
  func resolved(_ environment: String? = environment) -> ProgressStyle {
    environment.flatMap(Self.init(rawValue:)) ?? self
  }

  /// What the environment says; asked once.
  private static let environment = environmentVariable("MPI_TASKS_PROGRESS")
}
