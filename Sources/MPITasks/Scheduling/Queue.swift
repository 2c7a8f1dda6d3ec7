// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What waits in turn.
///
/// Adding and taking take constant time, on the average. What was taken is let go of at once.
struct Queue<Element> {
  /// Those that wait, from `head` on.
  private var elements: [Element?] = []
  private var head = 0

  var isEmpty: Bool { head == elements.count }

  mutating func append(_ element: Element) { elements.append(element) }

  /// The one that is next; nil if there is none. It can be changed as it waits.
  var first: Element? {
    get { isEmpty ? nil : elements[head] }
    set { elements[head] = newValue }
  }

  /// Takes the one that is next; nil if there is none.
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

  /// The place of the first of which something is true; nil if there is none.
  func place(where condition: (Element) -> Bool) -> Int? { elements[head...].firstIndex { condition($0!) } }

  /// Exchanges the one that is next for that of a place.
  mutating func bringForward(_ place: Int) { elements.swapAt(head, place) }
}

extension Queue: Sendable where Element: Sendable {}
