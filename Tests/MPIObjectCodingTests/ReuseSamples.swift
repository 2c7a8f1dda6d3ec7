// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Values that show what coders keep from one message to the next.
extension ObjectCodingTests {
  /// What a ``Hoarder`` has kept.
  final class Hoard {
    /// The container that it was written to.
    var outgoing: KeyedEncodingContainer<AnyKey>?
    /// The encoder that it was written to.
    var encoder: (any Encoder)?
    /// The container that it was read from.
    var incoming: KeyedDecodingContainer<AnyKey>?
  }

  /// A value that keeps the containers that it was given, some of them with their coder and some without.
  struct Hoarder: Codable {
    let value: Int
    let hoard = Hoard()

    init(value: Int) { self.value = value }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      value = try container.decode(Int.self, forKey: AnyKey("value"))
      hoard.incoming = container
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      try container.encode(value, forKey: AnyKey("value"))
      hoard.outgoing = container
      if value == 1 { hoard.encoder = encoder }
    }
  }

  /// A value that writes its names in the order that they have, and reads them in alphabetical order.
  struct Ordered: Codable {
    let names: [String]

    init(names: [String]) { self.names = names }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      names = try ["a", "b", "c", "d"].filter { try container.decodeIfPresent(String.self, forKey: AnyKey($0)) == $0 }
      try ObjectCodingTests.check(container.allKeys.count == names.count, decoder)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      for name in names { try container.encode(name, forKey: AnyKey(name)) }
    }
  }

  /// A value that throws in the midst of its containers, if it fails.
  struct Wavering: Codable, Equatable {
    var fails: Bool
    var more: [Wavering]

    init(fails: Bool, more: [Wavering]) {
      self.fails = fails
      self.more = more
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      let nested = try container.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("nested"))
      fails = try nested.decode(Bool.self, forKey: AnyKey("fails"))
      more = try container.decode([Wavering].self, forKey: AnyKey("more"))
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: AnyKey.self)
      var nested = container.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("nested"))
      try nested.encode(fails, forKey: AnyKey("fails"))
      if fails { throw Failing.Refusal() }
      try container.encode(more, forKey: AnyKey("more"))
    }
  }
}
