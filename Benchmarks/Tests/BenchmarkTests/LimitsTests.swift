// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Testing

@Suite struct LimitsTests {
  private static let text = """
    # operation | mode | form | instructions | allocations
    send      | blocking | span  | 12 | 0

    allReduce | blocking | array | 99 | 1   # makes the array
    """

  private func cost(
    _ operation: String, _ form: String, _ instructions: Double, _ allocations: Double = 0
  ) -> CallCost {
    CallCost(
      operation: operation, mode: "blocking", form: form, instructionsInC: 100, instructions: instructions,
      allocations: allocations)
  }

  private func cost(_ instructions: Double, _ allocations: Double = 0) -> CallCost {
    cost("send", "span", instructions, allocations)
  }

  @Test func nothingIsSaidOfWhatKeepsItsLimit() throws {
    let limits = try Limits(Self.text)
    #expect(limits.complaints(about: [cost(12), cost("allReduce", "array", 99, 1)]) == [])
  }

  @Test func oneInstructionMoreIsAComplaint() throws {
    let complaints = try Limits(Self.text).complaints(about: [cost(13), cost("allReduce", "array", 50, 1)])
    #expect(complaints == ["send (blocking, span) takes 13.0 instructions more than C, and may take 12"])
  }

  @Test func whatTakesManyInstructionsMayVaryALittle() throws {
    let limits = try Limits("allGather | blocking | array | 1000 | 1")
    #expect(limits.complaints(about: [cost("allGather", "array", 1030, 1)]) == [])
    #expect(limits.complaints(about: [cost("allGather", "array", 1031, 1)]).count == 1)
  }

  @Test func oneAllocationMoreIsAComplaint() throws {
    let complaints = try Limits(Self.text).complaints(about: [cost(12, 1), cost("allReduce", "array", 99, 1)])
    #expect(complaints == ["send (blocking, span) makes 1.00 allocations more than C, and may make 0"])
  }

  @Test func whatHasNoLimitIsAComplaint() throws {
    let complaints = try Limits("").complaints(about: [cost(0)])
    #expect(complaints == ["send (blocking, span) has no limit"])
  }

  @Test func whatWasNotCountedIsAComplaint() throws {
    let complaints = try Limits(Self.text).complaints(about: [cost(1)])
    #expect(complaints == ["allReduce (blocking, array) has a limit, and was not counted"])
  }

  @Test func limitsFallAndNeverRise() throws {
    let limits = try Limits(Self.text)
    let counted = [cost(20.2), cost("allReduce", "array", 40, 1), cost("scan", "span", 7)]
    let new = try Limits(limits.table(for: counted))
    #expect(new.limits.map(\.instructions) == [12, 40, 7])
    #expect(new.limits.map(\.operation) == ["send", "allReduce", "scan"])
    #expect(new.complaints(about: Array(counted.dropFirst())).count == 1)
  }

  @Test(arguments: ["send | blocking | span | 12", "send | blocking | span | many | 0", "nonsense"])
  func aLineThatIsNoLimitIsAnError(line: String) {
    let error = #expect(throws: Limits.Mistake.self) { try Limits("# a comment\n\(line)") }
    #expect(error?.description.contains("line 2: ") == true)
  }
}
