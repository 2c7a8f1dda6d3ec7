import CMPI

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension MPIEnvironment {
  /// The number of cores that this process may run on, at least 1: those that the launcher, a batch system or `taskset` has
  /// bound it to, and all of the machine where nobody has.
  ///
  /// It is asked anew each time. It may be asked before MPI was started.
  public static var availableCores: Int {
    #if os(Linux)
      // The kernel wants room for all the cores that it was built for, and says no to less.
      var words = 16
      while words <= 1 << 14 {
        var mask = [UInt](repeating: 0, count: words)
        let length = cmpi_get_affinity(&mask, UInt(words * MemoryLayout<UInt>.size))
        if length > 0 { return max(1, mask.reduce(0) { $0 + $1.nonzeroBitCount }) }
        words *= 2
      }
    #endif
    return machineCores
  }

  /// The number of cores that this machine has, whoever may use them.
  package static var machineCores: Int { max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))) }
}
