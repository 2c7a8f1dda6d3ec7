import MPI

/// Measures how fast memory is while all ranks of a node use it: `a[i] = b[i] + s * c[i]` over arrays larger than caches.
enum MemoryMeasurement {
  /// The elements of an array: 32 MiB of them.
  private static let count = 4 << 20

  /// This rank's share of its node's bandwidth, in bytes a second, by the quickest of some passes.
  ///
  /// - Parameter world: all ranks, which call it at the same time.
  static func measure(on world: Communicator) throws -> Double {
    var a = [Double](repeating: 0, count: count)
    let b = [Double](repeating: 1, count: count)
    let c = [Double](repeating: 2, count: count)
    var best = Double.infinity
    for pass in 1...5 {
      try world.barrier()
      let begin = MPIEnvironment.wallTime
      add(Double(pass), b, c, to: &a)
      best = min(best, MPIEnvironment.wallTime - begin)
    }
    // Whoever doesn't look at the result need not compute it.
    precondition(a[count / 2] == 11, "memory that doesn't hold what was written to it")
    return Double(3 * count * MemoryLayout<Double>.stride) / best
  }

  /// One pass.
  private static func add(_ factor: Double, _ b: [Double], _ c: [Double], to a: inout [Double]) {
    for index in a.indices { a[index] = b[index] + factor * c[index] }
  }
}
