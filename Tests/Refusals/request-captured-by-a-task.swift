// refused: noncopyable 'request' cannot be consumed when captured by an escaping closure
import MPI

func program(_ world: Communicator) throws {
  let request = try world.nonblocking.receive(Double.self, count: 3, from: 0)
  Task { _ = try request.wait() }
}
