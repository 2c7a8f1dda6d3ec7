/// A reduction whose order of operations depends on the number of values alone.
///
/// The values are the leaves of a binary tree, in order. A node is made of its two children, or is its left child where
/// there is no right one. Nodes come in any order; what can be combined is combined at once, so that few are kept.
package struct FoldTree<Value> {
  /// A part of the tree: the leaves from `place << level` on, `1 << level` of them.
  package struct Node: Hashable, Sendable {
    package var level: Int
    package var place: Int

    package init(level: Int, place: Int) {
      self.level = level
      self.place = place
    }
  }

  private let leaves: Int
  /// The nodes that wait for others.
  package private(set) var nodes: [Node: Value] = [:]

  package init(leaves: Int) { self.leaves = leaves }

  /// The value of the whole tree, once all its leaves are in.
  package var root: Value? {
    guard nodes.count == 1, let (node, value) = nodes.first, node.place == 0, 1 << node.level >= leaves else {
      return nil
    }
    return value
  }

  /// Adds a node.
  ///
  /// - Parameter combine: makes a node of its left and right children.
  package mutating func insert(_ node: Node, _ value: Value, _ combine: (Value, Value) throws -> Value) rethrows {
    var (node, value) = (node, value)
    while 1 << node.level < leaves {
      let parent = Node(level: node.level + 1, place: node.place / 2)
      let sibling = Node(level: node.level, place: node.place ^ 1)
      if sibling.place << sibling.level >= leaves {
        // There is nothing at its right.
      } else if let other = nodes.removeValue(forKey: sibling) {
        value = node.place < sibling.place ? try combine(value, other) : try combine(other, value)
      } else {
        break
      }
      node = parent
    }
    nodes[node] = value
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
