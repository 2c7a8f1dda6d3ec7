// refused: 'message' consumed more than once
import MPI

func program(_ world: Communicator) throws {
  let message = try world.matchedProbe(from: .any)
  _ = try message.receive([Double].self)
  _ = try message.receive([Double].self)
}
