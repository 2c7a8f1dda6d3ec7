// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Which of MPI's faults a window has. The operations that they concern throw.
///
/// A window of one rank has none of them.
@usableFromInline
struct WindowFaults: Sendable {
  @usableFromInline let comparesUnsignedAsSigned: Bool
  @usableFromInline let crashesSwapping8Bytes: Bool
  @usableFromInline let losesLogic: Bool
  @usableFromInline let losesBits: Bool

  init(_ kind: WindowKind, isAlone: Bool) {
    let isForeign = !isAlone && (kind == .array || kind == .dynamic)
    comparesUnsignedAsSigned = Fault.windowsCompareUnsignedAsSigned.isHere && isForeign
    crashesSwapping8Bytes = Fault.swapOf8BytesCrashes.isHere && !isAlone && kind != .shared
    losesLogic = Fault.logicalAccumulatesAreLost.isHere && isForeign
    losesBits = Fault.bitwiseAccumulatesAreLost.isHere && isForeign
  }
}

/// The kinds of operations that some MPIs do wrongly in some windows.
@usableFromInline
enum AccumulateFamily: Sendable {
  case comparison
  case logical
  case bitwise
  case other
}
