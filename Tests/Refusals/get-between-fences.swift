// refused: write getDeferred
import MPI

func program(_ window: Window<Double>) throws {
  try window.fenced { epoch in
    print(try epoch.get(from: 1, at: 0))
  }
}
