// refused: 'LockEpoch<Double>' conform to 'Escapable'
import MPI

func program(_ window: Window<Double>) throws {
  let epoch = try window.lockedAll { epoch in return epoch }
  try epoch.put(1.0, to: 1, at: 0)
}
