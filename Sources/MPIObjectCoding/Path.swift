// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The way from a value to one inside it.
enum ObjectPathStep {
  /// No way: the value itself.
  case none
  /// The key with this number.
  case key(Int)
  /// The element with this index.
  case index(Int)
  /// The present entry of a dictionary, which has this index.
  case entry(Int)

  /// The coding key, if there is one.
  func key(in names: [String], label: String?) -> ObjectPathKey? {
    switch self {
    case .none: nil
    case .key(let number): ObjectPathKey(stringValue: names[number])
    case .index(let index): ObjectPathKey(index: index)
    case .entry(let index): label.map { ObjectPathKey(stringValue: $0) } ?? ObjectPathKey(index: index)
    }
  }
}

/// A key or index in the coding path of an error.
struct ObjectPathKey: CodingKey {
  /// The name.
  let stringValue: String

  /// The index of an element.
  let intValue: Int?

  /// A key with this name.
  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  /// A key for the element with this index.
  init(index: Int) {
    stringValue = "Index \(index)"
    intValue = index
  }

  /// A key for the element with this index.
  init?(intValue: Int) {
    self.init(index: intValue)
  }

  /// The key under which a superclass is encoded when no other is given.
  static let superclass = "super"
}
