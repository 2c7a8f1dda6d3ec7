// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIRestart
import Testing

/// What is understood of the launcher's command.
@Suite struct LauncherCommandTests {
  private let files = [
    "hosts": "# mine\nnode1 slots=2\nnode2 slots = 2 # two\nnode3 slots=4 username=me\n",
    "hydra": "node1:2\nnode2:2\n", "bare": "a\nb\nc\n", "nodefile": "a\na\nb\nb\n",
  ]

  private func command(_ text: String, _ kind: LauncherKind = .openMPI4, hostFile: String? = nil) throws
    -> LauncherCommand
  {
    try LauncherCommand(
      words: text.split(separator: " ").map { String($0) }, kind: { _ in kind }, hostFile: hostFile, read: { files[$0] }
    )
  }

  /// The command without hosts, as text; host files are shown with what is in them.
  private func words(_ command: LauncherCommand, without gone: Set<String>, ranks: Int? = nil) -> String {
    command.words(without: gone, ranks: ranks) { "<" + $0.replacing("\n", with: ";") + ">" }.joined(separator: " ")
  }

  @Test(
    "The hosts come from each form of option",
    arguments: [
      "mpiexec -n 4 --hostfile hosts ./p", "mpiexec --hostfile=hosts -n 4 ./p", "mpirun -machinefile hosts ./p",
      "mpiexec --mca a b -x NAME --bind-to none --oversubscribe --hostfile hosts ./p -n 9",
      "scripts/launch mpiexec -n 4 --hostfile hosts ./p", "mpiexec --host node1:2,node2:2,node3:4 ./p",
    ])
  func hosts(text: String) throws {
    let command = try command(text)
    #expect(command.hosts == ["node1", "node2", "node3"])
    #expect(words(command, without: []) == text, "nothing is changed before there is a reason")
  }

  @Test("The program's own arguments are not the launcher's")
  func programArguments() throws {
    #expect(try command("mpiexec -n 4 ./p --hostfile hosts -n 3").hosts.isEmpty)
    #expect(try command("mpiexec -n 4 ./p -n 3").ranks == 4)
    #expect(try command("mpiexec ./p -n 3").ranks == nil)
    #expect(try command("mpiexec -n 1 --host a ./p : -n 3 --host b,c ./q").hosts == ["a", "b", "c"])
    #expect(try command("mpiexec -n 1 --host a ./p : -n 3 --host b,c ./q").ranks == nil)
    #expect(try command("srun -n 4 -w a,b ./p", .srun).hosts.isEmpty)
    #expect(try command("./mine -n 4 --hostfile hosts", .unknown).hosts.isEmpty)
    #expect(try command("mpiexec -n 4 --hostfile none ./p").hosts.isEmpty, "the launcher explains it better")
    #expect(try command("mpiexec --host +n0,+n1 ./p").hosts.isEmpty)
  }

  @Test("A host is left out of a file, whose other lines stay as they are")
  func leavingOut() throws {
    let file = try command("mpiexec -n 6 --hostfile hosts ./p")
    #expect(
      words(file, without: ["node2"], ranks: 5)
        == "mpiexec -n 5 --hostfile <# mine;node1 slots=2;node3 slots=4 username=me;> ./p")
    #expect(file.address(of: "node3") == "me@node3")
    let list = try command("mpiexec --np=4 --host node1:2,node2:2 ./p")
    #expect(words(list, without: ["node1"], ranks: 2) == "mpiexec --np=2 --host node2:2 ./p")
    let hydra = try command("mpiexec -n 4 -f hydra -launcher-exec rsh ./p", .hydra)
    #expect(words(hydra, without: ["node1"], ranks: 2) == "mpiexec -n 2 -f <node2:2;> -launcher-exec rsh ./p")
    let parts = try command("mpiexec -n 1 --host a ./p : -n 3 --host a,b ./q")
    #expect(words(parts, without: ["b"], ranks: 1) == "mpiexec -n 1 --host a ./p : -n 3 --host a ./q")
  }

  @Test("The number of ranks fits the slots that are left")
  func fitting() throws {
    #expect(try command("mpiexec -n 8 --hostfile hosts ./p").fittingRanks(without: ["node3"]) == 4)
    #expect(try command("mpiexec -n 3 --hostfile hosts ./p").fittingRanks(without: ["node3"]) == 3)
    #expect(
      try command("mpiexec -n 16 --hostfile hosts ./p").fittingRanks(without: ["node3"]) == 8,
      "twice as many as slots, as before")
    #expect(try command("mpiexec --hostfile hosts ./p").fittingRanks(without: ["node3"]) == nil)
    #expect(
      try command("mpiexec -n 12 --hostfile bare ./p").fittingRanks(without: ["b"]) == 8,
      "only the launcher knows the slots: the same share")
    #expect(try command("mpiexec -n 4 --hostfile nodefile ./p").fittingRanks(without: ["b"]) == 2)
    #expect(try command("mpiexec -n 3 -f bare ./p", .hydra).fittingRanks(without: ["b"]) == 2)
    #expect(try command("mpiexec -n 1 --host a,b ./p").fittingRanks(without: ["b"]) == 1)
  }

  @Test("mpi-restart's own host file is handed to the launcher in its form")
  func ownHostFile() throws {
    let own = try command("mpiexec -n 4 ./p", hostFile: "a:2\nb slots=2\n")
    #expect(own.hosts == ["a", "b"])
    #expect(words(own, without: []) == "mpiexec --hostfile <a slots=2;b slots=2;> -n 4 ./p")
    let hydra = try command("mpiexec -n 4 ./p", .hydra, hostFile: "a:2\nb slots=2\n")
    #expect(words(hydra, without: ["a"]) == "mpiexec -hosts b:2 -n 4 ./p")
    #expect(throws: LauncherCommand.Problem.self) { try command("mpiexec --host a ./p", hostFile: "a\n") }
    #expect(throws: LauncherCommand.Problem.self) { try command("srun ./p", .srun, hostFile: "a\n") }
  }

  @Test(
    "A job that goes on after a loss is not ended because of it",
    arguments: [
      ("mpiexec --enable-recovery -n 2 ./p", true), ("mpiexec --with-ft ulfm -n 2 ./p", true),
      ("mpiexec -n 2 ./p", false),
      ("mpiexec -n 2 ./p --enable-recovery", false),
    ])
  func surviving(text: String, survives: Bool) throws {
    #expect(try command(text).survivesLosses == survives)
  }

  @Test("Launchers are known by their version")
  func kinds() {
    #expect(LauncherKind(name: "/opt/bin/mpiexec", version: "mpiexec (OpenRTE) 4.1.4") == .openMPI4)
    #expect(LauncherKind(name: "mpirun", version: "mpirun (Open MPI) 5.0.7") == .openMPI5)
    #expect(LauncherKind(name: "mpirun", version: "mpirun (Open MPI) 4.1.4") == .openMPI4)
    #expect(LauncherKind(name: "mpiexec.mpich", version: "HYDRA build details:") == .hydra)
    #expect(LauncherKind(name: "srun", version: "") == .srun)
    #expect(LauncherKind(name: "python", version: "Open MPI") == .unknown)
  }
}
