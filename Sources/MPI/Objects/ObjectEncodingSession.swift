/// What the encoders of one message share.
final class ObjectEncodingSession {
  /// How the values of a type are written.
  struct Plan {
    /// The shape of the type.
    let shape: ObjectShape
    /// The type itself, if it writes its own slots.
    let structural: (any ObjectStructuralEncodable.Type)?
  }

  /// The keys used so far.
  @exclusivity(unchecked) var keys = ObjectKeyTable()

  /// The plans made so far.
  @exclusivity(unchecked) private var plans = ObjectTypeCache<Plan>()

  /// Whether nested containers have writers of their own.
  ///
  /// Normally a nested container writes to the same place as its parent, and is complete when the parent goes on. Some
  /// `encode(to:)` writes to both in turn. Its work is then dropped and done again with separate writers.
  @exclusivity(unchecked) var separatesNested = false

  /// The first misuse of a container in a place that cannot throw.
  var failure: EncodingError?

  /// The plan for `type`.
  @inline(__always)
  func plan<T>(for type: T.Type) -> Plan {
    plans.plan(for: type) {
      Plan(shape: ObjectShape.of(type), structural: type as? any ObjectStructuralEncodable.Type)
    }
  }
}
