// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// How the ranks of a collective call agree on whether it failed. MPI may report an error on one rank alone, and the
// arguments may be wrong on one rank alone; a rank that throws while the others go on would leave them waiting.

/// One rank's report: how it failed, and some numbers.
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
  /// Finds on every rank which of them failed first, and the least of some numbers. One all-reduce.
  func agree(_ own: MPIError?, least numbers: SIMD4<Int64> = .zero) throws(MPIError) -> Verdict {
    let classes = ErrorClass.allCases
    var number = Int64.max
    if let own { number = Int64(rank * classes.count + (classes.firstIndex(of: own.errorClass) ?? 0)) }
    let vote = Vote(failed: number, numbers: (numbers[0], numbers[1], numbers[2], numbers[3]))
    let (result, code) = makeElement(Vote.self) { into in
      withElement(vote) { MPI_Allreduce($0, into, 5, CMPI_INT64_T, CMPI_MIN, rawValue) }
    }
    try MPI.check(code, "agree")
    let least = SIMD4(result.numbers.0, result.numbers.1, result.numbers.2, result.numbers.3)
    if result.failed == .max { return Verdict(failed: nil, least: least) }
    let (rank, index) = Int(result.failed).quotientAndRemainder(dividingBy: classes.count)
    return Verdict(failed: (rank, classes[index]), least: least)
  }

  /// Throws on every rank if one failed: there its own error, on the others one of the same class, with the words of
  /// the lowest rank that failed. One all-reduce; if one failed, two broadcasts more.
  func agree(_ own: MPIError?, _ operation: StaticString) throws(MPIError) {
    if size == 1 {
      if let own { throw own }
      return
    }
    guard let (first, errorClass) = try agree(own).failed else { return }
    let words = try words(of: own, from: first)
    throw own ?? failure(errorClass, operation, "rank \(first) failed: \(words)")
  }

  /// Does what each rank does by itself in a collective call, and throws on every rank if it failed on one, as
  /// ``agree(_:_:)`` does.
  func agreeing<Value>(
    _ operation: StaticString, _ body: () throws(MPIError) -> Value
  ) throws(MPIError) -> Value {
    let outcome = Result(catching: body)
    switch outcome {
    case .success: try agree(nil, operation)
    case .failure(let own): try agree(own, operation)
    }
    return try outcome.get()
  }

  /// The text of the error of a rank that failed, on every rank.
  func words(of own: MPIError?, from root: Int) throws(MPIError) -> String {
    var text = rank == root ? Array((own?.text ?? "").utf8) : []
    var count = text.count
    try MPI.check(withUnsafeMutablePointer(to: &count) { broadcastElements($0, 1, root) }, "agree")
    if rank != root { text = [UInt8](repeating: 0, count: count) }
    try MPI.check(text.withUnsafeMutableBufferPointer { broadcastElements($0.baseAddress, count, root) }, "agree")
    return String(decoding: text, as: UTF8.self)
  }
}
