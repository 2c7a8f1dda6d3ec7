// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

extension OnEveryRank {
  @Suite struct PromiseTests {
    let world = Communicator.world

    @Test func fulfilledBefore() throws {
      let promise = Promise<[String]>()
      try promise.fulfill(["a", "b"])
      var request = try world.nonblocking.request(for: promise)
      #expect(try request.test())
      #expect(try request.wait() == ["a", "b"])
    }

    @Test func fulfilledLaterByAnotherThread() throws {
      let promise = Promise<Int>()
      let request = try world.nonblocking.request(for: promise)
      let rank = world.rank
      Thread.detachNewThread {
        usleep(20_000)
        try? promise.fulfill(rank + 1)
      }
      #expect(try request.wait() == world.rank + 1)
      #expect(!promise.isCanceled)
      try promise.fulfill(9)  // too late, and nothing happens
    }

    @Test func underWayUntilFulfilled() throws {
      let promise = Promise<Int>()
      var request = try world.nonblocking.request(for: promise)
      for _ in 0..<100 { #expect(try !request.test()) }
      try promise.fulfill(3)
      #expect(try request.test())
      #expect(try request.status()?.byteCount == 0)
      #expect(try request.wait() == 3)
    }

    @Test func failed() throws {
      let promise = Promise<Int>()
      let request = try world.nonblocking.request(for: promise)
      try promise.fail(MPIError(.noSuchFile, "there is no such file", operation: "read"))
      expectError(.noSuchFile, "read", of: request) { _ = try $0.wait() }
    }

    @Test func droppedPromiseFails() throws {
      let request = try world.nonblocking.request(for: Promise<Int>())
      expectError(.request, "Promise", of: request, naming: "dropped") { _ = try $0.wait() }
    }

    @Test func canceled() throws {
      let promise = Promise<Int>()
      let request = try world.nonblocking.request(for: promise)
      let output = try request.cancel()
      #expect(output == nil)
      #expect(promise.isCanceled)
      try promise.fulfill(1)  // no rank waits
    }

    @Test func canceledTooLate() throws {
      let promise = Promise<Int>()
      let request = try world.nonblocking.request(for: promise)
      try promise.fulfill(4)
      let output = try request.cancel()
      #expect(output == 4)
      #expect(!promise.isCanceled)
    }

    @Test func droppedRequestCancelsThePromise() throws {
      let promise = Promise<Int>()
      do { _ = try world.nonblocking.request(for: promise) }
      #expect(promise.isCanceled)
      try promise.fulfill(1)
    }

    @Test func onePromiseOneRequest() throws {
      let promise = Promise<Int>()
      let request = try world.nonblocking.request(for: promise)
      try expectRefusal(.request, "request(for:)", naming: "already") {
        _ = try world.nonblocking.request(for: promise)
      }
      try promise.fulfill(1)
      #expect(try request.wait() == 1)
    }

    @Test func amongMessages() throws {
      let promise = Promise<[Int]>()
      var all = RequestSet<[Int]>()
      try all.append(world.nonblocking.request(for: promise))
      try all.append(world.nonblocking.receive(Int.self, count: 2, from: world.left))
      try all.append(world.nonblocking.send([1, 2], to: world.right).map { _ in [] })
      var seen: [Int: [Int]] = [:]
      while let (index, value) = try all.waitAny() {
        seen[index] = value
        if seen.count == 2 { try promise.fulfill([7]) }
      }
      #expect(seen == [0: [7], 1: [1, 2], 2: []])

      let other = Promise<[Int]>()
      var pair = RequestSet<[Int]>()
      try pair.append(world.nonblocking.request(for: other))
      try pair.append(world.nonblocking.allReduce([1], .sum))
      #expect(try pair.testAll() == nil)
      try other.fulfill([5])
      #expect(try pair.waitAll() == [[5], [world.size]])
    }

    @Test func asynchronously() async throws {
      let promise = Promise<Int>()
      let request = try world.nonblocking.request(for: promise)
      async let one: Void = {
        try await Task.sleep(for: .milliseconds(5))
        try promise.fulfill(8)
      }()
      #expect(try await request.value() == 8)
      try await one
    }
  }
}
