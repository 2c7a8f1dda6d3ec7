// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks

/// A positive number with two digits that count, not less than it is, such as `4.3e-13`.
func scientific(roundingUp number: Double) -> String {
  var (value, exponent) = (number, 0)
  while value < 1 { (value, exponent) = (value * 10, exponent - 1) }
  while value >= 10 { (value, exponent) = (value / 10, exponent + 1) }
  let tenths = Int((value * 10).rounded(.up))
  return tenths == 100 ? "1.0e\(exponent + 1)" : "\(tenths / 10).\(tenths % 10)e\(exponent)"
}

/// A time as people say it: `0.43 s`, `12.4 s`, `3:07` (minutes), `2:03:07` (hours).
func duration(_ seconds: Double) -> String {
  guard seconds >= 60 else { return Formatting.fixed(seconds, decimals: seconds < 10 ? 2 : 1) + " s" }
  return Formatting.clock(seconds)
}

/// A file's length in the unit that suits it.
func fileLength(_ bytes: Int) -> String {
  bytes < 1000 ? Formatting.counted(bytes, "byte") : Formatting.bytes(bytes)
}
