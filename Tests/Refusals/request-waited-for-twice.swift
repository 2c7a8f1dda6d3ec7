// refused: 'request' consumed more than once
import MPI

func program(_ world: Communicator) throws {
  let request = try world.nonblocking.receive(Double.self, count: 3, from: 0)
  _ = try request.wait()
  _ = try request.wait()
}
