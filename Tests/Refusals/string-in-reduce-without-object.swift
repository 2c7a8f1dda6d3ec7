// refused: write reduce(object: …) { … }
import MPI

func program(_ world: Communicator) throws {
  _ = try world.reduce("text") { $0 + $1 }
}
