// refused: overlapping accesses to 'ghost'
import MPI

func program(_ world: Communicator) throws {
  var ghost = [Double](repeating: 0, count: 3)
  var span = ghost.mutableSpan
  try world.nonblocking.receive(into: &span, from: 0) { _ in
    ghost[0] = 1
  }
}
