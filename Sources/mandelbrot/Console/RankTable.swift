// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPITasks

/// What one rank did.
struct RankReport: Codable, Equatable, Sendable {
  /// The name of the machine that it ran on.
  var host: String

  /// The number of rows that it computed.
  var rows: Int

  /// The time in seconds that its threads computed, all together.
  var busy: Double

  /// The number of its threads.
  var threads = 1
}

/// The table of what each rank did, by rank, with a line for all of them together.
///
/// - Parameters:
///   - reports: The ranks' reports in their order.
///   - wallTime: How long the rows took in seconds: what a rank was not busy of it, it was idle.
/// - Returns: Lines, each with a line feed at its end.
func rankTable(_ reports: [RankReport], wallTime: Double) -> String {
  func idle(_ busy: Double, of time: Double) -> String {
    Formatting.percent(time > 0 ? min(max(1 - busy / time, 0), 1) : 0)
  }
  var cells = [["rank", "host", "rows", "busy", "idle"]]
  for (rank, report) in reports.enumerated() {
    let busy = Formatting.fixed(report.busy, decimals: 2) + " s"
    let time = wallTime * Double(report.threads)
    cells.append(["\(rank)", report.host, "\(report.rows)", busy, idle(report.busy, of: time)])
  }
  let rows = reports.reduce(0) { $0 + $1.rows }
  let busy = reports.reduce(0) { $0 + $1.busy }
  let total = idle(busy, of: wallTime * Double(reports.reduce(0) { $0 + $1.threads }))
  cells.append(["all", "", "\(rows)", Formatting.fixed(busy, decimals: 2) + " s", total])
  return Formatting.table(cells, left: [1])
}
