// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// NAS IS: sorts the keys over the ranks ten times, with two other keys each time.
///
/// - Parameters:
///   - keys: those of this rank, in its block of all.
///   - size: how many keys there are, how large they are, and five of which the places are looked for.
/// - Returns: how many keys are less than each of the five, time after time; and this rank's keys after the last one.
func integerSort(_ world: Communicator, _ keys: [Int32], _ size: ISClass) throws -> (places: [Int], sorted: [Int32]) {
  let buckets = 1 << size.bucketBits
  let shift = Int32(size.keyBits - size.bucketBits)
  let block = world.block(of: size.count)
  var mine = keys
  var grouped = [Int32](repeating: 0, count: keys.count)
  var incoming: [Int32] = []
  var below: [Int32] = []
  var low: Int32 = 0
  var places = [Int](repeating: 0, count: ISClass.iterations * size.tests.count)

  for iteration in 1...ISClass.iterations {
    if world.isRoot {
      mine[iteration] = Int32(iteration)
      mine[iteration + ISClass.iterations] = Int32(1 << size.keyBits - iteration)
    }
    // The lengths of the buckets, then the keys whose places are looked for.
    var lengths = [Int32](repeating: 0, count: buckets + size.tests.count)
    count(mine, shift: shift, of: buckets, into: &lengths)
    for (number, test) in size.tests.enumerated() where block.contains(test) {
      lengths[buckets + number] = mine[test - block.lowerBound]
    }
    let totals = try world.allReduce(lengths, .sum, checkingCounts: false)

    // A rank has the buckets that begin in its share of the keys.
    var (first, lesser) = ([Int](), [Int]())
    var before = 0
    for bucket in 0...buckets {
      while first.count < world.size && (before >= size.count * first.count / world.size || bucket == buckets) {
        first.append(bucket)
        lesser.append(before)
      }
      if bucket < buckets { before += Int(totals[bucket]) }
    }
    first.append(buckets)

    var next = [Int32](repeating: 0, count: buckets)
    var counts: [Int] = []
    var place: Int32 = 0
    for rank in 0..<world.size {
      let start = place
      for bucket in first[rank]..<first[rank + 1] {
        next[bucket] = place
        place += lengths[bucket]
      }
      counts.append(Int(place - start))
    }
    group(mine, shift: shift, at: &next, in: &grouped)

    let theirs = try world.allToAll(counts)
    resize(&incoming, to: theirs.reduce(0, +))
    var room = incoming.mutableSpan
    try world.allToAll(grouped.span, counts: counts, into: &room, receivedCounts: theirs)

    // How many keys there are of each value or less.
    low = Int32(first[world.rank]) << shift
    let range = (first[world.rank + 1] - first[world.rank]) << Int(shift)
    below.removeAll(keepingCapacity: true)
    resize(&below, to: range)
    count(incoming, from: low, of: range, into: &below)
    var sum: Int32 = 0
    for index in below.indices {
      sum &+= below[index]
      below[index] = sum
    }
    for number in size.tests.indices {
      let key = Int(totals[buckets + number] - low)
      guard below.indices.contains(key) else { continue }
      places[(iteration - 1) * size.tests.count + number] = lesser[world.rank] + (key > 0 ? Int(below[key - 1]) : 0)
    }
  }
  try world.allReduce(inPlace: &places, .sum)

  var sorted = [Int32](repeating: 0, count: incoming.count)
  for key in incoming {
    below[Int(key &- low)] &-= 1
    sorted[Int(below[Int(key &- low)])] = key
  }
  return (places, sorted)
}

/// Counts keys by their buckets, of which the first begins with a key. There are as many lengths at least.
private func count(
  _ keys: [Int32], from first: Int32 = 0, shift: Int32 = 0, of buckets: Int, into lengths: inout [Int32]
) {
  var lengths = lengths.mutableSpan
  // Some keys at a time, while they are in the cache: the largest is found many keys at once. A comparison for each key
  // takes half as much again.
  for start in stride(from: 0, to: keys.count, by: 1024) {
    let some = keys.span.extracting(start..<min(start + 1024, keys.count))
    var most: UInt32 = 0
    for index in some.indices {
      most = max(most, UInt32(bitPattern: some[unchecked: index] &- first) &>> UInt32(shift))
    }
    guard Int(most) < buckets else { fatalError("there is a key for bucket \(most) of \(buckets)") }
    for index in some.indices { lengths[unchecked: Int((some[unchecked: index] &- first) &>> shift)] &+= 1 }
  }
}

/// Puts each key where the next one of its bucket goes. There is room for them: `count` has counted them.
private func group(_ keys: [Int32], shift: Int32, at next: inout [Int32], in grouped: inout [Int32]) {
  var next = next.mutableSpan
  var grouped = grouped.mutableSpan
  for key in keys {
    let bucket = Int(key &>> shift)
    let index = next[unchecked: bucket]
    next[unchecked: bucket] = index &+ 1
    grouped[unchecked: Int(index)] = key
  }
}

/// Makes an array longer by zeros, or shorter, in its own memory if that is enough.
private func resize(_ array: inout [Int32], to count: Int) {
  if array.count > count { array.removeLast(array.count - count) }
  if array.count < count { array.append(contentsOf: repeatElement(0, count: count - array.count)) }
}
