// refused: write allReduce(object: …) { … }
import MPI

func program(_ world: Communicator) throws {
  _ = try world.allReduce("text") { $0 + $1 }
}
