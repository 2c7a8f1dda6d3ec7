// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  /// Sends and receives in flight.
  @Suite struct RequestTests {
    let world = Communicator.world

    @Test func ring() throws {
      let incoming = try world.nonblocking.receive(Double.self, count: 3, from: world.left, tag: 7)
      let outgoing = try world.nonblocking.send([1, 2, Double(world.rank)], to: world.right, tag: 7)
      let received = try incoming.wait()
      let sent = try outgoing.wait()
      #expect(received == [1, 2, Double(world.left)])
      #expect(sent == [1, 2, Double(world.rank)])
    }

    @Test func valuesOfEveryType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let incoming = try world.nonblocking.receive(Element.self, from: .any, tag: 2)
        let outgoing = try world.nonblocking.send(Element.sample(world.rank), to: world.right, tag: 2)
        #expect(try incoming.wait() == Element.sample(world.left), "\(Element.self)")
        #expect(try outgoing.wait() == [Element.sample(world.rank)], "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func arraysOfEveryType() throws {
      func check<Element: Sample>(_: Element.Type) throws {
        let outgoing = try world.nonblocking.send(Element.samples(8, from: world.rank), to: world.right)
        let incoming = try world.nonblocking.receive(Element.self, count: 8, from: world.left)
        #expect(try incoming.wait() == Element.samples(8, from: world.left), "\(Element.self)")
        #expect(try outgoing.wait() == Element.samples(8, from: world.rank), "\(Element.self)")
      }
      for type in everySample { try check(type) }
    }

    @Test func fewerElementsThanRoom() throws {
      let incoming = try world.nonblocking.receive(Padded.self, count: 50, from: world.left)
      let empty = try world.nonblocking.receive(Padded.self, count: 50, from: world.left)
      _ = try world.nonblocking.send(Padded.samples(7, from: world.rank), to: world.right)
      _ = try world.nonblocking.send([Padded](), to: world.right)
      #expect(try incoming.wait() == Padded.samples(7, from: world.left))
      #expect(try empty.wait().isEmpty)
    }

    @Test func anArrayThatIsSentCanBeChangedMeanwhile() throws {
      let count = 1 << 19
      var elements = Int.samples(count, from: world.rank)
      let outgoing = try world.nonblocking.send(elements, to: world.right)
      for index in elements.indices { elements[index] = -1 }
      #expect(try world.receive([Int].self, from: world.left) == Int.samples(count, from: world.left))
      #expect(try outgoing.wait() == Int.samples(count, from: world.rank))
    }

    @Test func largeExchange() throws {
      let count = 1 << 19
      let incoming = try world.nonblocking.receive(Double.self, count: count, from: world.left)
      let outgoing = try world.nonblocking.send(Double.samples(count, from: world.rank), to: world.right)
      #expect(try incoming.wait() == Double.samples(count, from: world.left))
      #expect(try outgoing.wait().count == count)
    }

    @Test func testUntilItIsOver() throws {
      var incoming = try world.nonblocking.receive(Int.self, count: 4, from: world.left, tag: 1)
      #expect(try !incoming.test())
      try world.barrier()
      var outgoing = try world.nonblocking.send([1, 2, 3, world.rank], to: world.right, tag: 1)
      while try !incoming.test() {}
      while try !outgoing.test() {}
      #expect(try incoming.test())
      #expect(try incoming.wait() == [1, 2, 3, world.left])
      #expect(try outgoing.wait() == [1, 2, 3, world.rank])
    }

    @Test func aSynchronousSendIsNotOverBeforeTheReceiveHasBegun() throws {
      var outgoing = try world.nonblocking.send(world.rank, to: world.right, mode: .synchronous)
      for _ in 0..<100 { #expect(try !outgoing.test()) }
      try world.barrier()
      #expect(try world.receive(Int.self, from: world.left) == world.left)
      #expect(try outgoing.wait() == [world.rank])
    }

    @Test(arguments: [SendMode.standard, .synchronous, .ready]) func everyMode(mode: SendMode) throws {
      let incoming = try world.nonblocking.receive(Int.self, count: 100, from: world.left)
      try world.barrier()
      let outgoing = try world.nonblocking.send(Int.samples(100, from: world.rank), to: world.right, mode: mode)
      #expect(try incoming.wait() == Int.samples(100, from: world.left))
      #expect(try outgoing.wait() == Int.samples(100, from: world.rank))
    }

    @Test func bufferedSend() throws {
      try withSendBuffer(byteCount: 800 + sendBufferOverhead) {
        let outgoing = try world.nonblocking.send(Int.samples(100, from: world.rank), to: world.right, mode: .buffered)
        #expect(try outgoing.wait() == Int.samples(100, from: world.rank))
        #expect(try world.receive([Int].self, from: world.left) == Int.samples(100, from: world.left))
      }
    }

    @Test func object() throws {
      let outgoing = try world.nonblocking.send(object: Document.sample(world.rank), to: world.right, tag: 2)
      #expect(try world.receive(object: Document.self, from: world.left, tag: 2) == Document.sample(world.left))
      #expect(try outgoing.wait().count > 10)
    }

    @Test func manyAtOnceInAnyOrder() throws {
      let first = try world.nonblocking.receive(Int.self, from: world.left, tag: 1)
      let second = try world.nonblocking.receive(Int.self, from: world.left, tag: 2)
      let third = try world.nonblocking.receive(Int.self, from: world.left, tag: 3)
      for tag in [3, 1, 2] { _ = try world.nonblocking.send(10 * tag, to: world.right, tag: tag) }
      #expect(try second.wait() == 20)
      #expect(try third.wait() == 30)
      #expect(try first.wait() == 10)
    }

    @Test func noRank() throws {
      let outgoing = try world.nonblocking.send([1, 2], to: .null)
      #expect(try outgoing.wait() == [1, 2])
      var incoming = try world.nonblocking.receive(Int.self, count: 5, from: .null)
      #expect(try incoming.test())
      #expect(try incoming.wait().isEmpty)
      let one = try world.nonblocking.receive(Int.self, from: .null)
      expectError(.type, of: one, on: world) { _ = try $0.wait() }
    }

    // MARK: Dropped requests

    @Test func aReceiveThatIsDroppedTakesNoMessage() throws {
      do { _ = try world.nonblocking.receive(Int.self, count: 1000, from: world.left) }
      do { _ = try world.nonblocking.receive(Double.self, from: .any) }
      try world.barrier()
      let outgoing = try world.nonblocking.send(Int.samples(10, from: world.rank), to: world.right)
      #expect(try world.receive([Int].self, from: world.left) == Int.samples(10, from: world.left))
      _ = try outgoing.wait()
    }

    @Test func manyReceivesAreDropped() throws {
      for index in 0..<500 { _ = try world.nonblocking.receive(Int.self, count: 100, from: world.left, tag: index) }
      try world.barrier()
      for index in 0..<500 { _ = try world.nonblocking.send(index, to: world.right, tag: index) }
      for index in 0..<500 { #expect(try world.receive(Int.self, from: world.left, tag: index) == index) }
    }

    @Test(arguments: [1, 1 << 19]) func aSendThatIsDroppedGoesOn(count: Int) throws {
      do {
        _ = try world.nonblocking.send([Int](repeating: world.rank, count: count), to: world.right)
      }
      // New memory, where that of the dropped request would be if it were given back.
      let other = [Int](repeating: -1, count: count)
      try world.barrier()
      #expect(try world.receive([Int].self, from: world.left) == [Int](repeating: world.left, count: count))
      #expect(other.allSatisfy { $0 == -1 })
    }

    @Test func aRequestThatIsOverAndDropped() throws {
      var incoming = try world.nonblocking.receive(Int.self, from: world.left)
      _ = try world.nonblocking.send(1, to: world.right)
      while try !incoming.test() {}
      _ = consume incoming
      _ = try world.nonblocking.send(2, to: world.right)
      #expect(try world.receive(Int.self, from: world.left) == 2)
    }

    // MARK: Status, cancel, another output

    @Test func statusOfARequest() throws {
      var incoming = try world.nonblocking.receive(Int.self, count: 9, from: .any, tag: .any)
      #expect(try incoming.status() == nil)
      try world.barrier()
      try world.send([1, 2, 3], to: world.right, tag: 5)
      var status: Status? = nil
      while status == nil { status = try incoming.status() }
      #expect(status?.source == world.left && status?.tag == 5)
      let (values, same) = try incoming.waitWithStatus()
      #expect(values == [1, 2, 3] && same.source == world.left)
    }

    @Test func canceled() throws {
      let incoming = try world.nonblocking.receive(Int.self, from: world.left, tag: 77)
      #expect(try incoming.cancel() == nil)
      try world.barrier()
      var late = try world.nonblocking.receive(Int.self, from: world.left, tag: 78)
      try world.send(4, to: world.right, tag: 78)
      while try !late.test() {}
      #expect(try late.cancel() == 4)
    }

    @Test func aCollectiveIsNotCanceled() throws {
      let barrier = try world.nonblocking.barrier()
      // Alone, it is over as soon as it begins.
      if world.size > 1 {
        expectError(.request, "barrier", of: barrier, naming: "can't be canceled") { _ = try $0.cancel() }
      }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func anotherOutput() throws {
      let request = try world.nonblocking.allReduce(world.rank, .max).map { "the last is \($0)" }
      #expect(try request.wait() == "the last is \(world.last)")
    }

    // MARK: Tasks

    @Test func manyTasksWait() async throws {
      guard MPIEnvironment.threadLevel == .multiple else { return }
      let count = 20
      let world = world
      let sum = try await withThrowingTaskGroup(of: Int.self) { group in
        for tag in 0..<count {
          group.addTask { try await world.nonblocking.receive(Int.self, from: world.left, tag: tag).value() }
        }
        for tag in (0..<count).reversed() { try world.send(tag, to: world.right, tag: tag) }
        var sum = 0
        for try await value in group { sum += value }
        return sum
      }
      #expect(sum == (0..<count).reduce(0, +))
    }

    @Test func aTaskIsCanceled() async throws {
      guard MPIEnvironment.threadLevel == .multiple else { return }
      let world = world
      let task = Task { try await world.nonblocking.receive(Int.self, from: world.left, tag: 99).value() }
      try await Task.sleep(for: .milliseconds(5))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    // MARK: Errors

    @Test func messageLongerThanTheRoom() throws {
      // To itself, Open MPI 4.1 does not tell of it where the receive began before the send.
      guard world.size > 1 else { return }
      let incoming = try world.nonblocking.receive(Int.self, count: 2, from: world.left)
      let outgoing = try world.nonblocking.send([1, 2, 3], to: world.right)
      expectError(.truncate, of: incoming, naming: "longer than the memory", on: world) { _ = try $0.wait() }
      _ = try outgoing.wait()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func messageLongerThanTheRoomAsTestFindsIt() throws {
      guard world.size > 1 else { return }
      var incoming = try world.nonblocking.receive(Int.self, count: 2, from: world.left)
      let outgoing = try world.nonblocking.send([1, 2, 3], to: world.right)
      expectError(.truncate, "receive", on: world) { while try !incoming.test() {} }
      // The error is not over with the test: what came is not the message.
      expectError(.truncate, "receive", on: world) { _ = try incoming.test() }
      expectError(.truncate, "receive", of: incoming, on: world) { _ = try $0.wait() }
      _ = try outgoing.wait()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func messageLongerThanLentMemoryAsTestFindsIt() throws {
      guard world.size > 1 else { return }
      var memory = [0, 0]
      let outgoing = try world.nonblocking.send([1, 2, 3], to: world.right)
      expectError(.truncate, "receive", on: world) {
        try world.nonblocking.receive(into: &memory, from: world.left) { pending in
          // A program that drops the error gets it from the end of the scope.
          while (try? pending.test()) == false {}
        }
      }
      _ = try outgoing.wait()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func persistentMessageLongerThanTheRoomAsTestFindsIt() throws {
      guard world.size > 1 else { return }
      var incoming = try world.persistent.receive(Int.self, count: 2, from: world.left)
      try incoming.start()
      let outgoing = try world.nonblocking.send([1, 2, 3], to: world.right)
      expectError(.truncate, "receive", on: world) { while try !incoming.test() {} }
      expectError(.truncate, "receive", on: world) { try incoming.wait() }
      expectError(.truncate, "receive", on: world) { _ = try incoming.test() }
      // Some MPIs free a persistent request that has failed, and it can't be started again.
      _ = try outgoing.wait()
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test(.skipped(on: .partialElementAborts), .skipped(on: .partialElementToItselfAborts, ranks: 1...1))
    func messageOfAnotherType() throws {
      let one = try world.nonblocking.receive(Double.self, from: world.left)
      let many = try world.nonblocking.receive(Int32.self, count: 9, from: world.left)
      _ = try world.nonblocking.send(Float(1), to: world.right)
      _ = try world.nonblocking.send([UInt8](repeating: 0, count: 6), to: world.right)
      expectError(.type, of: one, naming: "4 bytes", "Double", on: world) { _ = try $0.wait() }
      expectError(.type, "receive", of: many, naming: "6 bytes", "Int32", on: world) { _ = try $0.wait() }
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    @Test func wrongArguments() throws {
      try expectRefusal(.count, "receive", naming: "-1") {
        _ = try world.nonblocking.receive(Int.self, count: -1, from: 0)
      }
      try expectRefusal(.rank, "receive", naming: "\(world.size)") {
        _ = try world.nonblocking.receive(Int.self, count: 1, from: world.size)
      }
      try expectRefusal(.tag, "receive", naming: "-1") {
        _ = try world.nonblocking.receive(Int.self, from: 0, tag: -1)
      }
    }
  }
}
