// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// How rows are shared among ranks.
enum Schedule: String, BitwiseCopyable, CaseIterable, Sendable {
  /// Ranks that fall idle take rows over from others.
  case dynamic

  /// Each rank gets a block of neighboring rows at the start.
  case `static`
}
