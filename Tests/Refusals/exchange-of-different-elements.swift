// refused: both buffers need elements of one BitwiseCopyable type
import MPI

func program(_ world: Communicator) throws {
  var numbers = [0.0]
  let integers = [1, 2]
  try world.sendReceive(integers, to: 1, into: &numbers, from: 1)
}
