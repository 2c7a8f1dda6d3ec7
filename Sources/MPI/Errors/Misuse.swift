// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// Mistakes of a program that can't be thrown: an index out of range, a property that is used too early. A
// precondition's words are lost in an optimized build; these stay.

/// Ends the process by a trap, with a line that has what was wrong, and on which rank.
@usableFromInline @inline(never)
package func misuse(_ words: String) -> Never {
  RankSignals.trap("\(JobFailure.prefix): \(words)")
}

/// Ends the process unless a condition holds that a program must see to.
@inlinable @inline(__always)
package func demand(_ condition: Bool, _ words: @autoclosure () -> String) {
  if _slowPath(!condition) { misuse(words()) }
}
