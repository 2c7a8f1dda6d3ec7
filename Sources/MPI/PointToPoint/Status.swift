// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// The source, the tag and the length of a message.
///
/// C: `MPI_Status`. MPI-3.1, section 3.2.5.
@frozen
public struct Status: @unchecked Sendable {
  @usableFromInline var value: MPI_Status

  @inlinable
  init() { value = MPI_Status() }

  /// MPI's code for an operation that a test has found to have failed. MPI leaves the field alone for single requests.
  @inlinable
  var failure: CInt {
    get { value.MPI_ERROR }
    set { value.MPI_ERROR = newValue }
  }

  /// The rank that sent it; nil for a message from ``MessageSource/null``.
  ///
  /// C: `MPI_Status_get_source`. MPI-4.1, section 3.2.5; a field of `MPI_Status` before.
  public var source: Int? { value.MPI_SOURCE == CMPI_PROC_NULL ? nil : Int(value.MPI_SOURCE) }

  /// The rank that sent the message, as the destination of an answer.
  ///
  /// ```swift
  /// let message = try world.matchedProbe(from: .any)
  /// let sender = message.status.sender
  /// let question = try message.receive(Int.self)
  /// try world.send(question * 2, to: sender)
  /// ```
  ///
  /// For a message from ``MessageSource/null`` it is no rank, and an answer goes nowhere.
  public var sender: Neighbor { Neighbor(source) }

  /// Its tag.
  ///
  /// C: `MPI_Status_get_tag`. MPI-4.1, section 3.2.5; a field of `MPI_Status` before.
  public var tag: Int { Int(value.MPI_TAG) }

  /// Its length in bytes, which may be past 2³¹.
  ///
  /// C: `MPI_Get_count`, `MPI_Get_elements`, `MPI_Get_elements_x`. MPI-3.1, sections 3.2.5 and 4.1.11.
  public var byteCount: Int {
    var copy = value
    // It takes less than the other, and knows no number past 2³¹.
    var short: CInt = 0
    if _fastPath(MPI_Get_count(&copy, CMPI_BYTE, &short) == 0 && short != CMPI_UNDEFINED) { return Int(short) }
    var count: MPI_Count = 0
    guard MPI_Get_elements_x(&copy, CMPI_BYTE, &count) == 0, count != MPI_Count(CMPI_UNDEFINED) else { return 0 }
    return Int(count)
  }

  /// Returns the number of elements of a type in the message.
  ///
  /// C: `MPI_Get_count`. MPI-3.1, section 3.2.5.
  ///
  /// - Throws: ``ErrorClass/type`` if its length is no multiple of the element's.
  public func count<Element: BitwiseCopyable>(of _: Element.Type) throws(MPIError) -> Int {
    let (count, rest) = byteCount.quotientAndRemainder(dividingBy: max(MemoryLayout<Element>.stride, 1))
    guard rest == 0 else {
      throw MPIError(.type, mismatch(Element.self, needs: "a multiple of "), operation: "Status.count(of:)")
    }
    return count
  }

  /// Whether the operation was canceled.
  ///
  /// C: `MPI_Test_cancelled`. MPI-3.1, section 3.8.4.
  public var isCanceled: Bool {
    var copy = value
    var flag: CInt = 0
    return MPI_Test_cancelled(&copy, &flag) == 0 && flag != 0
  }

  /// The error of a message that can't be of `Element`s.
  @usableFromInline
  func mismatch<Element>(_: Element.Type, needs: String = "") -> String {
    let from = source.map { "rank \($0)" } ?? "no rank"
    return """
      the message from \(from) with tag \(tag) holds \(byteCount) bytes; \
      \(Element.self) needs \(needs)\(MemoryLayout<Element>.stride)
      """
  }
}

extension Status: CustomStringConvertible {
  /// Source, tag and length, in words.
  public var description: String {
    "message from \(source.map { "rank \($0)" } ?? "no rank"), tag \(tag), \(byteCount) bytes"
  }
}
