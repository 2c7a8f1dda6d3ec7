// refused: operations take place in an epoch: window.fenced
import MPI

func program(_ window: Window<Double>) throws {
  try window.put([1.0, 2.0], to: 1, at: 0)
}
