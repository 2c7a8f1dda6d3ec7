// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Which ranks are on one machine: those of the same name.
package enum NodeName {
  /// Tests take so many ranks that follow one another for those of a machine.
  package static let pretendedSize = Mutex<Int?>(nil)

  static var isPretended: Bool { pretendedSize.withLock { $0 } != nil }

  static func of(rank: Int, host: String) -> String {
    pretendedSize.withLock { $0 }.map { "\(host), part \(rank / $0)" } ?? host
  }
}
