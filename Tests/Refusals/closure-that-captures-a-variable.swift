// refused: concurrently-executing code
import MPI

func program(_ world: Communicator) throws {
  var calls = 0
  _ = try world.allReduce(
    1,
    .custom {
      calls += 1
      return $0 + $1
    })
  calls += 1
}
