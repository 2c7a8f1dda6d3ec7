// refused: write scan(object: …) { … }
import MPI

func program(_ world: Communicator) throws {
  _ = try world.scan("text") { $0 + $1 }
}
