// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPITesting
import Testing

/// What calls allocate.
@Suite struct AllocationTests {
  /// The program counts, and fails where Swift allocates more than C. See `Tests/AllocationProbe`.
  ///
  /// With tiny counts all goes by datatypes that are made for the call, and to make one allocates.
  @Test(.disabled(if: ProcessInfo.processInfo.environment["MPI_TINY_COUNTS"] != nil, "calls make datatypes"))
  func spanFormsAllocateNothing() async throws {
    let job = try await launch(executable(named: "allocation-probe"), ranks: 2)
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(
      job.output == "not counted here\n"
        || job.output.contains("send and receive, 1000 times") && job.output.contains("allReduce, 1000 times"))
  }
}
