// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// One number that `scripts/bench tasks` has measured.
public struct TaskFigure: Codable, Sendable, Equatable {
  /// What stands together in a table.
  public enum Group: String, Codable, Sendable, CaseIterable {
    case rates, smallLoops, matrices, balance, messages, processes, waiting, memory, stores
  }

  public var group: Group
  /// What was done: the same for the forms that are compared with one another.
  public var what: String
  /// By what: a call of this library, or a peer.
  public var form: String
  /// Whether that is another library.
  public var isPeer: Bool
  public var value: Summary
  /// Such as `tasks/s`, `s` or `GB/s`; empty for a ratio.
  public var unit: String
  /// What it is to reach: nil if there is no aim.
  public var aim: Double?
  /// Whether less is better.
  public var wantsLittle: Bool

  public init(
    _ group: Group, _ what: String, _ form: String, isPeer: Bool = false, _ value: Summary, unit: String = "",
    aim: Double? = nil, wantsLittle: Bool = false
  ) {
    self.group = group
    self.what = what
    self.form = form
    self.isPeer = isPeer
    self.value = value
    self.unit = unit
    self.aim = aim
    self.wantsLittle = wantsLittle
  }

  /// Whether its median reaches the aim; nil if there is none.
  public var isReached: Bool? { aim.map { wantsLittle ? value.median <= $0 : value.median >= $0 } }
}

/// All that one run of `scripts/bench tasks` brought.
public struct TaskFigures: ResultsFile, Sendable {
  public var machine = Machine()
  public var figures: [TaskFigure] = []
  /// On how many ranks.
  public var ranks = 0
  /// How many times the mean and the deviation of each matrix were taken.
  public var matrixTimes = 0

  public init() {}

  public init(from decoder: any Decoder) throws {
    // What the peers write has no more than they know.
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    machine = try fields.decodeIfPresent(Machine.self, forKey: .machine) ?? Machine()
    figures = try fields.decodeIfPresent([TaskFigure].self, forKey: .figures) ?? []
    ranks = try fields.decodeIfPresent(Int.self, forKey: .ranks) ?? 0
    matrixTimes = try fields.decodeIfPresent(Int.self, forKey: .matrixTimes) ?? 0
  }

  /// Takes over what another part of the run has measured.
  public mutating func merge(_ other: TaskFigures) {
    machine.merge(other.machine)
    figures += other.figures
    if ranks == 0 { ranks = other.ranks }
    if matrixTimes == 0 { matrixTimes = other.matrixTimes }
  }
}
