// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPITasks

@Suite struct PayloadMemoryTests {
  private func address(_ array: [UInt8]) -> UInt { array.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } }

  @Test func whatWasReadIsUsedAgain() {
    let memory = PayloadMemory()
    var array = memory.take(100_000)
    #expect(array.count == 100_000)
    let first = address(array)
    memory.give(array)
    array = []
    // A little shorter, then a little longer.
    for count in [99_990, 99_995, 100_000] {
      array = memory.take(count)
      #expect(array.count == count && address(array) == first)
      memory.give(array)
      array = []
    }
    // Neither one that is much too long nor one that is too short.
    #expect(address(memory.take(20_000)) != first)
    #expect(address(memory.take(200_000)) != first)
    memory.clear()
    array = memory.take(50_000)
    #expect(array.count == 50_000)
  }

  @Test func littleIsKept() {
    let memory = PayloadMemory()
    var given: [[UInt8]] = (0..<6).map { [UInt8](repeating: UInt8($0), count: 40_000) }
    for array in given { memory.give(array) }
    memory.give([UInt8](repeating: 9, count: 100))
    given = []
    // The last four; a short one is not worth it.
    let kept = (0..<4).map { _ in memory.take(40_000) }
    #expect(kept.map { $0[0] } == [2, 3, 4, 5])
    #expect(memory.take(100).count == 100)
  }

  @Test func aPayloadIsTakenOnce() {
    let box = PayloadBox(Payload(bytes: [UInt8](repeating: 7, count: 50_000)))
    #expect(box.take().byteCount == 50_000)
    #expect(box.take().byteCount == 0)
  }
}
