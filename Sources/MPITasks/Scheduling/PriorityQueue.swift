// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What waits, by priority: the highest first; of equal ones each in turn.
struct PriorityQueue<Element> {
  /// Those of one priority.
  private struct Level {
    var priority: Int
    var elements = Queue<Element>()
  }

  /// The levels, the highest first.
  private var levels: [Level] = []

  /// How many wait.
  private(set) var count = 0

  /// Adds one behind those of its priority.
  mutating func append(_ element: Element, priority: Int) {
    count += 1
    let place = levels.firstIndex { $0.priority <= priority } ?? levels.count
    if place == levels.count || levels[place].priority != priority {
      levels.insert(Level(priority: priority), at: place)
    }
    levels[place].elements.append(element)
  }

  /// The one that is next.
  var first: (element: Element, priority: Int)? {
    for level in levels {
      if let element = level.elements.first { return (element, level.priority) }
    }
    return nil
  }

  /// Takes the first.
  mutating func removeFirst() -> (element: Element, priority: Int)? {
    for place in levels.indices {
      if let element = levels[place].elements.removeFirst() {
        count -= 1
        return (element, levels[place].priority)
      }
    }
    return nil
  }
}
