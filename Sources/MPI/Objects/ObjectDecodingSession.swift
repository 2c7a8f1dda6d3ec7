/// What the decoders of one message share.
final class ObjectDecodingSession {
  /// How the values of a type are read.
  struct Plan {
    /// The shape of the type.
    let shape: ObjectShape
    /// The type itself, if it reads its own slots.
    let structural: (any ObjectStructuralDecodable.Type)?
  }

  /// The bytes; none when the decoding has ended.
  @exclusivity(unchecked) private(set) var reader: ObjectReader

  /// The keys of the message, followed by others that have been looked for.
  @exclusivity(unchecked) var keys: ObjectKeyTable

  /// The number of keys in the message.
  let keyCount: Int

  /// The plans made so far.
  @exclusivity(unchecked) private var plans = ObjectTypeCache<Plan>()

  /// Creates a session for a message with these keys.
  init(reader: ObjectReader, names: [String]) {
    self.reader = reader
    keys = ObjectKeyTable(names: names)
    keyCount = names.count
  }

  /// The plan for `type`.
  @inline(__always)
  func plan<T>(for type: T.Type) -> Plan {
    plans.plan(for: type) {
      Plan(shape: ObjectShape.of(type), structural: type as? any ObjectStructuralDecodable.Type)
    }
  }

  /// Bars decoders that someone has kept from the bytes.
  func finish() {
    reader = ObjectReader(base: reader.base, count: 0)
  }
}
