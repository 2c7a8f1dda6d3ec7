// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Times as texts: those of users, and those that batch systems print. Seconds throughout; a moment is in seconds since
/// 1970.
enum TimeText {
  /// A time limit as a user writes it.
  enum Limit: Equatable {
    /// So many seconds after the program has begun.
    case after(Double)
    case at(Double)
    case none
  }

  /// What a user may write as a time limit, for messages.
  static let forms =
    "seconds (3600), seconds, minutes, hours or days (90s, 45m, 1h30m, 2d), hours:minutes:seconds (1:30:00), "
    + "days-hours:minutes:seconds (2-00:00:00), a moment (2026-12-31T23:59:00, @1798761540), or none"

  /// What a user has written as a time limit; nil if it is none of ``forms``.
  static func limit(_ text: String) -> Limit? {
    let text = trimmed(text[...])
    if text.lowercased() == "none" { return Limit.none }
    if text.first == "@" { return wholeNumber(text.dropFirst()).map { .at(Double($0)) } }
    if text.contains("T") || text.contains(" ") { return moment(text).map { .at($0) } }
    if let seconds = decimal(text) { return .after(seconds) }
    if text.contains(":") {
      // With one colon it could be hours or seconds.
      guard text.split(separator: ":", omittingEmptySubsequences: false).count == 3 else { return nil }
      return clock(text).map { .after($0) }
    }
    return withUnits(text).map { .after($0) }
  }

  /// A duration with units, the largest first: `1h30m`.
  private static func withUnits(_ text: Substring) -> Double? {
    let units: [(letter: Character, seconds: Double)] = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]
    var (rest, sum, first) = (text, 0.0, 0)
    guard !rest.isEmpty else { return nil }
    while let end = rest.firstIndex(where: { $0.isLetter }) {
      guard let unit = units[first...].firstIndex(where: { $0.letter == rest[end] }),
        let number = decimal(rest[..<end])
      else { return nil }
      sum += number * units[unit].seconds
      rest = rest[rest.index(after: end)...]
      first = unit + 1
    }
    return rest.isEmpty ? sum : nil
  }

  /// A duration of a batch system: `[[days-]hours:]minutes:seconds`; nil if it is none.
  static func clock(_ text: Substring) -> Double? {
    let text = trimmed(text)
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let last = parts.last, let days = parts.count == 2 ? wholeNumber(parts[0]) : 0 else { return nil }
    let fields = last.split(separator: ":", omittingEmptySubsequences: false)
    guard (parts.count == 2 ? 3...3 : 2...3).contains(fields.count) else { return nil }
    var seconds = 0
    for (place, field) in fields.enumerated() {
      guard let number = wholeNumber(field), number < (place == 0 ? 1_000_000 : 60) else { return nil }
      seconds = 60 * seconds + number
    }
    guard days < 100_000 else { return nil }
    return Double(86400 * days + seconds)
  }

  /// `hours:minutes`, or minutes.
  static func hoursAndMinutes(_ text: Substring) -> Double? {
    let fields = text.split(separator: ":", omittingEmptySubsequences: false).map { wholeNumber($0) }
    guard (1...2).contains(fields.count), !fields.contains(nil) else { return nil }
    return Double(60 * fields.reduce(0) { 60 * $0 + min($1!, 1_000_000) })
  }

  /// A moment: `2026-12-31T23:59:00`, in local time unless a Z follows. The seconds may be missing, and a space may
  /// stand for the T.
  static func moment(_ text: Substring) -> Double? {
    var text = trimmed(text)
    let isUniversal = text.last == "Z"
    if isUniversal { text = text.dropLast() }
    let parts = text.split(whereSeparator: { $0 == "T" || $0 == " " })
    guard parts.count == 2 else { return nil }
    guard let date = numbers(parts[0], between: "-"), var time = numbers(parts[1], between: ":") else { return nil }
    if time.count == 2 { time.append(0) }
    guard date.count == 3, time.count == 3, date[0] >= 1970 else { return nil }
    return moment(year: date[0], month: date[1], day: date[2], time, isUniversal: isUniversal)
  }

  /// A moment as `ctime` prints it, with or without a year: `Tue Apr  9 15:01:47 2013`.
  ///
  /// - Parameter now: without a year, it is the last such moment up to then.
  static func moment(ofWords text: Substring, now: Double) -> Double? {
    let words = text.split(separator: " ")
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard words.count >= 4, let month = months.firstIndex(of: String(words[1])), let day = wholeNumber(words[2])
    else { return nil }
    guard let time = numbers(words[3], between: ":"), time.count == 3 else { return nil }
    if words.count > 4, let year = wholeNumber(words[4]) {
      return moment(year: year, month: month + 1, day: day, time)
    }
    var today = tm()
    var seconds = time_t(now)
    localtime_r(&seconds, &today)
    let year = Int(today.tm_year) + 1900
    return [year, year - 1].lazy.compactMap { moment(year: $0, month: month + 1, day: day, time) }
      .first { $0 <= now + 60 }
  }

  /// The moment of a date and `[hours, minutes, seconds]`; nil if there is none.
  static func moment(
    year: Int, month: Int, day: Int, _ time: [Int], isUniversal: Bool = false
  ) -> Double? {
    guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), time[0] < 24, time[1] < 60,
      time[2] < 61
    else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (CInt(year - 1900), CInt(month - 1), CInt(day))
    (parts.tm_hour, parts.tm_min, parts.tm_sec, parts.tm_isdst) = (CInt(time[0]), CInt(time[1]), CInt(time[2]), -1)
    let moment = isUniversal ? timegm(&parts) : mktime(&parts)
    return moment == -1 || Int(parts.tm_mday) != day ? nil : Double(moment)
  }

  // MARK: Words

  static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first?.isWhitespace == true { text = text.dropFirst() }
    while text.last?.isWhitespace == true { text = text.dropLast() }
    return text
  }

  /// A whole number without a sign.
  static func wholeNumber(_ text: Substring) -> Int? {
    !text.isEmpty && text.utf8.allSatisfy({ (48...57).contains($0) }) ? Int(text) : nil
  }

  /// Whole numbers with something between each two; nil if there is anything else.
  static func numbers(_ text: Substring, between separator: Character) -> [Int]? {
    let numbers = text.split(separator: separator, omittingEmptySubsequences: false).map { wholeNumber($0) }
    return numbers.contains(nil) ? nil : numbers.compactMap(\.self)
  }

  /// A number without a sign and an exponent, at most 100 years of seconds.
  private static func decimal(_ text: Substring) -> Double? {
    guard text.utf8.first.map({ (48...57).contains($0) }) == true,
      text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }), let number = Double(text), number < 3.2e9
    else { return nil }
    return number
  }

  /// Seconds in words: `58 s`, `12 min`, `3 h 20 min`.
  static func words(_ seconds: Double) -> String {
    guard seconds < 1e12 else { return "forever" }
    let whole = Int(seconds.rounded(.down))
    switch whole {
    case ..<0: return "\(words(-seconds)) too late"
    case ..<10: return "\(Double(Int(seconds * 10)) / 10) s"
    case ..<120: return "\(whole) s"
    case ..<7200: return "\(whole / 60) min"
    case ..<172_800: return "\(whole / 3600) h \(whole % 3600 / 60) min"
    default: return "\(whole / 86400) d \(whole % 86400 / 3600) h"
    }
  }
}
