// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What callgrind counted between two marks.
public struct CallgrindPart: Equatable, Sendable {
  /// Without those inside the functions that allocate and free memory. They depend on what lies in the heap, which the
  /// length of a folder's name changes, and a call of them is counted as an allocation.
  public var instructions: Int
  /// Calls that allocate memory.
  public var allocations: Int
  /// The instructions of each function itself, without those that it calls.
  public var functions: [String: Int] = [:]

  /// Reads one file that callgrind wrote, with its names not compressed (`--compress-strings=no`).
  ///
  /// - Returns: nil if it isn't one.
  public init?(_ text: String) {
    var total: Int?
    var allocations = 0
    var caller = Substring()
    var allocates = false
    // The line after `calls=` is what the call took, and counted where it was spent.
    var isOfCall = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("fn=") {
        caller = line.dropFirst(3)
      } else if line.hasPrefix("cfn=") {
        allocates = Self.isAllocator(line.dropFirst(4)) && !Self.isAllocator(caller)
      } else if line.hasPrefix("calls=") {
        if allocates { allocations += Int(line.dropFirst(6).prefix { $0 != " " }) ?? 0 }
        isOfCall = true
      } else if line.hasPrefix("totals:") || line.hasPrefix("summary:") {
        total = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? total
      } else if let first = line.first, first.isNumber || first == "+" || first == "-" || first == "*" {
        let own = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        if !isOfCall { functions[String(caller), default: 0] += own }
        isOfCall = false
      }
    }
    guard let total else { return nil }
    instructions = total - functions.lazy.filter { Self.isInsideAllocator($0.key) }.map(\.value).reduce(0, +)
    self.allocations = allocations
  }

  private static func isAllocator(_ name: Substring) -> Bool {
    [
      "malloc", "calloc", "realloc", "memalign", "aligned_alloc", "posix_memalign", "_mid_memalign",
      "memalign_hook_ini",
    ].contains(bare(name))
  }

  /// Whether a function is one of those in which the C library keeps its heap.
  private static func isInsideAllocator(_ name: String) -> Bool {
    // The compiler puts an end to the names of clones, such as `.constprop.0`.
    let name = bare(Substring(name))
    return isAllocator(name)
      || [
        "free", "cfree", "_int_malloc", "_int_free", "_int_realloc", "_int_memalign", "malloc_consolidate",
        "unlink_chunk", "sysmalloc", "systrim", "tcache_init", "arena_get2", "munmap_chunk", "mremap_chunk",
      ].contains(name.prefix { $0 != "." })
  }

  /// The name of a function, without what callgrind adds to one that calls itself.
  private static func bare(_ name: Substring) -> Substring { name.prefix { $0 != "'" && $0 != "@" } }
}

/// A loop that was counted twice, for two numbers of calls.
public struct CountedLoop: Equatable, Sendable {
  public var operation: String
  public var mode: String
  public var form: String
  /// How many calls of the operation a turn of the loop is.
  public var parts: Int
  /// How many turns the second count has more than the first.
  public var times: Int

  public init(operation: String, mode: String, form: String, parts: Int, times: Int) {
    self.operation = operation
    self.mode = mode
    self.form = form
    self.parts = parts
    self.times = times
  }
}

/// What a call costs beyond C's: what two runs of different lengths differ by, so that all that is not the call cancels.
///
/// - Parameters:
///   - loops: in the order in which they ran, the one in C before the forms that are compared with it.
///   - parts: what was counted at each mark: for each loop what came before it, the short run, and the long run.
/// - Returns: nil if there are not as many parts as there must be.
public func callCosts(_ loops: [CountedLoop], _ parts: [CallgrindPart]) -> [CallCost]? {
  guard parts.count >= 3 * loops.count else { return nil }
  var costs: [CallCost] = []
  var c = (instructions: 0.0, allocations: 0.0)
  for (index, loop) in loops.enumerated() {
    let (short, long) = (parts[3 * index + 1], parts[3 * index + 2])
    let calls = Double(loop.times * loop.parts)
    let instructions = Double(long.instructions - short.instructions) / calls
    let allocations = Double(long.allocations - short.allocations) / calls
    if loop.form == "C" {
      c = (instructions, allocations)
    } else {
      costs.append(
        CallCost(
          operation: loop.operation, mode: loop.mode, form: loop.form, instructionsInC: c.instructions,
          instructions: instructions - c.instructions, allocations: allocations - c.allocations))
    }
  }
  return costs
}

/// Where the instructions of a form go: for each function those beyond what it takes in the loop in C.
///
/// - Parameter text: what the name of the form, `send (blocking, span)`, must have in it.
/// - Returns: for each such form the functions, those that take most first.
public func places(
  _ loops: [CountedLoop], _ parts: [CallgrindPart], in text: String
) -> [(name: String, functions: [(name: String, instructions: Double)])] {
  var places: [(String, [(String, Double)])] = []
  var c: [String: Double] = [:]
  for (index, loop) in loops.enumerated() where 3 * index + 2 < parts.count {
    let (short, long) = (parts[3 * index + 1].functions, parts[3 * index + 2].functions)
    let own = long.mapValues(Double.init).merging(short.mapValues { -Double($0) }) { $0 + $1 }
      .mapValues { $0 / Double(loop.times * loop.parts) }
    if loop.form == "C" { c = own }
    let name = "\(loop.operation) (\(loop.mode), \(loop.form))"
    if loop.form == "C" || !name.contains(text) { continue }
    let more = own.merging(c.mapValues { -$0 }) { $0 + $1 }.filter { abs($0.value) >= 0.5 }
    places.append((name, more.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }))
  }
  return places
}
