// refused: write scatter(object: …)
import MPI

func program(_ world: Communicator) throws {
  _ = try world.scatter(world.isRoot ? ["a", "b"] : nil)
}
