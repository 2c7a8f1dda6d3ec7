/// Tells people how a pool gets on.
final class Reporter: @unchecked Sendable {
  var nextTick: Double? { nil }
  func warn(_ text: String?) {}
  func tick(_ dispatcher: Dispatcher, _ now: Double) {}
}
