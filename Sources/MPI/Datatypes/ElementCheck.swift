// Elements are any `BitwiseCopyable` type. That takes in pointers, which mean nothing on another rank. No constraint says
// "but no pointers" and still takes SIMD vectors and undeclared structs. So they are found here: in a debug build by a
// look at the type, and, where a pointer itself is given as a value, by a warning of the compiler.

extension Communicator {
  /// In a debug build, throws for an element type that holds a pointer. In a release build, nothing.
  @inlinable @inline(__always)
  func checkElement<Element>(_: Element.Type, _ operation: StaticString) throws(MPIError) {
    // What an assertion asserts is not evaluated in a release build.
    var isRefused = false
    assert(
      {
        isRefused = predefinedType(Element.self) == nil && isPointer(Element.self)
        return true
      }())
    if isRefused { throw pointerFailure(Element.self, operation) }
  }

  @usableFromInline @inline(never)
  func pointerFailure<Element>(_: Element.Type, _ operation: StaticString) -> MPIError {
    failure(
      .type, operation,
      """
      \(Element.self) holds an address, which means nothing on another rank: send what it points to, as a Span or an Array
      """)
  }

  /// Refuses a pointer, with a warning where it is compiled and an error where it runs.
  @available(*, deprecated, message: "an address means nothing on another rank: send what it points to")
  public func send<Pointer: _Pointer>(
    _ pointer: Pointer, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard
  ) throws(MPIError) {
    throw pointerFailure(Pointer.self, "send")
  }

  /// Refuses a pointer, with a warning where it is compiled and an error where it runs.
  @available(*, deprecated, message: "an address means nothing on another rank: broadcast what it points to")
  public func broadcast<Pointer: _Pointer>(_ pointer: Pointer?, root: Int = 0) throws(MPIError) -> Pointer {
    throw pointerFailure(Pointer.self, "broadcast")
  }

  /// Refuses a pointer, with a warning where it is compiled and an error where it runs.
  @available(*, deprecated, message: "an address means nothing on another rank: gather what it points to")
  public func gather<Pointer: _Pointer>(_ pointer: Pointer, root: Int = 0) throws(MPIError) -> [Pointer]? {
    throw pointerFailure(Pointer.self, "gather")
  }

  /// Refuses a pointer, with a warning where it is compiled and an error where it runs.
  @available(*, deprecated, message: "an address means nothing on another rank: gather what it points to")
  public func allGather<Pointer: _Pointer>(_ pointer: Pointer) throws(MPIError) -> [Pointer] {
    throw pointerFailure(Pointer.self, "allGather")
  }
}

/// Whether a type is a pointer, or an optional one.
@usableFromInline
func isPointer(_ type: Any.Type) -> Bool {
  if type is any _Pointer.Type || type == OpaquePointer.self { return true }
  if let wrapper = type as? any PointerWrapper.Type { return wrapper.holdsPointer }
  return false
}

/// The types of the standard library that hold a pointer, or may.
private protocol PointerWrapper {
  static var holdsPointer: Bool { get }
}

extension Optional: PointerWrapper {
  static var holdsPointer: Bool { isPointer(Wrapped.self) }
}
extension UnsafeBufferPointer: PointerWrapper {
  static var holdsPointer: Bool { true }
}
extension UnsafeMutableBufferPointer: PointerWrapper {
  static var holdsPointer: Bool { true }
}
extension UnsafeRawBufferPointer: PointerWrapper {
  static var holdsPointer: Bool { true }
}
extension UnsafeMutableRawBufferPointer: PointerWrapper {
  static var holdsPointer: Bool { true }
}
extension Unmanaged: PointerWrapper {
  static var holdsPointer: Bool { true }
}
