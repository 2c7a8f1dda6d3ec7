// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import Testing

@Suite struct CallgrindTests {
  /// As callgrind writes it: a function calls malloc three times and calloc once, calloc calls malloc within.
  private func part(_ instructions: Int, mallocs: Int = 3) -> String {
    """
    # callgrind format
    version: 1
    positions: line
    events: Ir
    summary: \(instructions)

    fn=main
    0 12
    cfn=malloc
    calls=\(mallocs) 0
    0 300
    cfn=calloc
    calls=1 0
    0 90
    cfn=free
    calls=4 0
    0 44

    fn=calloc
    0 10
    cfn=malloc
    calls=1 0
    0 80
    """
  }

  @Test func readsInstructionsAndCallsThatAllocate() throws {
    let read = try #require(CallgrindPart(part(1234)))
    // Without the ten inside calloc.
    #expect(read.instructions == 1224 && read.allocations == 4)
    #expect(read.functions == ["main": 12, "calloc": 10])
    #expect(CallgrindPart("nothing of the kind") == nil)
  }

  /// What the heap does with memory depends on what lies in it, and is not the call's.
  @Test(arguments: ["malloc", "_int_free", "unlink_chunk.constprop.0", "malloc_consolidate", "free'2"])
  func heapIsLeftOut(_ name: String) throws {
    let text = "summary: 500\nfn=main\n0 12\nfn=\(name)\n0 400\nfn=free_them\n0 88\n"
    #expect(try #require(CallgrindPart(text)).instructions == 100)
  }

  /// What is before the loop, and the same for both lengths, cancels.
  @Test func whatRunsOnceCancels() throws {
    let loops = [
      CountedLoop(operation: "send", mode: "blocking", form: "C", parts: 1, times: 100),
      CountedLoop(operation: "send", mode: "blocking", form: "span", parts: 1, times: 100),
    ]
    let parts = [
      part(77777), part(5000), part(15_000),  // C: 100 a call
      part(88888), part(9000), part(20_200, mallocs: 103),  // Swift: 112 a call, and an allocation
    ].compactMap { CallgrindPart($0) }
    let costs = try #require(callCosts(loops, parts))
    #expect(
      costs == [
        CallCost(
          operation: "send", mode: "blocking", form: "span", instructionsInC: 100, instructions: 12, allocations: 1)
      ])
    #expect(callCosts(loops, Array(parts.dropLast())) == nil)
    #expect(places(loops, parts, in: "span").map(\.name) == ["send (blocking, span)"])
    #expect(places(loops, parts, in: "array").isEmpty)
  }
}
