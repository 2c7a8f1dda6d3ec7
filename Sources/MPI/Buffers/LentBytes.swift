// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

extension Communicator {
  /// Calls `body` with the bytes of a buffer's elements, side by side, for a library above this one: where they lie, or
  /// a copy of what a layout selects. They are valid until it returns.
  ///
  /// - Throws: what `body` throws; ``ErrorClass/count`` for a layout that does not lie within the memory, or that selects
  ///   more than 2³⁰ bytes.
  package func withBytes<Buffer: OutgoingBuffer, Result>(
    of buffer: Buffer, _ operation: StaticString, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result where Buffer.Element: BitwiseCopyable {
    var result: Swift.Result<Result, any Error>?
    try buffer._withMemory { (memory) throws(MPIError) in
      let flat = try outgoing(memory, of: Buffer.self, operation).flat(of: Buffer.Element.self, self, operation)
      withExtendedLifetime(flat) {
        let elements = flat.elements(as: Buffer.Element.self)
        result = Swift.Result { try body(UnsafeRawBufferPointer(elements)) }
      }
    }
    guard let result else { misuse("withBytes(of:): a buffer did not lend its memory") }
    return try result.get()
  }
}
