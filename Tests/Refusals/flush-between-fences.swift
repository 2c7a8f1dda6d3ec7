// refused: 'FenceEpoch<Double>' has no member 'flush'
import MPI

func program(_ window: Window<Double>) throws {
  try window.fenced { epoch in
    try epoch.put(1.0, to: 1, at: 0)
    try epoch.flush(1)
  }
}
