// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase

extension Communicator {
  /// Runs a body on rank 0, then on rank 1, and so on: each rank's begins when that of the rank before has returned.
  ///
  /// ```swift
  /// try world.inOrder { print("rank \(world.rank) has \(mine.count) cells") }
  /// ```
  ///
  /// Collective: every rank calls it, and it returns when all bodies have returned. So what comes before it on any rank
  /// is before what the last rank's body does, and two calls, one after the other, do not mix.
  ///
  /// What a body prints leaves its process before the next body begins. The next one begins when the launcher has read
  /// it, so on one machine the lines come in rank order. How long it waits has a limit: a second if ranks print to
  /// pipes, 50 milliseconds if they print to terminals, as with Open MPI; there, a body that writes a file and
  /// prints nothing waits as long. MPI promises no order between processes, least of all on several machines: to be
  /// sure, bring the text to one rank by ``gather(object:root:file:line:)``, and print it there.
  ///
  /// The ranks pass on one message, and at the end one number is broadcast; it takes as long as all bodies together.
  /// Ranks that wait leave the cores to others. The first call makes a communicator for these messages. The body must
  /// not call this communicator's collective operations: the others wait for their turn.
  ///
  /// C: `MPI_Send`, `MPI_Irecv`, `MPI_Ibcast`. MPI-3.1, sections 3.2, 3.7 and 5.12.2.
  ///
  /// - Parameter body: what this rank does when its turn has come.
  /// - Returns: what this rank's body returns.
  /// - Throws: what the body throws, on its rank. The bodies of the ranks after it do not run, and every other rank
  ///   throws an ``MPIError`` of class ``ErrorClass/other`` with its words, those whose bodies have run too.
  public final func inOrder<Result>(
    file: StaticString = #fileID, line: Int = #line, _ body: () throws -> Result
  ) throws -> Result {
    let operation: StaticString = "inOrder"
    try refuseIfOccupied(operation)
    return try collectiveCall(operation, file, line) {
      if size == 1 { return try body() }
      let channel = try libraryChannel(operation)
      // The rank whose body has thrown, or -1.
      var failed = -1
      if rank > 0 { failed = try napping(until: channel.nonblocking.receive(Int.self, from: rank - 1)) }
      var outcome: Swift.Result<Result, any Error>?
      if failed < 0 {
        let printed = PrintedOutput()
        outcome = Swift.Result(catching: body)
        if case .failure = outcome { failed = rank }
        printed.waitUntilRead()
      }
      if rank < size - 1 { try channel.send(failed, to: rank + 1) }
      failed = try napping(until: channel.nonblocking.broadcast(rank == size - 1 ? failed : nil, root: size - 1))
      guard failed >= 0 else { return try outcome!.get() }
      // All ranks know of it, so the one that failed can send them the reason.
      var failure: ObjectFailure?
      if rank == failed, case .failure(let error) = outcome {
        failure = ObjectFailure(error, of: "the body", rank: rank)
      }
      let told = try channel.broadcast(object: failure, root: failed)
      if rank == failed, let outcome { return try outcome.get() }
      throw told.error(operation, on: self)
    }
  }

  /// Waits for a request without using the core for long: another rank's body may need it.
  private func napping<Output>(until request: consuming Request<Output>) throws(MPIError) -> Output {
    let start = MPI_Wtime()
    var questions = 0
    while try !request.test() {
      questions += 1
      if questions < 1000 { continue }
      sleep(milliseconds: 1)
      hasWaited(nanoseconds: Int((MPI_Wtime() - start) * 1e9))
    }
    hasWaited(nanoseconds: nil)
    return try request.wait()
  }
}
