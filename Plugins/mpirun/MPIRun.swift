// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PackagePlugin

/// `swift package mpirun -n 4 solver`: builds a program in release, and runs it on several ranks.
///
/// How a program is started is known to `scripts/mpirun` of this package, which `scripts/run` shares.
@main
struct MPIRun: CommandPlugin {
  static let help = """
    usage: swift package mpirun [options] [PROGRAM [ARGUMENTS...]]

    Builds PROGRAM, a product of the package or of one that it depends on, in release, and runs it under the mpiexec of the
    MPI that it is linked with. It sees to what a container, root, more ranks than cores and a terminal need. PROGRAM may be
    left out if the package has one program alone. The ARGUMENTS are the program's own.

      swift package mpirun -n 4 solver --size 64

    options:
      -n RANKS                  how many ranks; one for each core unless given.
      --hostfile FILE           the hosts to run on, a line each: NAME slots=RANKS, or MPICH's NAME:RANKS.
      --oversubscribe           more ranks than the host file has slots.
      --mpiexec-option OPTION   hand OPTION, split at its spaces, on to mpiexec.
      --debug                   build and run the debug build.
      -h, --help                say this.

    On macOS the program can write files only if the sandbox is off: swift package --disable-sandbox mpirun …
    """

  func performCommand(context: PluginContext, arguments: [String]) async throws {
    let command = try Command(arguments)
    if command.isForHelp {
      print(Self.help)
      return
    }
    let packages = packages(of: context)
    let program = try choose(command.program, packages)
    let path = try build(program, isDebug: command.isDebug)
    // The end of the plugin is that of the command; a status that isn't 0 is named by SwiftPM.
    let status = try Job(script(packages), command.options + [path] + command.arguments).run()
    if status != 0 { exit(status) }
  }

  /// The package, and all that it depends on.
  private func packages(of context: PluginContext) -> [Package] {
    var packages = [context.package]
    var next = 0
    while next < packages.count {
      for package in packages[next].dependencies.map(\.package) where !packages.contains(where: { $0.id == package.id })
      {
        packages.append(package)
      }
      next += 1
    }
    return packages
  }

  /// The script that starts programs.
  private func script(_ packages: [Package]) throws -> String {
    for package in packages {
      let path = package.directoryURL.appending(path: "scripts/mpirun").path
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw Failure("no package here has scripts/mpirun: depend on swift-mpi")
  }

  /// The program that is meant, if there is one of that name.
  private func choose(_ name: String?, _ packages: [Package]) throws -> String {
    func programs(_ package: Package) -> [String] { package.products(ofType: ExecutableProduct.self).map(\.name) }
    let own = programs(packages[0]).sorted()
    if let name {
      if packages.contains(where: { programs($0).contains(name) }) { return name }
      throw Failure("there is no program '\(name)'; there are: \(own.joined(separator: " "))")
    }
    if own.count == 1 { return own[0] }
    throw Failure("which program? There are: \(own.joined(separator: " "))")
  }

  /// Builds a program.
  ///
  /// - Returns: its path.
  private func build(_ program: String, isDebug: Bool) throws -> String {
    let parameters = PackageManager.BuildParameters(
      configuration: isDebug ? .debug : .release, logging: .concise, echoLogs: true)
    let result = try packageManager.build(.product(program), parameters: parameters)
    let built = result.builtArtifacts.first { $0.kind == .executable && $0.url.lastPathComponent == program }
    guard result.succeeded, let built else {
      throw Failure("\(program) doesn't build; the compiler's messages are above")
    }
    return built.url.path
  }
}

/// What the plugin was told.
struct Command {
  /// The options that say on how many ranks and where, for the script.
  var options: [String] = []
  var program: String?
  var arguments: [String] = []
  var isDebug = false
  var isForHelp = false

  init(_ words: [String]) throws {
    let withValue: Set<String> = ["-n", "-np", "--np", "--hostfile", "--machinefile", "--mpiexec-option"]
    var rest = words[...]
    while let word = rest.first, word.hasPrefix("-") {
      rest.removeFirst()
      switch word {
      case "-h", "--help": isForHelp = true
      case "--debug": isDebug = true
      case "--": break
      case _ where withValue.contains(word):
        guard let value = rest.popFirst() else { throw Failure("\(word) wants a value (--help says which)") }
        options += [word, value]
      default: options.append(word)
      }
      if word == "--" { break }
    }
    program = rest.popFirst()
    arguments = Array(rest)
  }
}

/// What is wrong, in words.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
