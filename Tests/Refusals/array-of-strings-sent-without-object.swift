// refused: write send(object: …)
import MPI

func program(_ world: Communicator) throws {
  try world.send(["one", "two"], to: 1)
}
