// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import BenchmarkReport
import CKernels
import Foundation
import MPI

/// What `scripts/bench` runs: each command measures one thing and writes what came of it, or makes the report of all.
@main
struct Main {
  static func main() async {
    let words = CommandLine.arguments.dropFirst()
    let commands: [String: ([String]) async throws -> Void] = [
      "micro": measureMicro, "count": countCalls, "check-counts": checkCounts,
      "programs": runPrograms, "scaling": measureScaling, "objects": sendObjects, "level": measureLevel,
      "report": makeReport,
      "checkpoints": measureCheckpoints, "tasks": measureTasks, "report-tasks": makeTaskReport,
    ]
    do {
      guard let name = words.first, let command = commands[name] else {
        throw Options.Mistake(
          text: "it wants a command: \(commands.keys.sorted().joined(separator: ", ")) (scripts/bench runs it)")
      }
      try await command(Array(words.dropFirst()))
    } catch let mistake as Options.Mistake {
      fail(mistake.text, status: 64)
    } catch {
      fail("\(error)", status: 1)
    }
  }

  private static func fail(_ text: String, status: Int32) -> Never {
    FileHandle.standardError.write(Data("benchmark: \(text)\n".utf8))
    exit(status)
  }
}

/// What is known here of the machine.
func thisMachine() -> Machine {
  let version = MPIEnvironment.libraryVersion.split(whereSeparator: { $0 == "," || $0 == "\n" }).first ?? ""
  let standard = MPIEnvironment.standardVersion
  return .here(
    mpi: "\(version) (MPI \(standard.major).\(standard.minor))", c: String(cString: c_compiler()))
}

/// Says on standard error what is being done; on a log, too, one sees that it goes on.
func note(_ world: Communicator, _ text: String) {
  if world.isRoot { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}
