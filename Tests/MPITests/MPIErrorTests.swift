// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct MPIErrorTests {
    let world = Communicator.world

    @Test func descriptionOfAWrongArgument() throws {
      let error = expectError(.rank) { try world.send(1, to: 99) }
      #expect(
        error?.description == """
          send on MPI_COMM_WORLD, rank \(world.rank): rank 99 is out of range: this communicator has ranks 0 to \
          \(world.size - 1) [MPI_ERR_RANK]
          """)
    }

    @Test func descriptionOfWhatMPIFound() throws {
      let outgoing = try world.nonblocking.send([1, 2], to: world.right)
      let error = expectError(.truncate) { _ = try world.receive(Int.self, from: world.left) }
      _ = try outgoing.wait()
      let words = try #require(error?.description)
      #expect(words.hasPrefix("receive on MPI_COMM_WORLD, rank \(world.rank): "))
      #expect(words.hasSuffix(" [MPI_ERR_TRUNCATE]"))
      #expect(words.contains("receive it as an array"))
      #expect(!words.contains("\n"))
      #expect(error?.code != 0)
    }

    @Test func descriptionWithoutACommunicator() {
      let error = MPIError(.argument, "too many", operation: "count")
      #expect(error.description == "count: too many [MPI_ERR_ARG]")
      #expect(error.communicator == nil && error.rank == nil && error.code == 0)
      let placed = MPIError(.count, "too few", operation: "count", communicator: "team", rank: 3, code: 17)
      #expect(placed.description == "count on team, rank 3: too few [MPI_ERR_COUNT]")
      #expect(placed.code == 17)
    }

    @Test func descriptionOfThisLibrarysOwnClasses() {
      #expect("\(MPIError(.serialization, "no", operation: "f"))" == "f: no [serialization]")
      #expect("\(MPIError(.environment, "no", operation: "f"))" == "f: no [environment]")
    }

    @Test func equality() {
      let error = MPIError(.argument, "too many", operation: "count")
      #expect(error == MPIError(.argument, "too many", operation: "count"))
      #expect(error != MPIError(.count, "too many", operation: "count"))
    }

    @Test func classesHaveNamesOfTheirOwn() {
      #expect(Set(ErrorClass.allCases.map(\.rawValue)).count == ErrorClass.allCases.count)
      #expect(ErrorClass.truncate.rawValue == "MPI_ERR_TRUNCATE")
    }

    @Test func everyCallThrowsThisType() {
      do throws(MPIError) {
        try world.send(1, to: -1)
      } catch {
        #expect(error.errorClass == .rank)
      }
    }

    // MARK: Elements that hold addresses

    #if DEBUG
      @Test func pointersAreRefused() throws {
        var number = 5
        try withUnsafeMutablePointer(to: &number) { pointer in
          let (raw, opaque) = (UnsafeRawPointer(pointer), OpaquePointer(pointer))
          try refuse(UnsafePointer(pointer))
          try refuse(Optional(raw))
          try refuse(opaque)
          try refuse(UnsafeBufferPointer(start: pointer, count: 1))
          try refuse(UnsafeMutableRawBufferPointer(start: pointer, count: 8))
          try refuse(Unmanaged.passUnretained(world))
        }
      }

      /// Expects that an element is refused by operations of every kind.
      private func refuse<Element: BitwiseCopyable>(
        _ element: Element, sourceLocation: SourceLocation = #_sourceLocation
      ) throws {
        let type = "\(Element.self)"
        func refused(_ operation: String, _ body: () throws -> Void) throws {
          try expectRefusal(
            .type, operation, naming: type, "address", sourceLocation: sourceLocation, body)
        }
        let right = ReduceOperation<Element>.custom { $1 }
        try refused("send") { try world.send(element, to: world.right) }
        try refused("send") { try world.send([element], to: world.right) }
        try refused("send") { _ = try world.nonblocking.send([element], to: world.right) }
        try refused("receive") { _ = try world.receive(Element.self, from: world.left) }
        try refused("sendReceive") { _ = try world.sendReceive(element, to: world.right, from: world.left) }
        try refused("broadcast") { _ = try world.broadcast(element) }
        try refused("broadcast") { _ = try world.broadcast([element]) }
        try refused("scatter") { _ = try world.scatter([element]) }
        try refused("gather") { _ = try world.gather([element]) }
        try refused("allGather") { _ = try world.allGather(element) }
        try refused("allToAll") { _ = try world.allToAll([element]) }
        try refused("reduce") { _ = try world.reduce(element, right) }
        try refused("allReduce") { _ = try world.allReduce([element], right) }
        try refused("reduceScatter") { _ = try world.reduceScatter([element], right) }
        try refused("scan") { _ = try world.scan(element, right) }
        try refused("exclusiveScan") { _ = try world.exclusiveScan(element, right) }
      }

      @Test func pointersInsideAStructAreRefused() throws {
        struct Slice {
          var start: UnsafePointer<Int>?
          var count: Int
        }
        var thrown: MPIError?
        do { _ = try world.allGather(Slice(start: nil, count: 0)) } catch { thrown = error }
        #expect(thrown?.errorClass == .type)
      }
    #endif
  }
}
