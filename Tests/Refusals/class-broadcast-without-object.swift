// refused: write broadcast(object: …)
import MPI

final class Box: Sendable {}

func program(_ world: Communicator) throws {
  _ = try world.broadcast(world.isRoot ? Box() : nil)
}
