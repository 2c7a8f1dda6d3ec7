// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Lets as much run at the same time as a limit allows, in the order in which it came.
actor Admission {
  private let limit: Int
  private var inUse = 0
  private var waiting: [(weight: Int, entry: CheckedContinuation<Void, Never>)] = []

  /// - Parameter limit: what the weights of all that runs at the same time may add up to.
  init(limit: Int) { self.limit = max(1, limit) }

  /// Runs `body` when there is room for it. What weighs more than the limit runs alone.
  nonisolated(nonsending) func run<Result>(
    weight: Int = 1, _ body: nonisolated(nonsending) () async throws -> Result
  ) async throws -> Result {
    let weight = max(1, min(weight, limit))
    await enter(weight)
    do {
      let result = try await body()
      await leave(weight)
      return result
    } catch {
      await leave(weight)
      throw error
    }
  }

  private func enter(_ weight: Int) async {
    // In the order of arrival: otherwise a heavy job would wait as long as light ones arrive.
    guard waiting.isEmpty, inUse + weight <= limit else {
      await withCheckedContinuation { waiting.append((weight, $0)) }
      return
    }
    inUse += weight
  }

  private func leave(_ weight: Int) {
    inUse -= weight
    while let next = waiting.first, inUse + next.weight <= limit {
      inUse += next.weight
      waiting.removeFirst().entry.resume()
    }
  }
}
