// refused: overlapping accesses to 'total'
import MPI

func program(_ world: Communicator) throws {
  var total = try world.persistent.allReduce([0.0], .sum)
  try total.start {
    total.input[0] = 1
  }
}
