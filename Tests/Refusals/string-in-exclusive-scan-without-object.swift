// refused: write exclusiveScan(object: …) { … }
import MPI

func program(_ world: Communicator) throws {
  _ = try world.exclusiveScan("text") { $0 + $1 }
}
