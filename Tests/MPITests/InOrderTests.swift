// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Testing

extension OnEveryRank {
  @Suite struct InOrderTests {
    let world = Communicator.world

    private struct Stop: Error, Equatable {}

    /// Calls a body with the path of a file that all ranks append to, and returns its lines.
    private func lines(_ body: (String) throws -> Void) throws -> [String] {
      let path = try world.broadcast(
        object: NSTemporaryDirectory()
          + "in-order-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...9999))")
      if world.isRoot { try Data().write(to: URL(fileURLWithPath: path)) }
      try world.barrier()
      defer { if world.isRoot { try? FileManager.default.removeItem(atPath: path) } }
      try body(path)
      try world.barrier()
      let text = try world.broadcast(
        object: world.isRoot ? String(contentsOfFile: path, encoding: .utf8) : nil)
      return text.split(separator: "\n").map(String.init)
    }

    private func append(_ line: String, to path: String) throws {
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try file.seekToEnd()
      try file.write(contentsOf: Data((line + "\n").utf8))
      try file.close()
    }

    @Test func oneAfterTheOther() throws {
      let lines = try lines { path in
        for round in 0..<3 {
          // The first rank is the slowest.
          let result = try world.inOrder {
            usleep(UInt32(world.size - world.rank) * 2000)
            try append("\(round) \(world.rank) begins", to: path)
            usleep(1000)
            try append("\(round) \(world.rank) ends", to: path)
            return "\(world.rank)"
          }
          #expect(result == "\(world.rank)")
        }
      }
      let expected = (0..<3).flatMap { round in
        (0..<world.size).flatMap { ["\(round) \($0) begins", "\(round) \($0) ends"] }
      }
      #expect(lines == expected)
    }

    @Test func allBodiesAreOverWhenItReturns() throws {
      let lines = try lines { path in
        try world.inOrder { try append("\(world.rank)", to: path) }
        let all = try String(contentsOfFile: path, encoding: .utf8)
        #expect(all.split(separator: "\n").count == world.size)
      }
      #expect(lines == (0..<world.size).map(String.init))
    }

    @Test func anErrorReachesAll() throws {
      for wrong in 0..<world.size {
        var ran = 0
        do {
          try world.inOrder {
            ran = 1
            if world.rank == wrong { throw Stop() }
          }
          Issue.record("nothing was thrown")
        } catch is Stop {
          #expect(world.rank == wrong)
        } catch let error as MPIError {
          #expect(world.rank != wrong)
          #expect(error.errorClass == .other && error.operation == "inOrder" && error.rank == world.rank)
          #expect(error.text == "on rank \(wrong): the body threw Stop()")
        }
        #expect(try world.allGather(ran) == (0..<world.size).map { $0 <= wrong ? 1 : 0 })
      }
    }

    @Test func anErrorOfThisLibraryKeepsItsClass() throws {
      let error = expectError(.rank) {
        try world.inOrder { if world.rank == world.last { try world.send(1, to: world.size) } }
      }
      #expect(error?.text.contains("rank \(world.size) is out of range") == true)
      #expect(try world.inOrder { 7 } == 7)
    }

    @Test func onAnotherCommunicator() throws {
      let half = try world.split(color: world.rank % 2)
      #expect(try half.inOrder { half.rank } == half.rank)
      #expect(try Communicator.itself.inOrder { 1 } == 1)
    }
  }
}

/// What is printed, as seen from outside.
@Suite struct PrintedInOrderTests {
  @Test(arguments: [1, 2, 4]) func linesComeInOrder(ranks: Int) async throws {
    let expected = (0..<20).flatMap { round in (0..<ranks).map { "round \(round), rank \($0)" } }
    var lines: [String] = []
    // On a machine that is busy with other things the launcher may be late once.
    for _ in 0..<5 where lines != expected {
      let job = try await launch(
        executable(named: "test-program"), arguments: ["checked", "in-order"], ranks: ranks, timeLimit: .seconds(60))
      #expect(job.status == 0, "\(job.errorOutput)")
      lines = job.output.split(separator: "\n").map(String.init)
      #expect(lines.sorted() == expected.sorted())
    }
    #expect(lines == expected)
  }
}
