/// A number with a fixed number of decimals. Foundation could do it, at the price of its size in the binary.
///
/// - Parameters:
///   - number: A number whose magnitude is less than 10¹² or so. One that is not finite becomes `-`.
///   - decimals: The number of digits after the point.
func fixed(_ number: Double, decimals: Int) -> String {
  guard number.magnitude < 1e12 else { return "-" }
  var scale = 1
  for _ in 0..<decimals { scale *= 10 }
  let units = Int((number.magnitude * Double(scale)).rounded())
  let sign = number < 0 && units > 0 ? "-" : ""
  guard decimals > 0 else { return sign + "\(units)" }
  let fraction = "\(units % scale)"
  return sign + "\(units / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
}

/// A positive number with two digits that count, not less than it is, such as `4.3e-13`.
func scientific(roundingUp number: Double) -> String {
  var (value, exponent) = (number, 0)
  while value < 1 { (value, exponent) = (value * 10, exponent - 1) }
  while value >= 10 { (value, exponent) = (value / 10, exponent + 1) }
  let tenths = Int((value * 10).rounded(.up))
  return tenths == 100 ? "1.0e\(exponent + 1)" : "\(tenths / 10).\(tenths % 10)e\(exponent)"
}

/// A share of the whole in percent, with one decimal.
func percent(_ share: Double) -> String {
  fixed(100 * share, decimals: 1) + " %"
}

/// A time as people say it: `0.43 s`, `12.4 s`, `3:07` (minutes), `2:03:07` (hours).
func duration(_ seconds: Double) -> String {
  guard seconds >= 60 else { return fixed(seconds, decimals: seconds < 10 ? 2 : 1) + " s" }
  return clock(seconds)
}

/// A time as a clock counts it: minutes and seconds, after hours if there are any.
func clock(_ seconds: Double) -> String {
  guard seconds < 1e9 else { return "-" }
  let whole = Int(seconds.rounded())
  let (hours, minutes) = (whole / 3600, whole / 60 % 60)
  let tail = ":" + padded("\(whole % 60)", to: 2, with: "0")
  return hours == 0 ? "\(minutes)" + tail : "\(hours):" + padded("\(minutes)", to: 2, with: "0") + tail
}

/// A file's length in the unit that suits it.
func fileLength(_ bytes: Int) -> String {
  switch bytes {
  case ..<1000: counted(bytes, "byte")
  case ..<1_000_000: fixed(Double(bytes) / 1e3, decimals: 1) + " kB"
  case ..<1_000_000_000: fixed(Double(bytes) / 1e6, decimals: 1) + " MB"
  default: fixed(Double(bytes) / 1e9, decimals: 1) + " GB"
  }
}

/// A number of things: `1 row`, `2 rows`.
func counted(_ count: Int, _ thing: String) -> String {
  "\(count) \(thing)" + (count == 1 ? "" : "s")
}

/// A text moved to the right in a column.
func padded(_ text: String, to width: Int, with filler: Character = " ") -> String {
  String(repeating: filler, count: max(0, width - text.count)) + text
}

/// A text at the left of a column.
func filled(_ text: String, to width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
