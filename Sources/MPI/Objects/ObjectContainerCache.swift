/// The keyed container that a coder gave out last, to give it out again for the next value.
///
/// The standard library puts what conforms to its container protocol into a box, a class that is generic over it. To make
/// one takes longer than to code three numbers: its type, the witness and the memory are looked up anew each time.
///
/// What is in a box that is kept here does not own its coder, which owns this, and only the box itself knows whether someone
/// else has it.
struct ObjectContainerCache {
  /// The type of its keys.
  private var keys: ObjectIdentifier?

  /// The box.
  private var box: AnyObject?

  /// Whether someone else has the container, too.
  var isShared: Bool {
    mutating get { box != nil && !isKnownUniquelyReferenced(&box) }
  }

  /// The container with keys of a type, from here or from `make`.
  ///
  /// - Parameter make: makes one that owns its coder, or one that doesn't.
  @inline(__always)
  mutating func container<Key: CodingKey, Container>(
    _: Key.Type, make: (_ isOwner: Bool) -> Container
  ) -> Container {
    if keys == ObjectIdentifier(Key.self), let box { return unsafeBitCast(box, to: Container.self) }
    // The containers of the standard library are no more than their box. If that ever changes, none is kept.
    guard MemoryLayout<Container>.size == MemoryLayout<AnyObject>.size, !isShared else { return make(true) }
    let made = make(false)
    keys = ObjectIdentifier(Key.self)
    box = unsafeBitCast(made, to: AnyObject.self)
    return made
  }
}
