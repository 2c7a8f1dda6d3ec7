// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The form in which values of a type travel: the one decision between their bytes in memory and a code, for the
/// results of tasks and for the items and results of loops.
///
/// For tasks each form is a default of `PoolTaskProtocol._outputCoding`, so a result that can't travel is an error of
/// the compiler, at the task.
public struct ValueCoding<Value>: @unchecked Sendable {
  // Unchecked for the form, a type.

  private let form: any ValueForm<Value>.Type

  /// The bytes in memory.
  public static func plain() -> Self where Value: BitwiseCopyable { Self(form: PlainForm<Value>.self) }

  /// Coded. The results of tasks are not if they are what their bytes are.
  public static func coded() -> Self where Value: Codable { Self(form: CodedForm<Value>.self) }

  /// Whether the values' bytes travel, whatever they are.
  var isPlain: Bool { form.isPlain }

  /// What travels of a batch of values, of which each may fail by itself at the receiver.
  func encode(_ values: ArraySlice<Value>) throws -> Payload { try form.encode(values) }

  /// The values of a batch of so many, and those that could not be decoded.
  func decode(
    _ count: Int, _ payload: consuming Payload
  ) -> (values: [Value], failures: [(position: Int, error: any Error)]) {
    form.decode(count, payload)
  }

  /// What travels of a block of values that come whole or not at all.
  func encode(block: UnsafeBufferPointer<Value>) throws -> [UInt8] { try form.encode(block: block) }

  /// The values of a block.
  func decode(block: [UInt8]) throws -> [Value] { try form.decode(block: block) }

  /// Refuses values of tasks that hold an address.
  ///
  /// - Throws: ``TaskPoolError/unsendable(_:)``.
  func check() throws {
    if isPlain, holdsAddress(Value.self) { throw TaskPoolError.unsendable("\(Value.self)") }
  }

  /// Refuses values of a loop that hold an address, in debug builds.
  func check(on communicator: Communicator, _ operation: StaticString) throws(MPIError) {
    if isPlain { try communicator.refuseAddresses(in: Value.self, operation) }
  }
}

/// A form in which values travel.
protocol ValueForm<Value> {
  associatedtype Value

  static var isPlain: Bool { get }
  static func encode(_ values: ArraySlice<Value>) throws -> Payload
  static func decode(
    _ count: Int, _ payload: consuming Payload
  ) -> (values: [Value], failures: [(position: Int, error: any Error)])
  static func encode(block: UnsafeBufferPointer<Value>) throws -> [UInt8]
  static func decode(block: [UInt8]) throws -> [Value]
}
