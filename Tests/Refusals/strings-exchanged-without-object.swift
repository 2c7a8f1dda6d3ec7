// refused: write allToAll(object: …)
import MPI

func program(_ world: Communicator) throws {
  _ = try world.allToAll(["a", "b"])
}
