// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What the encoders of one message share. It is used for many messages of the same type, one after another.
final class ObjectEncodingSession {
  /// How the values of a type are written.
  struct Plan {
    /// The shape of the type.
    let shape: ObjectShape
    /// The type itself, if it writes its own slots.
    let structural: (any ObjectStructuralEncodable.Type)?
  }

  /// What is known about the messages.
  let root: ObjectRoot

  /// The keys used so far, in this message and former ones.
  let keys: ObjectKeyTable

  /// The plans made so far.
  @exclusivity(unchecked) private var plans = ObjectTypeCache<Plan>()

  /// Whether nested containers have writers of their own.
  ///
  /// Normally a nested container writes to the same place as its parent, and is complete when the parent goes on. Some
  /// `encode(to:)` writes to both in turn. Its work is then dropped and done again with separate writers.
  @exclusivity(unchecked) var separatesNested = false

  /// From how many bytes on an array is not in the message, but attached to it.
  @exclusivity(unchecked) var leastAttachment = Int.max

  /// What is attached to the message.
  @exclusivity(unchecked) var attachments: [ObjectAttachment] = []

  /// The first misuse of a container in a place that cannot throw.
  @exclusivity(unchecked) var failure: (any Error)?

  /// Whether someone has kept an encoder or a container, so that there can't be another message.
  @exclusivity(unchecked) var isKept = false

  /// Whether there can be another message.
  var isReusable: Bool { !isKept && !separatesNested && failure == nil }

  /// Prepares for messages of a type.
  init(root: ObjectRoot) {
    self.root = root
    keys = root.keys
  }

  /// The plan for `type`.
  @inline(__always)
  func plan<T>(for type: T.Type) -> Plan {
    plans.plan(for: type) {
      Plan(shape: ObjectShape.of(type), structural: type as? any ObjectStructuralEncodable.Type)
    }
  }
}
