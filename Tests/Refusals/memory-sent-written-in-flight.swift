// refused: overlapping accesses to 'edge'
import MPI

func program(_ world: Communicator) throws {
  var edge = [1.0, 2, 3]
  try world.nonblocking.send(edge.span, to: 0) { _ in
    edge[0] = 5
  }
}
