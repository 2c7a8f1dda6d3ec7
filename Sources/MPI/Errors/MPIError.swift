// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// An error of an operation: which one failed, on which communicator, on which rank, and why.
///
/// Every function of this library that can fail throws this type and no other. Arguments that are plainly wrong (a rank
/// that does not exist, a negative tag, a buffer of the wrong length) are found before MPI sees them; what MPI finds
/// itself arrives here too, with its own words in ``text``.
///
/// ```swift
/// do {
///   try world.send(field, to: neighbor)
/// } catch let error as MPIError where error.errorClass == .rank {
///   print(error)  // send on MPI_COMM_WORLD, rank 0: rank 9 is out of range: … [MPI_ERR_RANK]
/// }
/// ```
///
/// C: `MPI_Error_class`, `MPI_Error_string`, `MPI_ERRORS_RETURN`. MPI-3.1, sections 8.3 and 8.4.
public struct MPIError: Error, Sendable {
  /// One reference: a function that throws it hands it over in a register, and those that call it have no room to keep
  /// on their stack, and nothing to copy.
  private let details: Details

  fileprivate final class Details: Sendable {
    let errorClass: ErrorClass
    let code: Int32
    let text: String
    let operation: String
    let communicator: String?
    let rank: Int?

    init(
      _ errorClass: ErrorClass, _ code: Int32, _ text: String, _ operation: String, _ communicator: String?,
      _ rank: Int?
    ) {
      self.errorClass = errorClass
      self.code = code
      self.text = text
      self.operation = operation
      self.communicator = communicator
      self.rank = rank
    }
  }

  /// The kind of error, the same on every MPI.
  public var errorClass: ErrorClass { details.errorClass }
  /// MPI's own code, which differs from one MPI to the next; 0 if MPI was not asked.
  public var code: Int32 { details.code }
  /// A description of the problem and of what to do.
  public var text: String { details.text }
  /// The function of this library that failed, as it is named in Swift.
  public var operation: String { details.operation }
  /// The name of the communicator, if there is one.
  public var communicator: String? { details.communicator }
  /// The rank in that communicator that threw this.
  public var rank: Int? { details.rank }

  /// An error of a class, in words.
  ///
  /// - Parameters:
  ///   - errorClass: the kind of error.
  ///   - text: what is wrong, and what to do.
  ///   - operation: the function that failed, as it is named in Swift.
  ///   - communicator: the name of the communicator, if there is one.
  ///   - rank: the rank in that communicator.
  ///   - code: MPI's own code; 0 if MPI was not asked.
  public init(
    _ errorClass: ErrorClass, _ text: String, operation: String, communicator: String? = nil, rank: Int? = nil,
    code: Int32 = 0
  ) {
    details = Details(errorClass, code, text, operation, communicator, rank)
  }

  /// The error that MPI's return value means, of a call that has no communicator.
  @usableFromInline
  init(code: CInt, operation: StaticString) {
    self.init(
      ErrorClass(code: code), Self.words(for: code, "\(operation)"), operation: "\(operation)", code: code)
  }

  /// MPI's own description of a code, and a hint if the description has little information.
  ///
  /// - Parameter operation: what was tried, for a guess at the cause if MPI names none.
  static func words(for code: CInt, _ operation: String = "") -> String {
    let said = inOneLine(
      cString(capacity: Int(CMPI_MAX_ERROR_STRING)) { MPI_Error_string(code, $0, $1) } ?? "unknown error \(code)")
    switch ErrorClass(code: code) {
    case .truncate:
      return said + ". A message was longer than the memory given for it: receive it as an array, or make room"
    case .buffer:
      return said + ". For a buffered send, make room by withSendBuffer(byteCount:)"
    case .internal, .other, .unknown, .window:
      return said + (Cause.guess(ErrorClass(code: code), operation).map { ". \($0)" } ?? "")
    default:
      return said
    }
  }

  /// What happened and its cause, of words in several lines: MPICH lists all its functions on the way between the two.
  private static func inOneLine(_ said: String) -> String {
    let lines = said.split(separator: "\n")
    guard lines.count > 1, let what = lines[0].split(separator: ", error stack:").first else { return said }
    // "function(line).....: what it says"
    let cause = lines[lines.count - 1].split(separator: ": ", maxSplits: 1)
    return cause.count == 2 ? "\(what): \(cause[1])" : "\(what)"
  }
}

extension MPIError: Hashable {
  /// Whether all their values are the same.
  public static func == (left: Self, right: Self) -> Bool {
    left.errorClass == right.errorClass && left.code == right.code && left.text == right.text
      && left.operation == right.operation && left.communicator == right.communicator && left.rank == right.rank
  }

  /// Feeds all its values into a hash.
  ///
  /// - Parameter hasher: what it is fed into.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(errorClass)
    hasher.combine(code)
    hasher.combine(text)
    hasher.combine(operation)
    hasher.combine(communicator)
    hasher.combine(rank)
  }
}

extension MPIError: CustomStringConvertible {
  /// The operation, the communicator and the rank, then what happened, then the class.
  public var description: String {
    var place = operation
    if let communicator { place += " on \(communicator)" }
    if let rank { place += ", rank \(rank)" }
    return "\(place): \(text) [\(errorClass.rawValue)]"
  }
}

/// Throws what `code` means, unless it means success. For calls without a communicator.
@inlinable @inline(__always)
func check(_ code: CInt, _ operation: StaticString) throws(MPIError) {
  if _slowPath(code != 0) { throw MPIError(code: code, operation: operation) }
}

/// The string that an MPI function writes into memory of `capacity` bytes, or nil if it fails.
///
/// - Parameter fill: the function, given the memory and where to put the length.
func cString(capacity: Int, _ fill: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<CInt>) -> CInt) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity + 1) { buffer in
    buffer.initialize(repeating: 0)
    var length: CInt = 0
    guard fill(buffer.baseAddress!, &length) == 0 else { return nil }
    return String(cString: buffer.baseAddress!)
  }
}
