// refused: write gather(object: …)
import MPI

func program(_ world: Communicator) throws {
  _ = try world.gather(["a": 1])
}
