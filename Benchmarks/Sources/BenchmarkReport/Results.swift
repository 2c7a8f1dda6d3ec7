// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One form of one operation, measured.
public struct CallTime: Codable, Sendable, Equatable {
  /// What is measured, as the standard names it.
  public var operation: String
  /// `blocking`, `nonblocking`, `persistent` or `one-sided`.
  public var mode: String
  /// `C`, or the form of the call in Swift, or mpi4py's.
  public var form: String
  public var bytes: Int
  public var ranks: Int
  /// The time of one message or operation: the least over repeats of the most over ranks.
  public var seconds: Double
  /// To C, in the same run.
  public var ratio: Summary

  public init(
    operation: String, mode: String, form: String, bytes: Int, ranks: Int, seconds: Double, ratio: Summary
  ) {
    self.operation = operation
    self.mode = mode
    self.form = form
    self.bytes = bytes
    self.ranks = ranks
    self.seconds = seconds
    self.ratio = ratio
  }
}

/// What one call costs beyond C's, on one rank, in what can be counted.
public struct CallCost: Codable, Sendable, Equatable {
  public var operation: String
  public var mode: String
  public var form: String
  /// Of the loop in C.
  public var instructionsInC: Double
  /// Beyond those.
  public var instructions: Double
  /// Allocations beyond C's.
  public var allocations: Double

  public init(
    operation: String, mode: String, form: String, instructionsInC: Double, instructions: Double, allocations: Double
  ) {
    self.operation = operation
    self.mode = mode
    self.form = form
    self.instructionsInC = instructionsInC
    self.instructions = instructions
    self.allocations = allocations
  }
}

/// A whole program in two languages.
public struct ProgramResult: Codable, Sendable, Equatable {
  public var program: String
  public var ranks: Int
  /// Whether the results of both are right.
  public var isVerified: Bool
  public var secondsInC: Double
  public var seconds: Double
  public var ratio: Summary

  public init(
    program: String, ranks: Int, isVerified: Bool, secondsInC: Double, seconds: Double, ratio: Summary
  ) {
    self.program = program
    self.ranks = ranks
    self.isVerified = isVerified
    self.secondsInC = secondsInC
    self.seconds = seconds
    self.ratio = ratio
  }
}

/// How long a program is in each language: lines that are neither empty nor comments alone.
public struct ProgramLength: Codable, Sendable, Equatable {
  public var program: String
  public var linesInC: Int
  public var lines: Int

  public init(program: String, linesInC: Int, lines: Int) {
    self.program = program
    self.linesInC = linesInC
    self.lines = lines
  }
}

/// What a message of 8 bytes takes in a process that has begun MPI in some way.
public struct LevelTime: Codable, Sendable, Equatable {
  /// `MPI_Init`, or the thread level.
  public var level: String
  /// `C`, or the form of the call in Swift.
  public var form: String
  /// One message, one way: the least of this process.
  public var seconds: Double

  public init(level: String, form: String, seconds: Double) {
    self.level = level
    self.form = form
    self.seconds = seconds
  }
}

/// How fast values travel that are coded on the way.
public struct ObjectRate: Codable, Sendable, Equatable {
  public var value: String
  /// `Swift`, `mpi4py`, or `Swift, raw array`.
  public var form: String
  /// One message, one way.
  public var seconds: Double

  public init(value: String, form: String, seconds: Double) {
    self.value = value
    self.form = form
    self.seconds = seconds
  }
}

/// All that one run of `scripts/bench` brought.
public struct Results: ResultsFile, Sendable {
  public var machine = Machine()
  public var micro: [CallTime] = []
  public var counts: [CallCost] = []
  public var programs: [ProgramResult] = []
  public var lengths: [ProgramLength] = []
  public var scaling: [CallTime] = []
  public var peers: [CallTime] = []
  public var objects: [ObjectRate] = []
  public var levels: [LevelTime] = []

  public init() {}

  public init(from decoder: any Decoder) throws {
    // A part of a run has what it measured, and no more.
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    machine = try fields.decodeIfPresent(Machine.self, forKey: .machine) ?? Machine()
    micro = try fields.decodeIfPresent([CallTime].self, forKey: .micro) ?? []
    counts = try fields.decodeIfPresent([CallCost].self, forKey: .counts) ?? []
    programs = try fields.decodeIfPresent([ProgramResult].self, forKey: .programs) ?? []
    lengths = try fields.decodeIfPresent([ProgramLength].self, forKey: .lengths) ?? []
    scaling = try fields.decodeIfPresent([CallTime].self, forKey: .scaling) ?? []
    peers = try fields.decodeIfPresent([CallTime].self, forKey: .peers) ?? []
    objects = try fields.decodeIfPresent([ObjectRate].self, forKey: .objects) ?? []
    levels = try fields.decodeIfPresent([LevelTime].self, forKey: .levels) ?? []
  }

  /// Takes over what another part of the run has measured.
  public mutating func merge(_ other: Results) {
    machine.merge(other.machine)
    micro += other.micro
    counts += other.counts
    programs += other.programs
    lengths += other.lengths
    scaling += other.scaling
    peers += other.peers
    objects += other.objects
    levels += other.levels
  }
}
