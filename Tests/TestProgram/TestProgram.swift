// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Runs the test program that the first argument names, with the other arguments. Tests of `MPI` launch it.
@main
struct TestProgram {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst(2))
    switch CommandLine.arguments.dropFirst().first {
    case "checked": try CheckedProgram.run(arguments)
    case "clock": try ClockProgram.run(arguments)
    case "misbehaving": try await MisbehavingProgram.run(arguments)
    case "session": try await SessionProgram.run(arguments)
    case "spawning": try SpawningProgram.run(arguments)
    case "surviving": try SurvivingProgram.run(arguments)
    case let name: fatalError("there is no test program \(name ?? "without a name")")
    }
  }
}
