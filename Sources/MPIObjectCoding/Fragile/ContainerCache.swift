// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The keyed container that a coder gave out last, to give it out again for the next value.
///
/// The standard library puts what conforms to its container protocol into a box, a class that is generic over it. To
/// make one takes longer than to code three numbers: its type, the witness and the memory are looked up again each
/// time.
///
/// What is in a box that is kept here does not own its coder, which owns this, and only the box itself knows whether
/// someone else has it.
struct ObjectContainerCache {
  /// The type of its keys.
  private var keys: ObjectIdentifier?

  /// The box.
  private var box: AnyObject?

  /// What hands out the box.
  private var source: Source<AnyObject>?

  /// A function that hands out something.
  ///
  /// A container is a box and nothing else, and so a function that returns the one is a function that returns the
  /// other. In this form, with a type that can be any, it writes its result to where the caller wants it. So no code
  /// asks what type that is, which in code for any keys takes longer than all else that is done here.
  private struct Source<Product> {
    /// The function.
    let make: () -> Product
  }

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
    guard keys == ObjectIdentifier(Key.self), let source else { return newContainer(Key.self, make: make) }
    return unsafeBitCast(source, to: Source<Container>.self).make()
  }

  /// A container from `make`, which is kept if it can be.
  @inline(never)
  private mutating func newContainer<Key: CodingKey, Container>(
    _: Key.Type, make: (_ isOwner: Bool) -> Container
  ) -> Container {
    guard Self.isTrusted, !isShared else { return make(true) }
    let made = make(false)
    let box = unsafeBitCast(made, to: AnyObject.self)
    let unowned = Unmanaged.passUnretained(box)
    keys = ObjectIdentifier(Key.self)
    source = Source { unowned.takeUnretainedValue() }
    self.box = box
    return made
  }

  /// Whether the containers of this standard library are a box and nothing else. If they are not, none is kept.
  private static let isTrusted: Bool = {
    enum Keys: CodingKey { case any }
    let encoder = ObjectEncoder(session: ObjectEncodingSession(root: ObjectRoot(Bool.self)), writer: ObjectWriter())
    let decoder = ObjectDecoder(session: ObjectDecodingSession(root: ObjectRoot(Bool.self)))
    return isBox(KeyedEncodingContainer(ObjectKeyedEncodingContainer<Keys>(encoder: encoder, isOwner: true)))
      && isBox(KeyedDecodingContainer(ObjectKeyedDecodingContainer<Keys>(decoder: decoder, isOwner: true)))
  }()

  /// Whether a container is a reference to an object and nothing else.
  private static func isBox<Container>(_ container: Container) -> Bool {
    let parts = Mirror(reflecting: container).children.map(\.value)
    guard MemoryLayout<Container>.size == MemoryLayout<AnyObject>.size, parts.count == 1, type(of: parts[0]) is AnyClass
    else { return false }
    return unsafeBitCast(container, to: AnyObject.self) === parts[0] as AnyObject
  }
}
