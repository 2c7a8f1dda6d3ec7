// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// What people are to see of a loop, and where in the program it stands.
@usableFromInline
struct LoopDisplay {
  var style: ProgressStyle
  var label: String
  var observer: LoopObserver?
  var file: StaticString
  var line: Int

  @usableFromInline
  init(
    _ style: ProgressStyle, _ label: String, _ observer: LoopObserver? = nil, _ file: StaticString, _ line: Int
  ) {
    self.style = style
    self.label = label
    self.observer = observer
    self.file = file
    self.line = line
  }

  @usableFromInline
  init(_ style: ProgressStyle, _ label: String, _ file: StaticString, _ line: Int) {
    self.init(style, label, nil, file, line)
  }
}

extension Communicator {
  /// Runs `body` as a loop: one call of the program's, which no closure of a loop may make.
  final func runLoop<Result>(
    _ operation: StaticString, _ display: LoopDisplay, _ body: (LoopChannel) throws -> Result
  ) throws -> Result {
    try Surroundings.refuseLoop(operation)
    return try collectiveCall(operation, display.file, display.line) {
      let channel = try LoopChannel.of(self)
      occupy(for: .loop)
      defer { release(from: .loop) }
      return try body(channel)
    }
  }
}
