// refused: BitwiseCopyable
import MPI

struct Named {
  var name: String
  var value: Double
}

func program(_ world: Communicator) throws {
  _ = try world.allGather(Named(name: "a", value: 1))
}
