// refused: 'LockEpoch<Double>' has no member 'fence'
import MPI

func program(_ window: Window<Double>) throws {
  try window.lockedAll { epoch in
    try epoch.put(1.0, to: 1, at: 0)
    try epoch.fence()
  }
}
