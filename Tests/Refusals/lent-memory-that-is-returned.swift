// refused: conform to 'Copyable'
import MPI

func program(_ world: Communicator) throws {
  var memory = [0.0, 1.0]
  let lent = try world.nonblocking.lending(&memory) { lent in return lent }
  print(lent.count)
}
