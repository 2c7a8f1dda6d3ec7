// refused: 'sum'
import MPI

func program(_ world: Communicator) throws {
  _ = try world.allReduce(true, .sum)
}
