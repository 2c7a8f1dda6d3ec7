// refused: has no member 'neighborAllGather'
import MPI

func program(_ world: Communicator) throws {
  _ = try world.neighborAllGather(1)
}
