// Where the elements of an array lie, for the forms that take arrays.

/// Calls `body` with a span of the elements of an array, which lie where they are.
///
/// Not by the array's own `span`: Swift 6.3.1 takes a function that reaches an array's memory by nothing but `span` for one
/// that reads the count alone. In optimized code of another module the caller then leaves out what it has stored in the
/// array: the elements of a literal, or those that it has just changed. `Tests/Scripts/effects` finds such functions.
@inlinable @inline(__always)
package func withSpan<Element: BitwiseCopyable, Result, Failure: Error>(
  of elements: [Element], _ body: (Span<Element>) throws(Failure) -> Result
) throws(Failure) -> Result {
  try elements.withUnsafeBufferPointer { (memory) throws(Failure) in try body(Span(_unsafeElements: memory)) }
}
