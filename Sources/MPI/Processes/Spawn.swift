// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// Starts processes of a program, as a world of their own, and returns what connects this communicator's ranks with
  /// them.
  ///
  /// ```swift
  /// let workers = try world.spawn("worker", arguments: ["--fast"], count: 4)
  /// try workers.broadcast(world.isRoot ? settings : nil, localRoot: 0)
  /// …
  /// try workers.disconnect()
  /// ```
  ///
  /// The new processes find their end of it as ``MPIEnvironment/parent``. Their program must start MPI, as by
  /// `withMPI`: this call returns when they have, and waits forever for a program that never does.
  ///
  /// A name without a slash is looked for beside this program, then in the folders of the hint `path`, then in those of
  /// `PATH`. A path begins at the root's current folder. If hints name other hosts, MPI looks for it there.
  ///
  /// Collective. The root sends to the others, in two broadcasts, whether it can be tried.
  ///
  /// **When a new process fails.** Where its `withMPI` body throws, it ends its own world. With Open MPI the launcher
  /// then ends all: the parents too, even after ``InterCommunicator/disconnect(file:line:)``. So a worker whose failure
  /// is to be outlived must catch its errors, and send them.
  ///
  /// **Room.** MPI must have room for more processes: `mpiexec` with more slots than ranks, or `--oversubscribe`.
  /// ``MPIEnvironment/universeSize`` is how many it expects. If there is no room, every rank throws; with Open MPI
  /// 4.1 `mpiexec` then does not end by itself when the job is done, unless it is aborted, as by an error that ends
  /// `withMPI`.
  ///
  /// An MPI that was built without it throws as well, such as MPICH 4.0 over UCX.
  ///
  /// C: `MPI_Comm_spawn`. MPI-3.1, section 10.3.2.
  ///
  /// - Parameters:
  ///   - name: the program: a path, or a name to look for.
  ///   - arguments: what it is given, without its own name.
  ///   - count: how many processes.
  ///   - root: the rank whose arguments count, and which looks for the program. Elsewhere they are not looked at.
  ///   - info: hints to MPI, such as `wdir`, the folder that they start in, or `host`.
  /// - Returns: an intercommunicator whose remote group are the new processes.
  /// - Throws: on every rank, ``ErrorClass/spawn`` if the program is not there or can't be started; what is wrong with
  ///   the root's arguments; ``ErrorClass/root`` for a root out of range.
  public final func spawn(
    _ name: String, arguments: [String] = [], count: Int, root: Int = 0, info: [String: String] = [:],
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> InterCommunicator {
    try spawn(
      [SpawnedProgram(name, arguments: arguments, count: count, info: info)], root: root, file: file, line: line)
  }

  /// Starts processes of several programs, all in one new world, in the order of the programs.
  ///
  /// As ``spawn(_:arguments:count:root:info:file:line:)``. A new process learns by
  /// ``MPIEnvironment/applicationNumber`` which of the programs it is.
  ///
  /// C: `MPI_Comm_spawn_multiple`. MPI-3.1, section 10.3.3.
  public final func spawn(
    _ programs: [SpawnedProgram], root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> InterCommunicator {
    try checkRoot(root, "spawn")
    let isRoot = rank == root
    var paths: [String] = []
    var wrong: MPIError? = nil
    if isRoot { do { paths = try findPaths(programs) } catch { wrong = error } }
    let told = SIMD2(programs.reduce(0) { $0 &+ $1.count }, programs.count)
    let (total, kinds) = try { ($0.x, $0.y) }(agree(told, wrong, root: root, "spawn"))

    try enterCollective("spawn", Never.self, root: root, file, line)
    // If nothing can be started, the other ranks wait for the root's word: see below.
    let tellsTheRootAlone = Fault.spawnTellsTheRootAlone.isHere && size > 1
    let channel = tellsTheRootAlone ? try split(color: 0, key: rank) : self
    var handle = CMPI_COMM_NULL
    var codes = [CInt](repeating: 0, count: total)
    let code: CInt
    if kinds == 1 {
      let arguments = CStrings(isRoot ? programs[0].arguments : [])
      code = try withInfo(isRoot ? programs[0].info : [:], "spawn") { info in
        withExtendedLifetime(arguments) {
          MPI_Comm_spawn(
            paths.first ?? "", arguments.pointers, CInt(total), info, CInt(root), channel.rawValue, &handle, &codes)
        }
      }
    } else {
      let commands = CStrings(paths)
      let arguments = (isRoot ? programs : []).map { CStrings($0.arguments) }
      var lists = arguments.map { Optional($0.pointers) } + [nil]
      let counts = (isRoot ? programs : []).map { CInt($0.count) }
      var infos = Array(repeating: CMPI_INFO_NULL, count: arguments.count)
      for (index, program) in programs.enumerated() where isRoot && !program.info.isEmpty {
        MPI_Info_create(&infos[index])
        for (key, value) in program.info { MPI_Info_set(unwrapped(infos[index]), key, value) }
      }
      code = withExtendedLifetime((commands, arguments)) {
        MPI_Comm_spawn_multiple(
          CInt(kinds), commands.pointers, &lists, counts, infos, CInt(root), channel.rawValue, &handle, &codes)
      }
      for index in infos.indices where infos[index] != CMPI_INFO_NULL { MPI_Info_free(&infos[index]) }
    }
    if code != 0 && tellsTheRootAlone && isRoot {
      // Its length of the root's answer, below 0 for none. It goes on a communicator that nothing else uses.
      var none: CInt = -1
      MPI_Bcast(&none, 1, CMPI_INT32_T, CInt(root), channel.rawValue)
    }
    if isChecked { CallRecord.end() }
    let names = isRoot ? programs.map { "'\($0.name)'" }.joined(separator: ", ") : "the root's programs"
    guard code == 0, handle != CMPI_COMM_NULL else {
      throw MPIError(
        .spawn, "\(names) could not be started, \(total) processes in all: \(MPIError.words(for: code))",
        operation: "spawn", communicator: self.name, rank: rank, code: code)
    }
    let errors = codes.map { code in code == 0 ? nil : MPIError(code: code, operation: "spawn") }
    return try InterCommunicator(
      unwrapped(handle), ownership: .owned, local: self, startErrors: errors, "spawn", CallSite(file, line))
  }

  /// Checks what the root was given, and finds the programs.
  private func findPaths(_ programs: [SpawnedProgram]) throws(MPIError) -> [String] {
    try require(!programs.isEmpty, .argument, "spawn", "there is no program to start")
    var paths: [String] = []
    var total = 0
    for program in programs {
      do { try program.check("spawn") } catch { throw failure(error.errorClass, "spawn", error.text) }
      total += program.count
      try require(total <= Int(CInt.max), .count, "spawn", "\(total) processes are too many")
      guard let path = program.path() else {
        throw failure(
          .spawn, "spawn",
          program.name.contains("/")
            ? "there is no program at '\(program.name)'"
            : "there is no program '\(program.name)' beside this one, nor in PATH: give its path")
      }
      paths.append(path)
    }
    return paths
  }
}
