// refused: extraneous argument label 'inPlace:' in call
import MPI

func program(_ grid: CartesianCommunicator) throws {
  var values = [1.0, 2, 3]
  _ = try grid.neighborAllGather(inPlace: &values)
}
