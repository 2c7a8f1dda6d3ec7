// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase

/// Why a checkpoint could not be saved or restored: the same on every rank.
///
/// ```swift
/// do {
///   try world.save(["step": .value(step), "cells": .spread(cells)], to: "heat.checkpoint")
/// } catch let error as CheckpointError {
///   if world.isRoot { print("going on without a new checkpoint: \(error)") }
/// }
/// ```
///
/// After an error of a save the file is as it was before.
public struct CheckpointError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  /// The kinds of errors.
  public enum Kind: String, Hashable, Sendable, Codable {
    /// The storage has no room for it, or a limit or quota is used up.
    case noSpace
    /// The folder or the file may not be written or read.
    case access
    /// The folder does not exist.
    case noFolder
    /// A rank does not have the file at its path: the folder is not one that all hosts share.
    case notShared
    /// Reading or writing failed in another way.
    case io
    /// The file is not a checkpoint.
    case notACheckpoint
    /// The file was written by a newer version of this library, whose format this one does not know.
    case newerFormat
    /// The file was written on a machine of another byte order.
    case otherByteOrder
    /// The file ends too early.
    case truncated
    /// Bytes of the file are not those that were written.
    case damaged
    /// The file has no part of that name and kind.
    case noSuchPart
    /// The part holds values of another type.
    case otherType
    /// The part belongs to each rank, and there are more or fewer ranks now.
    case otherRankCount
    /// The ranks, or the blocks of the ranks, do not go together.
    case mismatch
    /// An argument is wrong.
    case argument
    /// A value could not be encoded or decoded.
    case coding
  }

  /// The kind of error.
  public var kind: Kind
  /// The path of the checkpoint.
  public var path: String
  /// The name of the part, if the error has to do with one.
  public var part: String?
  /// The rank that found the error; of a part that is damaged, the rank that wrote the block.
  public var rank: Int?
  /// What is wrong, and what to do.
  public var text: String

  /// An error.
  ///
  /// - Parameters:
  ///   - kind: the kind of error.
  ///   - text: what is wrong, and what to do.
  ///   - path: the path of the checkpoint.
  ///   - part: the name of the part, if the error has to do with one.
  ///   - rank: the rank, if the error has to do with one.
  public init(_ kind: Kind, _ text: String, path: String, part: String? = nil, rank: Int? = nil) {
    self.kind = kind
    self.text = text
    self.path = path
    self.part = part
    self.rank = rank
  }

  /// The path, the part, and what is wrong.
  public var description: String {
    let place = part.map { "checkpoint \(path), part '\($0)'" } ?? "checkpoint \(path)"
    return "\(place): \(text)"
  }
}

extension CheckpointError {
  /// An error of a part.
  func of(part: String) -> Self {
    var error = self
    error.part = part
    return error
  }

  /// What the operating system reports of a path.
  init(_ obstacle: FileSystem.Obstacle, _ what: String, path: String, rank: Int? = nil) {
    self.init(Kind(obstacle.errorClass), "\(what): \(obstacle.text)", path: path, rank: rank)
  }

  /// What an error number means.
  init(errno code: CInt, _ what: String, path: String, rank: Int? = nil) {
    self.init(FileSystem.Obstacle(errno: code), what, path: path, rank: rank)
  }

  /// What kept a rank from opening a file that rank 0 has.
  static func notShared(_ code: CInt, path: String, rank: Int) -> Self {
    let obstacle = FileSystem.Obstacle(errno: code)
    let what = "rank \(rank), on host \(hostName()), can't open the file that rank 0 has: \(obstacle.text)"
    guard obstacle.errorClass == .noSuchFile else {
      return CheckpointError(Kind(obstacle.errorClass), what, path: path, rank: rank)
    }
    return CheckpointError(.notShared, "\(what): save to a folder that all hosts share", path: path, rank: rank)
  }

  /// What was thrown on this rank.
  init(_ error: any Error, path: String, rank: Int) {
    switch error {
    case let error as CheckpointError: self = error
    case let error as MPIError: self.init(Kind(error.errorClass), "\(error)", path: path, rank: rank)
    default: self.init(.coding, "rank \(rank): \(error)", path: path, rank: rank)
    }
  }
}

extension CheckpointError.Kind {
  /// The kind of an error of MPI or of the operating system.
  fileprivate init(_ errorClass: ErrorClass) {
    self =
      switch errorClass {
      case .noSpace, .quota: .noSpace
      case .access, .readOnly: .access
      case .noSuchFile: .noFolder
      case .badFile, .argument, .count, .type: .argument
      case .serialization: .coding
      default: .io
      }
  }
}

extension Communicator {
  /// Throws the error of the lowest rank that has one, on every rank. One all-reduce; if there is an error, a broadcast
  /// more.
  func agree(_ own: CheckpointError?) throws {
    let first = try allReduce(own == nil ? Int.max : rank, .min)
    if first == .max { return }
    throw try broadcast(object: rank == first ? own : nil, root: first)
  }

  /// Does what each rank does by itself in a collective call, and throws the same error on every rank if it failed on
  /// one.
  func agreeing<Value>(path: String, _ body: () throws -> Value) throws -> Value {
    let outcome = Result { try body() }
    switch outcome {
    case .success: try agree(nil)
    case .failure(let error): try agree(CheckpointError(error, path: path, rank: rank))
    }
    return try outcome.get()
  }

  /// Does something on rank 0, and returns the result, or throws the error, on every rank. One broadcast of a value.
  func onRoot<Value: Codable>(path: String, _ body: () throws -> Value) throws -> Value {
    var outcome: Outcome<Value>?
    if isRoot {
      do {
        outcome = .success(try body())
      } catch {
        outcome = .failure(CheckpointError(error, path: path, rank: rank))
      }
    }
    switch try broadcast(object: outcome) {
    case .success(let value): return value
    case .failure(let error): throw error
    }
  }
}

/// What rank 0 reports.
private enum Outcome<Value: Codable>: Codable {
  case success(Value)
  case failure(CheckpointError)
}
