// refused: BitwiseCopyable
import MPI

final class Mesh {}
struct Cell {
  var mesh: Mesh
  var value: Double
}

func program(_ world: Communicator, _ cells: [Cell]) throws {
  try world.send(cells, to: 0)
}
