// refused: write receive(object: …)
import MPI

func program(_ world: Communicator) throws {
  var text = "text"
  try world.receive(into: &text, from: 1)
}
