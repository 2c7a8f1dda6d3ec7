/// How rows are shared among ranks.
enum Schedule: String, BitwiseCopyable, CaseIterable, Sendable {
  /// Ranks that fall idle take rows over from others.
  case dynamic

  /// Each rank gets a block of neighboring rows at the start.
  case `static`
}
