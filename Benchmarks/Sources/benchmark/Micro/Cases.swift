// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// A case that is made when its turn comes, and given back after it.
struct CaseMaker {
  var make: (Communicator) throws -> (cases: [Case], end: () throws -> Void)

  init(_ make: @escaping (Communicator) throws -> [Case]) {
    self.make = { world in (try make(world), {}) }
  }

  init(window make: @escaping (Communicator) throws -> (cases: [Case], end: () throws -> Void)) { self.make = make }
}

/// What is measured on two ranks or more.
///
/// - Parameter isQuick: fewer sizes.
func microCases(isQuick: Bool) -> [CaseMaker] {
  let messages = isQuick ? [1, 64, 4096, 65_536, 1 << 20] : (0...11).map { 1 << (2 * $0) }
  let sizes = isQuick ? [8, 65_536] : [8, 1024, 65_536, 1 << 20]
  let few = isQuick ? [8] : [8, 65_536]
  var makers: [CaseMaker] = []
  for bytes in messages { makers.append(CaseMaker { [pingPong($0, bytes: bytes)] }) }
  for bytes in few { makers.append(CaseMaker { [try persistentPingPong($0, bytes: bytes)] }) }
  for bytes in few { makers.append(CaseMaker { [nonblockingPair($0, bytes: bytes)] }) }
  makers.append(CaseMaker { [messageRate($0), nonblockingMessageRate($0)] })
  makers.append(CaseMaker { [barrier($0), nonblockingBarrier($0), isTimeUp($0)] })
  for make in [
    broadcast, reduce, allReduce, allReduceInPlace, allGather, allGatherUneven, allGatherUnknown, allToAll, scan,
  ] {
    for bytes in sizes { makers.append(CaseMaker { [make($0, bytes)] }) }
  }
  for bytes in few {
    makers.append(CaseMaker { nonblockingCollectives($0, bytes: bytes) })
    makers.append(CaseMaker { try persistentCollectives($0, bytes: bytes) })
    makers.append(CaseMaker(window: { try putAndGet($0, bytes: bytes) }))
  }
  makers.append(CaseMaker(window: fetchAndAdd))
  for bytes in isQuick ? [65_536] : [1024, 65_536, 1 << 20] {
    makers.append(CaseMaker { partitioned($0, bytes: bytes) })
  }
  return makers
}

/// What is counted on one rank: 64 bytes, or 8 for values.
func countedCases() -> [CaseMaker] {
  var makers: [CaseMaker] = [
    CaseMaker { sendAndReceive($0) },
    CaseMaker { [sendReceiveBoth($0)] },
    CaseMaker { [nonblockingPair($0, bytes: 64)] },
    CaseMaker { [windowToItself($0), try persistentPair($0, bytes: 64)] },
    CaseMaker { [barrier($0), nonblockingBarrier($0)] },
  ]
  for make in [
    broadcast, reduce, allReduce, allReduceInPlace, allGather, allGatherUneven, allGatherUnknown, allToAll, scan,
  ] {
    // Of 8 bytes, for that is what the forms with values are there for; a span of one element costs what any does.
    makers.append(CaseMaker { [make($0, 8)] })
  }
  makers.append(CaseMaker { nonblockingCollectives($0, bytes: 64) })
  makers.append(CaseMaker { try persistentCollectives($0, bytes: 64) })
  makers.append(CaseMaker(window: { try putAndGet($0, bytes: 8) }))
  makers.append(CaseMaker(window: fetchAndAdd))
  makers.append(CaseMaker { partitioned($0, bytes: 1024) })
  return makers
}
