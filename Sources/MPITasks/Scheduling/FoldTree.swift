// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// A reduction whose order of operations depends on the number of values alone.
///
/// The values are the leaves of a binary tree, in order. A node is made of its two children, or is its left child if
/// there is no right one. Nodes come in any order; what can be combined is combined at once, so that few are kept.
@usableFromInline
package struct FoldTree<Value> {
  /// A part of the tree: the leaves from `place << level` on, `1 << level` of them.
  @usableFromInline
  package struct Node: Hashable, Sendable {
    @usableFromInline package var level: Int
    @usableFromInline package var place: Int

    @inlinable
    package init(level: Int, place: Int) {
      self.level = level
      self.place = place
    }

    /// Its first leaf.
    @inlinable package var start: Int { place << level }
  }

  @usableFromInline let leaves: Int
  /// The nodes that wait for others, in the order of their leaves.
  @usableFromInline package var nodes: [(node: Node, value: Value)] = []

  @inlinable
  package init(leaves: Int) { self.leaves = leaves }

  /// The value of the whole tree, once all its leaves are in.
  package var root: Value? {
    guard nodes.count == 1, nodes[0].node.place == 0, 1 << nodes[0].node.level >= leaves else { return nil }
    return nodes[0].value
  }

  /// Adds a node.
  ///
  /// - Parameter combine: makes a node of its left and right children.
  @inlinable @inline(__always)
  package mutating func insert(_ node: Node, _ value: Value, _ combine: (Value, Value) throws -> Value) rethrows {
    if _slowPath(!nodes.isEmpty && nodes[nodes.count - 1].node.start > node.start) {
      return try insertBetween(node, value, combine)
    }
    // At the right of all others, as most come. No sibling at the right of it is here.
    var (level, place, value) = (node.level, node.place, value)
    while 1 &<< level < leaves {
      if place & 1 == 1 {
        let last = nodes.count - 1
        guard last >= 0, nodes[last].node.level == level, nodes[last].node.place == place - 1 else { break }
        let left = nodes[last].value
        nodes.removeLast()
        value = try combine(left, value)
      } else if (place + 1) &<< level < leaves {
        break
      }
      // Or there is nothing at its right.
      level += 1
      place /= 2
    }
    nodes.append((Node(level: level, place: place), value))
  }

  /// Adds a node at the left of another.
  @inlinable @inline(never)
  mutating func insertBetween(_ node: Node, _ value: Value, _ combine: (Value, Value) throws -> Value) rethrows {
    var (node, value) = (node, value)
    var index = place(of: node)
    while 1 << node.level < leaves {
      let sibling = Node(level: node.level, place: node.place ^ 1)
      if sibling.place < node.place {
        guard index > 0, nodes[index - 1].node == sibling else { break }
        index -= 1
        value = try combine(nodes.remove(at: index).value, value)
      } else if sibling.start < leaves {
        guard index < nodes.count, nodes[index].node == sibling else { break }
        value = try combine(value, nodes.remove(at: index).value)
      }
      // Or there is nothing at its right.
      node = Node(level: node.level + 1, place: node.place / 2)
    }
    nodes.insert((node, value), at: index)
  }

  /// How many nodes are at the left of one.
  @inlinable
  func place(of node: Node) -> Int {
    var (low, high) = (0, nodes.count)
    while low < high {
      let middle = (low + high) / 2
      if nodes[middle].node.start < node.start { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// How the indices of a reduction are grouped: into at most 65,536 leaves, by their number alone.
package struct FoldLeaves: Sendable {
  private let count: Int
  /// The indices of a leaf; the last one may have fewer.
  package let size: Int
  /// The number of leaves.
  package let leaves: Int

  package init(count: Int) {
    self.count = count
    size = max(1, (count + 65_535) / 65_536)
    leaves = (count + size - 1) / size
  }

  /// The indices of a leaf.
  package subscript(leaf: Int) -> Range<Int> { leaf * size..<min(count, (leaf + 1) * size) }
}
