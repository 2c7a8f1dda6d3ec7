// refused: overlapping accesses to 'matrix'
import MPI

func program(_ world: Communicator, _ column: Layout<Double>) throws {
  var matrix = [Double](repeating: 0, count: 9)
  try world.nonblocking.receive(into: &matrix[layout: column], from: 0) { _ in
    print(matrix[0])
  }
}
