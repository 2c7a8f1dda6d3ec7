// refused: write send(object: …)
import MPI

final class Box: Sendable {}

func program(_ world: Communicator) throws {
  try world.send(Box(), to: 1)
}
