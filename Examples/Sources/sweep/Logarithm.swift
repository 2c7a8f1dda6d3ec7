// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The natural logarithm.
func logarithm(_ x: Double) -> Double { log(x) }
