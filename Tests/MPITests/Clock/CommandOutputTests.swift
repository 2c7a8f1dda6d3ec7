// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MPI

/// Commands that are run for what they print.
@Suite struct CommandOutputTests {
  @Test func output() {
    #expect(CommandOutput.of(["printf", "one\\ntwo"], seconds: 20) == .output("one\ntwo"))
    #expect(CommandOutput.of(["true"], seconds: 20) == .output(""))
    guard case .output(let text) = CommandOutput.of(["env"], seconds: 20) else { return #expect(Bool(false)) }
    #expect(text.contains("LC_ALL=C\n") && text.contains("SLURM_TIME_FORMAT=standard\n"))
  }

  @Test func failures() {
    #expect(CommandOutput.of(["false"], seconds: 20) == .failed("false failed"))
    #expect(CommandOutput.of(["no-such-command-anywhere"], seconds: 20) == .isMissing)
  }

  @Test("One that hangs is ended, with what it has started")
  func hanging() {
    let mark = "\(3_000_000 + UInt32.random(in: 0...999_999))"
    #expect(CommandOutput.of(["sh", "-c", "sleep \(mark) & sleep \(mark)"], seconds: 0.3) == .tookTooLong)
    // One that closes its output and hangs.
    #expect(CommandOutput.of(["sh", "-c", "exec >&-; exec sleep \(mark)"], seconds: 0.3) == .tookTooLong)
    #expect(CommandOutput.of(["sh", "-c", "while echo a; do :; done"], seconds: 0.3) == .tookTooLong)
    var patience = 100
    while patience > 0, CommandOutput.of(["pgrep", "-f", "sleep \(mark)"], seconds: 20) != .failed("pgrep failed") {
      patience -= 1
      usleep(50_000)
    }
    #expect(patience > 0)
  }

  @Test("It inherits no descriptor")
  func descriptors() throws {
    guard case .output(let text) = CommandOutput.of(["ls", "/proc/self/fd"], seconds: 20) else {
      return #expect(Bool(false))
    }
    // 3 is the folder.
    #expect(text.split(separator: "\n").map(String.init) == ["0", "1", "2", "3"])
  }
}
