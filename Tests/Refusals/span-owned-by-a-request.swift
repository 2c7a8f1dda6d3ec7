// refused: 'Span<Double>' conform to 'Escapable'
import MPI

func program(_ world: Communicator, _ edge: Span<Double>) throws {
  let request = try world.nonblocking.send(edge, to: 1)
  _ = try request.wait()
}
