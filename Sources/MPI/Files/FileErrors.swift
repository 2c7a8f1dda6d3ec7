// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

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
    if code != 0 {
      throw failure(ErrorClass(code: code), operation, MPIError.words(for: code, "\(operation)"), code: code)
    }
  }

  /// Ends a call, in checked mode.
  func leave() {
    if communicator.isChecked { CallRecord.end() }
  }

  /// The handle, if the file is open and was opened for this.
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
  ///   - code: MPI's, or 0 if MPI reported success.
  ///   - text: what happened.
  ///   - missing: the first byte that is missing and where it belongs, if that is known.
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

  /// Throws on every rank if one failed: there its own error, on the others one of the same class with its words.
  func agree(_ own: MPIError?, _ operation: StaticString) throws(MPIError) {
    guard let (first, errorClass) = try communicator.agree(own).failed else { return }
    leave()
    let words = try communicator.words(of: own, from: first)
    throw own ?? failure(errorClass, operation, "rank \(first) of the file failed: \(words)")
  }

  /// Throws on every rank unless all give the same size in bytes, 0 or more. One all-reduce.
  func agree(onSize byteCount: Int, _ operation: StaticString) throws(MPIError) {
    var own: MPIError? = nil
    if byteCount < 0 { own = failure(.argument, operation, "a size of \(byteCount) bytes is below 0") }
    let size = Int64(byteCount)
    let verdict = try communicator.agree(own, least: SIMD4(size, -size, 0, 0))
    let (least, most) = (verdict.least[0], -verdict.least[1])
    if verdict.failed != nil || least != most { leave() }
    if let (first, errorClass) = verdict.failed {
      let words = try communicator.words(of: own, from: first)
      throw own ?? failure(errorClass, operation, "rank \(first) of the file failed: \(words)")
    }
    try require(
      least == most, .notSame, operation,
      "the ranks give different sizes: the least is \(least) bytes, the most \(most), and this rank gives \(byteCount)")
  }

  /// Does what each rank does by itself in a collective call, and throws on every rank if it failed on one.
  func agreeing<Value>(
    _ operation: StaticString, _ body: () throws(MPIError) -> Value
  ) throws(MPIError) -> Value {
    let outcome = Result(catching: body)
    do throws(MPIError) {
      switch outcome {
      case .success: try agree(nil, operation)
      case .failure(let own): try agree(own, operation)
      }
    } catch {
      leave()
      throw error
    }
    return try outcome.get()
  }
}
