// refused: write reduceScatter(object: …) { … }
import MPI

func program(_ world: Communicator) throws {
  _ = try world.reduceScatter(["a", "b"]) { $0 + $1 }
}
