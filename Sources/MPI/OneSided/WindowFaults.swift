/// What an MPI is known to do wrong in a window. What is affected is refused with words.
///
/// All of it was seen in C programs too. A window of one rank alone does not have the faults.
@usableFromInline
struct WindowFaults: Sendable {
  /// Open MPI compares unsigned integers of 4 and 8 bytes as signed ones, in a program's own memory.
  @usableFromInline let comparesUnsignedAsSigned: Bool
  /// Open MPI 4 crashes when it compares and swaps 8 bytes of memory that it reaches directly.
  @usableFromInline let crashesSwapping8Bytes: Bool
  /// Open MPI returns success without doing logical operations on 4 and 8 bytes, in a program's own memory.
  @usableFromInline let losesLogic: Bool
  /// Open MPI 5 returns success without doing bitwise operations on 8 bytes, in a program's own memory.
  @usableFromInline let losesBits: Bool

  init(_ kind: WindowKind, isAlone: Bool) {
    let isOpenMPI = MPIEnvironment.vendor == .openMPI && !isAlone
    let isForeign = kind == .array || kind == .dynamic
    comparesUnsignedAsSigned = isOpenMPI && isForeign
    crashesSwapping8Bytes = isOpenMPI4 && !isAlone && kind != .shared
    losesLogic = isOpenMPI && isForeign
    losesBits = isOpenMPI && !isOpenMPI4 && isForeign
  }
}

/// The kinds of operations that some MPIs do wrongly in some windows.
@usableFromInline
enum AccumulateFamily: Sendable {
  case comparison
  case logical
  case bitwise
  case other
}
