// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Types of tasks by their names, which are the same in every process of the program.
enum TaskTypes {
  private static let names = Mutex<[ObjectIdentifier: String]>([:])

  /// The name of a type.
  ///
  /// - Throws: ``TaskPoolError/unknownType(_:)`` if it can't be found by its name: it is private or local;
  ///   ``TaskPoolError/unsendable(_:)`` if its results hold an address.
  static func name<Item: PoolTaskProtocol>(of type: Item.Type) throws -> String {
    if let known = names.withLock({ $0[ObjectIdentifier(type)] }) { return known }
    guard let name = _mangledTypeName(type), let found = _typeByName(name), found == type else {
      throw TaskPoolError.unknownType("\(type)")
    }
    try Item._outputCoding.check()
    names.withLock { $0[ObjectIdentifier(type)] = name }
    return name
  }

  /// The type of a name; nil if there is none.
  static func type(named name: String) -> (any PoolTaskProtocol.Type)? {
    _typeByName(name) as? any PoolTaskProtocol.Type
  }
}
