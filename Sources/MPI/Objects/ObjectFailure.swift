// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// An error of one rank, as it travels to the ranks that wait for a value.
struct ObjectFailure: Error, Codable {
  var rank: Int
  /// The raw value of its class.
  private var name: String
  var text: String

  var errorClass: ErrorClass { ErrorClass(rawValue: name) ?? .other }

  init(rank: Int, errorClass: ErrorClass, text: String) {
    self.rank = rank
    self.name = errorClass.rawValue
    self.text = text
  }

  /// What travels of an error.
  init(_ error: any Error, of what: StaticString, rank: Int) {
    let known = error as? MPIError
    self.init(rank: rank, errorClass: known?.errorClass ?? .other, text: known?.text ?? "\(what) threw \(error)")
  }

  /// The error that a rank throws that has received it.
  func error(_ operation: StaticString, on communicator: Communicator) -> MPIError {
    MPIError(
      errorClass, "on rank \(rank): \(text)", operation: "\(operation)", communicator: communicator.name,
      rank: communicator.rank)
  }
}
