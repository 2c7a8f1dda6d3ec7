// refused: lifetime-dependent variable 'epoch' escapes its scope
import MPI

func program(_ window: Window<Double>) throws {
  try window.lockedAll { epoch in
    Task.detached { try epoch.put(1.0, to: 1, at: 0) }
  }
}
