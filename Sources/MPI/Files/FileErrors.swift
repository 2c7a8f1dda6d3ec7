import CMPI

// Errors of files, with the path; and how the ranks agree on one.

extension MPIFile {
  func failure(_ errorClass: ErrorClass, _ operation: StaticString, _ text: String, code: CInt = 0) -> MPIError {
    MPIError(
      errorClass, text, operation: "\(operation)", communicator: "the file \(path)", rank: communicator.rank, code: code
    )
  }

  func require(
    _ condition: Bool, _ errorClass: ErrorClass, _ operation: StaticString, _ text: @autoclosure () -> String
  ) throws(MPIError) {
    if !condition { throw failure(errorClass, operation, text()) }
  }

  /// Ends a call: throws what MPI's return value means, unless it means success.
  func check(_ code: CInt, _ operation: StaticString) throws(MPIError) {
    leave()
    if code != 0 { throw failure(ErrorClass(code: code), operation, MPIError.words(for: code), code: code) }
  }

  /// Ends a call, in checked mode.
  func leave() {
    if communicator.isChecked { CallRecord.end() }
  }

  /// The handle, where the file is open and was opened for this.
  ///
  /// - Parameter usesSharedPointer: all that a sequential file allows. Nil for what has nothing to do with pointers.
  func opened(
    _ operation: StaticString, reading: Bool = false, writing: Bool = false, usesSharedPointer: Bool? = nil
  ) throws(MPIError) -> MPI_File {
    guard let handle else { throw failure(.file, operation, "the file is closed") }
    if reading && !modes.contains(.read) { throw failure(.accessMode, operation, "it was opened for writing alone") }
    if writing && !modes.contains(.write) { throw failure(.accessMode, operation, "it was opened for reading alone") }
    if usesSharedPointer == false && modes.contains(.sequential) {
      throw failure(.accessMode, operation, "it was opened as sequential: use readShared, readOrdered and their like")
    }
    return handle
  }

  /// The error of something that was not written, of the class that the operating system gives it.
  ///
  /// - Parameters:
  ///   - code: MPI's, or 0 where MPI told of success.
  ///   - text: what happened.
  ///   - missing: the first byte that is missing and where it belongs, where that is known.
  ///   - isFull: whether the file system is known to be full.
  func writeFailure(
    _ code: CInt, _ operation: StaticString, _ text: String, missing: (byte: UInt8, offset: Int)? = nil,
    isFull: Bool = false
  ) -> MPIError {
    let said = code == 0 ? .io : ErrorClass(code: code)
    var known: [ErrorClass] = [.noSpace, .quota, .readOnly, .access]
    known += [.argument, .type, .count, .displacement]
    if known.contains(said) { return failure(said, operation, MPIError.words(for: code), code: code) }
    if isFull || FileSystem.isFull(path) {
      return failure(.noSpace, operation, "\(text): its file system is full", code: code)
    }
    if let missing, let why = FileSystem.obstacle(toWriting: missing.byte, at: missing.offset, of: path) {
      return failure(why.errorClass, operation, "\(text): \(why.text)", code: code)
    }
    let words = code == 0 ? "MPI does not say why" : MPIError.words(for: code)
    return failure(.io, operation, "\(text): \(words)", code: code)
  }

  /// Throws on every rank where one rank failed: there its own error, on the others one of the same class.
  func agree(_ own: MPIError?, _ operation: StaticString) throws(MPIError) {
    let verdict = try communicator.agree(own)
    if let own { throw own }
    if let (rank, errorClass) = verdict.failed {
      throw failure(errorClass, operation, "rank \(rank) of the file failed: see its error")
    }
  }
}

/// What one rank has to say: how it failed, and some numbers.
private struct Vote: BitwiseCopyable {
  var failed: Int64
  var numbers: (Int64, Int64, Int64, Int64)
}

/// What all ranks know after they have agreed.
struct Verdict {
  /// The lowest rank that failed, and how.
  var failed: (rank: Int, errorClass: ErrorClass)?
  /// The least of each number that was given.
  var least: SIMD4<Int64>
}

extension Communicator {
  /// Tells every rank which of them failed first, and the least of some numbers. One all-reduce.
  func agree(_ own: MPIError?, least numbers: SIMD4<Int64> = .zero) throws(MPIError) -> Verdict {
    let classes = ErrorClass.allCases
    var number = Int64.max
    if let own { number = Int64(rank * classes.count + (classes.firstIndex(of: own.errorClass) ?? 0)) }
    let vote = Vote(failed: number, numbers: (numbers[0], numbers[1], numbers[2], numbers[3]))
    let (result, code) = makeElement(Vote.self) { into in
      withElement(vote) { MPI_Allreduce($0, into, 5, CMPI_INT64_T, CMPI_MIN, rawValue) }
    }
    try MPI.check(code, "MPIFile")
    let least = SIMD4(result.numbers.0, result.numbers.1, result.numbers.2, result.numbers.3)
    if result.failed == .max { return Verdict(failed: nil, least: least) }
    let (rank, index) = Int(result.failed).quotientAndRemainder(dividingBy: classes.count)
    return Verdict(failed: (rank, classes[index]), least: least)
  }
}
