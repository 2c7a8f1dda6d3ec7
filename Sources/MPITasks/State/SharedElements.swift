/// The elements of a shared array, where they lie: see ``Shared/elements()``.
///
/// As long as this is held, the memory stays, also when the array has been unshared. Copying it copies no element.
public struct SharedElements<Element: BitwiseCopyable>: RandomAccessCollection, @unchecked Sendable {
  /// The array, where the elements lie in it; else empty.
  private let array: [Element]
  /// What keeps the elements, where they lie elsewhere.
  private let memory: SharedMemory?
  private let elements: UnsafeBufferPointer<Element>

  init(_ array: [Element]) {
    self.array = array
    memory = nil
    elements = UnsafeBufferPointer(start: nil, count: 0)
  }

  init(_ memory: SharedMemory) {
    array = []
    self.memory = memory
    elements = memory.bytes.bindMemory(to: Element.self)
  }

  /// The elements, for a loop that wants them as fast as those of an array.
  ///
  /// It is valid as long as this value is.
  public var span: Span<Element> {
    @_lifetime(borrow self)
    borrowing get {
      if memory == nil { return array.span }
      return unsafe _overrideLifetime(Span(_unsafeElements: elements), borrowing: self)
    }
  }

  /// Calls a closure with the memory in which the elements lie.
  public func withContiguousStorageIfAvailable<Result>(
    _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result? {
    memory == nil ? try array.withUnsafeBufferPointer(body) : try body(elements)
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { memory == nil ? array.count : elements.count }
  public subscript(index: Int) -> Element { memory == nil ? array[index] : element(index) }

  private func element(_ index: Int) -> Element {
    precondition(elements.indices.contains(index), "a shared array has no element \(index)")
    return elements[index]
  }
}
