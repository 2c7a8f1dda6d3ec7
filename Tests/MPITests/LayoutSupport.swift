// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

/// Expects that a layout takes certain elements of a memory, in that order, and no others: as it is sent from, as it is
/// received into, and as it is packed. Called by every rank.
@_optimize(none)
func expect<Element: Sample>(
  _ layout: Layout<Element>, takes indices: [Int], of count: Int, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let world = Communicator.world
  let memory = Element.samples(count)
  let taken = indices.map { memory[$0] }
  let what = "\(Element.self): \(layout)"
  #expect(layout.elementCount == indices.count, "\(what)", sourceLocation: sourceLocation)
  #expect(layout.byteCount == indices.count * MemoryLayout<Element>.stride, "\(what)", sourceLocation: sourceLocation)
  #expect(layout.isEmpty == indices.isEmpty, "\(what)", sourceLocation: sourceLocation)
  let bounds = indices.isEmpty ? 0..<0 : indices.min()!..<indices.max()! + 1
  #expect(layout.bounds == bounds, "\(what)", sourceLocation: sourceLocation)
  let repeats = Set(indices).count < indices.count
  #expect(layout.overlaps == repeats, "\(what)", sourceLocation: sourceLocation)

  // Out by the layout, in as a plain array.
  let outgoing = try world.nonblocking.send(memory[layout: layout], to: world.right)
  let received: [Element] = try world.receive(from: world.left)
  #expect(received == taken, "\(what)", sourceLocation: sourceLocation)
  #expect(try outgoing.wait().base == memory, "\(what)", sourceLocation: sourceLocation)

  // Packed and unpacked.
  var packed = PackedMessage(world)
  try packed.append(memory[layout: layout])
  #expect(try packed.next([Element].self) == taken, "\(what)", sourceLocation: sourceLocation)

  if repeats {
    expectError(.type, "receive", naming: "twice", on: world, sourceLocation: sourceLocation) {
      var room = memory
      try world.receive(into: &room[layout: layout], from: world.left)
    }
    return
  }

  // Out as a plain array, in by the layout. All else is left as it was.
  let others = Element.samples(count, from: 1000)
  var expected = others
  for index in indices { expected[index] = memory[index] }
  var room = others
  let plain = try world.nonblocking.send(taken, to: world.right)
  let status = try world.receive(into: &room[layout: layout], from: world.left)
  #expect(room == expected, "\(what)", sourceLocation: sourceLocation)
  #expect(try status.count(of: Element.self) == indices.count, "\(what)", sourceLocation: sourceLocation)
  _ = try plain.wait()
}

/// The indices of an array of several dimensions that `isTaken` takes, in the order in which they lie in memory.
func indices(ofArray shape: [Int], _ order: ArrayOrder, where isTaken: ([Int]) -> Bool) -> [Int] {
  let count = shape.reduce(1, *)
  return (0..<count).filter { index in
    var rest = index
    var place = [Int](repeating: 0, count: shape.count)
    for dimension in order == .rowMajor ? Array(shape.indices.reversed()) : Array(shape.indices) {
      place[dimension] = rest % shape[dimension]
      rest /= shape[dimension]
    }
    return isTaken(place)
  }
}
