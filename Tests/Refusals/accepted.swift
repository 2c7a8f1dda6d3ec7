// accepted
import MPI

struct Cell {
  var position: SIMD3<Double>
  var flags: (Bool, Int32)
}

func program(_ world: Communicator) throws {
  var ghost = [Double](repeating: 0, count: 3)
  var span = ghost.mutableSpan
  try world.nonblocking.receive(into: &span, from: 0) { pending in
    _ = try pending.test()
  }
  ghost[0] = 1
  var total = try world.persistent.allReduce([0.0], .sum)
  total.input[0] = 1
  try total.start {}
  _ = total.output[0]
  let request = try world.nonblocking.send([Cell(position: .zero, flags: (true, 1))], to: 0)
  _ = try request.wait()
  _ = try world.allReduce(1, .bitwiseAnd)
}
