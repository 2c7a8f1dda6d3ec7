/// What waits, by priority: the highest first; of equal ones each in turn.
struct PriorityQueue<Element> {
  /// Those of one priority, the first from `head` on.
  private struct Level {
    var priority: Int
    var elements: [Element?]
    var head = 0

    var isEmpty: Bool { head == elements.count }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func removeFirst() -> Element? {
      guard !isEmpty else { return nil }
      let element = elements[head].take()
      head += 1
      if isEmpty {
        elements.removeAll(keepingCapacity: true)
        head = 0
      } else if head > 1024, head > elements.count / 2 {
        elements.removeFirst(head)
        head = 0
      }
      return element
    }
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
      levels.insert(Level(priority: priority, elements: []), at: place)
    }
    levels[place].append(element)
  }

  /// The one that is next.
  var first: (element: Element, priority: Int)? {
    for level in levels where !level.isEmpty { return (level.elements[level.head]!, level.priority) }
    return nil
  }

  /// Takes the first.
  mutating func removeFirst() -> (element: Element, priority: Int)? {
    for place in levels.indices {
      if let element = levels[place].removeFirst() {
        count -= 1
        return (element, levels[place].priority)
      }
    }
    return nil
  }
}
