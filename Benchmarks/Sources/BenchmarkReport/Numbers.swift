// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A number with so many digits after the point.
public func fixed(_ number: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", number)
}

/// A time in a unit that fits: `0.21 µs`, `13.4 ms`.
public func duration(_ seconds: Double) -> String {
  let (scaled, unit) =
    switch seconds {
    case ..<1e-3: (seconds * 1e6, "µs")
    case ..<1: (seconds * 1e3, "ms")
    default: (seconds, "s")
    }
  return "\(fixed(scaled, scaled < 1 ? 3 : scaled < 10 ? 2 : scaled < 100 ? 1 : 0)) \(unit)"
}

/// A length as people say it: `8 B`, `64 KiB`, `4 MiB`.
public func size(_ bytes: Int) -> String {
  switch bytes {
  case ..<1024: "\(bytes) B"
  case ..<(1 << 20): "\(bytes >> 10) KiB"
  default: "\(bytes >> 20) MiB"
  }
}
