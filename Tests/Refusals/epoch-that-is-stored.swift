// refused: lifetime-dependent variable 'stored' escapes its scope
import MPI

func program(_ window: Window<Double>) throws {
  var stored: LockEpoch<Double>?
  try window.lockedAll { epoch in stored = epoch }
  try stored?.put(1.0, to: 1, at: 0)
}
