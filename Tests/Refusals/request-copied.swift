// refused: 'Request<[Double]>' conform to 'Copyable'
import MPI

func program(_ world: Communicator) throws {
  var requests = [try world.nonblocking.receive(Double.self, count: 3, from: 0)]
  requests.removeAll()
}
