// swift-tools-version: 6.2
import PackageDescription

// Which MPI is used is pkg-config's to say. `mpi-c` is the name under which Debian and Ubuntu offer the one that the
// administrator chose (Open MPI unless told otherwise); `ompi-c`, `ompi` and `mpich` are the projects' own names.
let mpiPackage = Context.environment["MPI_PKG_CONFIG"] ?? "mpi-c"

// `scripts/test --tiny-counts` builds with this set, so that every test takes the path for counts past 2³¹−1.
let coreSettings: [SwiftSetting] =
  [.enableExperimentalFeature("Lifetimes")]
  + (Context.environment["MPI_TINY_COUNTS"] == nil ? [] : [.define("MPI_TINY_COUNTS")])

let package = Package(
  name: "swift-mpi",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "MPI", targets: ["MPI"]),
    .library(name: "MPITasks", targets: ["MPITasks"]),
    .library(name: "MPICheckpoint", targets: ["MPICheckpoint"]),
    .library(name: "MPIStore", targets: ["MPIStore"]),
    .library(name: "MPITesting", targets: ["MPITesting"]),
    .library(name: "FileOutput", targets: ["FileOutput"]),
    .executable(name: "mpi-doctor", targets: ["mpi-doctor"]),
    .executable(name: "mpi-store", targets: ["mpi-store"]),
    .plugin(name: "mpirun", targets: ["mpirun"]),
    .executable(name: "mpi-restart", targets: ["mpi-restart"]),
    .executable(name: "schedule-simulator", targets: ["schedule-simulator"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CMPI",
      pkgConfig: mpiPackage,
      providers: [.apt(["libopenmpi-dev", "openmpi-bin"]), .brew(["open-mpi"])]),
    // How programs write a file: whole or not at all. It knows no MPI.
    .target(name: "FileOutput"),

    // What the modules share that has nothing to do with MPI, and the coder of `object:`. Both are for this package
    // alone.
    .target(name: "MPIBase"),
    .target(name: "MPIObjectCoding", dependencies: ["MPIBase"]),

    .target(name: "MPI", dependencies: ["CMPI", "MPIBase", "MPIObjectCoding"], swiftSettings: coreSettings),
    // What Swift can't do about the processes that run tasks.
    .target(name: "CTaskProcess"),
    .target(
      name: "MPITasks",
      dependencies: [
        "CTaskProcess", "MPI", "MPIBase", "MPIObjectCoding", .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    // State that a program saves from time to time, in one file of all ranks.
    .target(name: "MPICheckpoint", dependencies: ["MPI", "MPIBase", "MPIObjectCoding"]),
    .target(name: "MPITesting", dependencies: ["MPI", "MPIBase"]),

    // Results that outlive a job. The file of a store knows no MPI, so that `mpi-store` runs anywhere.
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .target(name: "MPIStoreFile", dependencies: ["CSQLite", "MPIBase"]),
    .target(name: "MPIStore", dependencies: ["MPI", "MPIBase", "MPIStoreFile", "MPITasks"]),
    .executableTarget(
      name: "mpi-store",
      dependencies: [
        "FileOutput", "MPIBase", "MPIStoreFile", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .plugin(
      name: "mpirun",
      capability: .command(
        intent: .custom(verb: "mpirun", description: "Builds a program in release, and runs it on several ranks."))),

    // What to run first on a new cluster.
    .executableTarget(
      name: "mpi-doctor",
      dependencies: ["FileOutput", "MPI", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    // Starts a job again when a rank or a host is lost. It knows launchers, and no MPI.
    .target(name: "MPIRestart", dependencies: ["MPIBase"]),
    .executableTarget(
      name: "mpi-restart",
      dependencies: ["MPIBase", "MPIRestart", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    .executableTarget(
      name: "schedule-simulator",
      dependencies: ["FileOutput", "MPITasks", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    .testTarget(name: "FileOutputTests", dependencies: ["FileOutput"]),
    .target(name: "CAllocationProbe", dependencies: ["CMPI"], path: "Tests/CAllocationProbe"),
    .executableTarget(
      name: "allocation-probe", dependencies: ["MPI", "CAllocationProbe"], path: "Tests/AllocationProbe"),
    .executableTarget(name: "test-program", dependencies: ["MPI"], path: "Tests/TestProgram"),
    .executableTarget(name: "hosts-program", dependencies: ["MPI"], path: "Tests/HostsProgram"),
    .testTarget(name: "MPIObjectCodingTests", dependencies: ["MPIObjectCoding"]),
    .testTarget(
      name: "MPITests",
      dependencies: [
        "MPI", "MPIObjectCoding", "MPITesting", "allocation-probe", "test-program",
      ]),
    .executableTarget(name: "pool-program", dependencies: ["MPI", "MPIBase", "MPITasks"], path: "Tests/PoolProgram"),
    .testTarget(
      name: "MPITasksTests",
      dependencies: ["MPIBase", "MPITasks", "MPITesting", "pool-program", "schedule-simulator"]),
    .executableTarget(
      name: "checkpoint-program", dependencies: ["MPI", "MPICheckpoint"], path: "Tests/CheckpointProgram"),
    .testTarget(
      name: "MPICheckpointTests",
      dependencies: ["MPI", "MPIBase", "MPICheckpoint", "MPITesting", "checkpoint-program"]),
    .executableTarget(
      name: "store-program", dependencies: ["MPI", "MPIBase", "MPIStore", "MPITasks"], path: "Tests/StoreProgram"),
    .testTarget(
      name: "MPIStoreTests",
      dependencies: ["MPIBase", "MPIStore", "MPIStoreFile", "MPITasks", "MPITesting", "mpi-store", "store-program"]),
    .testTarget(name: "MPITestingTests", dependencies: ["MPITesting"]),
    .testTarget(name: "MPIRestartTests", dependencies: ["MPIRestart", "MPITesting", "mpi-restart"]),
    .testTarget(name: "MPIDoctorTests", dependencies: ["MPITesting", "mpi-doctor"]),
  ],
  swiftLanguageModes: [.v6]
)
