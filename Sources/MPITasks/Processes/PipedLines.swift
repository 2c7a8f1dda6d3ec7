// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The lines that come by a pipe from a task process.
struct PipedLines {
  private let descriptor: Int32
  private var rest: [UInt8] = []
  private(set) var hasEnded = false

  /// Lines longer than this are passed on in parts.
  private static let longest = 64 << 10

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Reads what has come.
  ///
  /// - Parameter isLast: whether nothing more comes, so that a line without an end is one.
  /// - Returns: whole lines, without their ends.
  mutating func take(isLast: Bool = false) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    withUnsafeTemporaryAllocation(byteCount: 32 << 10, alignment: 16) { room in
      // Not forever: a task that prints without end must not keep the thread here.
      for _ in 0..<(isLast ? 1024 : 8) {
        let count = readBytes(descriptor, room)
        if count == 0 { hasEnded = true }
        guard count > 0 else { break }
        rest += room[..<count]
      }
    }
    var start = rest.startIndex
    while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(rest[start..<end])
      start = end + 1
    }
    if start < rest.endIndex, isLast || hasEnded || rest.endIndex - start > Self.longest {
      lines.append(rest[start...])
      start = rest.endIndex
    }
    rest = Array(rest[start...])
    return lines
  }
}

/// Writes lines of task processes to the standard streams of this one, on a thread of its own: what reads them may be
/// slow, and nothing else may wait for it.
final class LineWriter: Sendable {
  enum Stream: Sendable { case output, error }

  private struct State {
    var lines: [(stream: Stream, bytes: [UInt8])] = []
    var byteCount = 0
    var hasEnded = false
  }

  /// How many bytes may wait until no more is taken.
  private static let most = 1 << 20

  private let state = Monitor(State())
  private let isThere = Monitor(false)

  /// Whether more may be given to it.
  var hasRoom: Bool { state.withLock { $0.byteCount < Self.most } }

  func put(_ line: some Collection<UInt8>, to stream: Stream) {
    state.withLock { state in
      state.lines.append((stream, Array(line) + [UInt8(ascii: "\n")]))
      state.byteCount += line.count + 1
    }
    state.wakeOne()
  }

  /// Writes until the end.
  func run() {
    while true {
      let (lines, hasEnded) = state.wait { state -> ([(stream: Stream, bytes: [UInt8])], Bool)? in
        guard !state.lines.isEmpty || state.hasEnded else { return nil }
        defer { state.lines = [] }
        return (state.lines, state.hasEnded)
      }!
      var position = 0
      while position < lines.count {
        // Lines of one stream that follow one another in one piece.
        let stream = lines[position].stream
        var bytes: [UInt8] = []
        while position < lines.count, lines[position].stream == stream {
          bytes += lines[position].bytes
          position += 1
        }
        Self.write(bytes, to: stream)
        state.withLock { $0.byteCount -= bytes.count }
      }
      if hasEnded, lines.isEmpty { break }
    }
    isThere.withLock { $0 = true }
    isThere.wakeAll()
  }

  /// Ends it, and waits until all is written, or for so long.
  func end(nanoseconds: Int) {
    state.withLock { $0.hasEnded = true }
    state.wakeAll()
    _ = isThere.wait(nanoseconds: nanoseconds) { $0 ? () : nil }
  }

  private static func write(_ bytes: [UInt8], to stream: Stream) {
    switch stream {
    case .output: standardOutput(bytes)
    case .error: writeToStandardError(String(decoding: bytes.dropLast(), as: UTF8.self))
    }
  }

  /// By the C library's stream, so that lines that this process prints are not cut.
  private static func standardOutput(_ bytes: [UInt8]) {
    print(String(decoding: bytes, as: UTF8.self), terminator: "")
    flushStandardStreams()
  }
}
