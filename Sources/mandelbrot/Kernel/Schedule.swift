/// How rows are shared among ranks.
enum Schedule: String, BitwiseCopyable, CaseIterable, Sendable {
  /// Ranks ask for a row as they fall idle.
  case dynamic

  /// Each rank gets a block of neighboring rows at the start.
  case `static`
}
