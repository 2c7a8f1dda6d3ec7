// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Testing

/// What was printed and can't be written, and streams that are closed, as seen from outside.
@Suite struct StandardStreamTests {
  /// Runs a shell's command, in which `$P` is the program that misbehaves as told.
  private func shell(_ command: String, mode: String...) async throws -> LaunchedJob {
    let program = try executable(named: "test-program")
    return try await launch(
      "/bin/bash", arguments: ["-c", command], ranks: 0,
      environment: ["P": ([program, "misbehaving"] + mode).joined(separator: " "), "MPIEXEC": "mpiexec"],
      timeLimit: .seconds(40))
  }

  private static let words = "what was printed could not all be written to standard output"

  /// A few bytes stay in the buffer until the end; of many the first are lost in the middle.
  @Test(arguments: ["1", "10000"]) func aFullDiskIsAnError(lines: String) async throws {
    let job = try await shell("$P >/dev/full", mode: "prints", lines)
    #expect(job.status == 1, "\(job.errorOutput)")
    #expect(job.errorOutput.components(separatedBy: Self.words).count == 2, "\(job.errorOutput)")
    #expect(job.errorOutput.hasPrefix("error on rank 0 of 1 ("), "\(job.errorOutput)")
    // Under MPICH each line is written as it is printed, and the reason isn't known any more at the end.
    guard lines == "1", MPIEnvironment.vendor == .openMPI else { return }
    #expect(job.errorOutput.contains("No space left on device"), "\(job.errorOutput)")
  }

  @Test(arguments: ["1", "10000"]) func aClosedOutputIsAnError(lines: String) async throws {
    let job = try await shell("$P >&-", mode: "prints", lines)
    #expect(job.status == 1, "\(job.errorOutput)")
    #expect(job.errorOutput.components(separatedBy: Self.words).count == 2, "\(job.errorOutput)")
  }

  /// Several ranks, each with an output of its own: the ranks end in order, and one says it.
  @Test func aRankThatLosesOutputEndsInOrder() async throws {
    let job = try await shell("mpiexec -n 3 bash -c 'exec $P >/dev/full'", mode: "prints", "1")
    #expect(job.status == 1, "\(job.errorOutput)")
    #expect(!job.isTimedOut)
    #expect(job.errorOutput.components(separatedBy: Self.words).count == 2, "\(job.errorOutput)")
    #expect(!job.errorOutput.contains("MPI_ABORT"), "\(job.errorOutput)")
  }

  /// What the launcher can't write is lost just so.
  @Test(.enabled(if: MPIEnvironment.vendor == .openMPI), arguments: [">/dev/full", ">&-"], [1, 3])
  func aLauncherThatLosesOutputIsAnError(stream: String, ranks: Int) async throws {
    let job = try await shell("mpiexec -n \(ranks) $P \(stream)", mode: "prints", "1")
    #expect(job.status == 1, "\(job.errorOutput)")
    #expect(!job.isTimedOut)
    #expect(job.errorOutput.components(separatedBy: Self.words).count == 2, "\(job.errorOutput)")
    #expect(!job.errorOutput.contains("MPI_ABORT"), "\(job.errorOutput)")
    let silent = try await shell("mpiexec -n \(ranks) $P \(stream)", mode: "nothing")
    #expect(silent.status == 0, "\(silent.errorOutput)")
  }

  /// A program that prints nothing loses nothing.
  @Test(arguments: [">/dev/full", ">&-", "<&-", "2>&-", "<&- >&- 2>&-"])
  func silenceIsNoError(streams: String) async throws {
    let job = try await shell("$P \(streams)", mode: "nothing")
    #expect(job.status == 0, "\(job.errorOutput)")
  }

  /// A status of the program's own stays.
  @Test func anErrorKeepsItsStatus() async throws {
    let job = try await shell("$P >/dev/full", mode: "exits-afterwards")
    #expect(job.status == 5, "\(job.errorOutput)")
  }

  /// A reader that has seen enough ends the program without a word, by the signal, as ever.
  @Test func aReaderMayLeave() async throws {
    let job = try await shell("$P | head -1; exit ${PIPESTATUS[0]}", mode: "prints", "100000")
    #expect(job.status == 141, "\(job.errorOutput)")
    #expect(job.output == "line 0 of rank 0\n")
    #expect(job.errorOutput == "")
  }

  /// A stream that is closed stays so: nothing of MPI's own gets its number.
  @Test(arguments: [("$P <&-", 1), ("mpiexec -n 3 bash -c 'exec $P <&-'", 3)])
  func closedInputIsReadAsClosed(command: String, ranks: Int) async throws {
    let job = try await shell(command, mode: "reads")
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(!job.isTimedOut)
    #expect(job.output.components(separatedBy: "read -1 bytes").count == ranks + 1, "\(job.output)")
  }

  /// Of a launcher that was started with its input closed, rank 0 would wait for an end of the input without end.
  @Test(.enabled(if: MPIEnvironment.vendor == .openMPI), arguments: [1, 4])
  func closedInputOfTheLauncherIsReadAsClosed(ranks: Int) async throws {
    let job = try await shell("mpiexec -n \(ranks) $P <&-", mode: "reads")
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(!job.isTimedOut)
    #expect(job.output.contains("rank 0 read -1 bytes"), "\(job.output)")
    let open = try await shell("echo x | mpiexec -n \(ranks) $P", mode: "reads")
    #expect(open.status == 0, "\(open.errorOutput)")
    #expect(open.output.contains("rank 0 read 1 bytes"), "\(open.output)")
  }

  @Test(arguments: ["<&- >&- 2>&-", "<&- 2>&-", "<&-", "2>&-"])
  func ranksWithClosedStreamsEnd(streams: String) async throws {
    let job = try await shell("mpiexec -n 3 bash -c 'exec $P \(streams)'", mode: "nothing")
    #expect(job.status == 0, "\(job.errorOutput)")
    #expect(!job.isTimedOut)
  }
}
