// refused: 'bitwiseAnd'
import MPI

func program(_ world: Communicator) throws {
  _ = try world.allReduce(1.5, .bitwiseAnd)
}
