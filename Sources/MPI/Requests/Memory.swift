/// Memory for elements that stays where it is, for requests that start many times.
@usableFromInline
final class Memory<Element: BitwiseCopyable>: @unchecked Sendable {
  let buffer: UnsafeMutableBufferPointer<Element>

  /// A copy of an array's elements.
  init(_ elements: [Element]) {
    buffer = .allocate(capacity: elements.count)
    _ = buffer.initialize(from: elements)
  }

  /// Elements of which every byte is 0, until something is received.
  init(count: Int) {
    buffer = .allocate(capacity: count)
    UnsafeMutableRawBufferPointer(buffer).initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { buffer.deallocate() }

  var start: UnsafeMutablePointer<Element>? { buffer.baseAddress }
  var count: Int { buffer.count }
}
