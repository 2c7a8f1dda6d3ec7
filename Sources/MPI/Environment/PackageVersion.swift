// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension MPIEnvironment {
  /// The version of this package, by Semantic Versioning. The programs print it for `--version`.
  public static let packageVersion = "0.1.0"
}
