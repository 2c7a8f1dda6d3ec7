// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The operations that begin and return at once: `world.nonblocking.send(…)`.
///
/// They have the names and the arguments of the blocking ones, and come in two forms:
///
/// - With values and arrays they return a ``Request``, which owns the memory and gives it back.
/// - With a closure they work on the caller's memory, and the closure runs while the operation is in flight. No
///   allocation, no copy.
///
/// What a blocking form learns by a message before (how long the arrays of the other ranks are) can't be learnt without
/// waiting: it is an argument here.
///
/// `Base` is the kind of communicator: some operations exist only for those with a topology, and messages also for
/// intercommunicators.
public struct Nonblocking<Base: MessageChannel> {
  @usableFromInline let base: Base

  @usableFromInline
  init(_ base: Base) { self.base = base }
}

extension Nonblocking where Base: Communicator {
  @inlinable @inline(__always)
  var communicator: Base { base }
}

/// The operations that are made ready once and started many times: `world.persistent.allReduce(…)`.
///
/// They have the names and the arguments of the nonblocking ones, and return a ``PersistentRequest``.
///
/// Collective ones are made ready by all ranks, in the same order; not every MPI has them: see
/// ``MPIEnvironment/Feature/persistentCollectives``.
///
/// `Base` is the kind of communicator: some operations exist only for those with a topology, and messages also for
/// intercommunicators.
public struct Persistent<Base: MessageChannel> {
  let base: Base
}

extension Persistent where Base: Communicator {
  var communicator: Base { base }
}
