// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// `signal 9 (Killed)`.
func signalWords(_ signal: Int32) -> String {
  guard let name = strsignal(signal) else { return "signal \(signal)" }
  return "signal \(signal) (\(String(cString: name)))"
}

/// The number of a signal, by the words that the system has for it: "Killed", "Segmentation fault (core dumped)".
func signalNumber(named words: String) -> Int32? {
  let name = words.replacingSuffix(" (core dumped)", by: "")
  return (1...31).first { strsignal($0).map { String(cString: $0) } == name }
}

/// `a`, `a and b`, `a, b and c`; of a long list the first ten.
func listWords(_ items: [String]) -> String {
  if items.count > 12 { return items.prefix(10).joined(separator: ", ") + " and \(items.count - 10) others" }
  guard let last = items.last, items.count > 1 else { return items.first ?? "" }
  return items.dropLast().joined(separator: ", ") + " and " + last
}

/// `1 process`, `2 processes`.
func countWords(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }

/// `0.4 s`, `12 s`, `2 h 5 min`.
func durationWords(_ duration: Duration) -> String {
  let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
  let seconds = milliseconds / 1000
  switch seconds {
  case ..<10: return "\(seconds).\(milliseconds % 1000 / 100) s"
  case ..<600: return "\(seconds) s"
  case ..<7200: return "\(seconds / 60) min"
  default: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }
}

extension String {
  /// The text with another end, if it has this one.
  func replacingSuffix(_ suffix: String, by other: String) -> String {
    hasSuffix(suffix) ? dropLast(suffix.count) + other : self
  }
}
