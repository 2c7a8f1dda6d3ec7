// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Hints that are lent to C libraries.
  @Suite struct InfoTests {
    let world = Communicator.world

    private struct Stop: Error {}

    /// The null object of the MPI at hand.
    private var null: String { get throws { try withMPIInfo { "\($0)" } } }

    @Test func anObjectIsLent() throws {
      let null = try null
      let lent = try withMPIInfo(["cb_nodes": "2", "striping_factor": "8"]) { info in "\(info)" }
      #expect(lent != null)
      #expect(try withMPIInfo([:]) { "\($0)" } == null)
      #expect(try withMPIInfo(["a": "b"]) { _ in world.rank } == world.rank)
    }

    @Test func whatTheBodyThrowsIsThrown() throws {
      #expect(throws: Stop.self) { try withMPIInfo(["a": "b"]) { _ in throw Stop() } }
      // None is left behind.
      for index in 0..<10_000 { _ = try withMPIInfo(["key \(index)": "value"]) { _ in 0 } }
    }

    @Test func entriesThatCanNotBe() throws {
      let long = String(repeating: "x", count: 300)
      for (hints, errorClass) in [
        (["": "x"], ErrorClass.infoKey), ([long: "x"], .infoKey), (["key": ""], .infoValue),
        (["key": String(repeating: long, count: 10)], .infoValue), (["good": "x", "bad": ""], .infoValue),
      ] {
        expectError(errorClass, "withMPIInfo") { try withMPIInfo(hints) { _ in _ = Issue.record("the body ran") } }
      }
    }
  }
}
