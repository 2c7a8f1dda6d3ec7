// swift-tools-version: 6.2
import PackageDescription

// Programs as users write them: this package depends on swift-mpi as theirs do, and has no other way into it.
let package = Package(
  name: "examples",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "swift-mpi", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ],
  targets: [
    // Small programs, one for each way to use the library.
    .executableTarget(name: "hello", dependencies: [.mpi]),
    .executableTarget(name: "pi", dependencies: [.mpi]),
    .executableTarget(name: "ring", dependencies: [.mpi]),
    .executableTarget(name: "structs", dependencies: [.mpi]),
    .executableTarget(name: "halo", dependencies: [.mpi]),
    .executableTarget(name: "loop", dependencies: [.mpi, .mpiTasks]),
    .executableTarget(name: "pool", dependencies: [.mpi, .mpiTasks]),

    // Whole programs: a picture by a loop, and many runs of a simulation by the pool.
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .executableTarget(
      name: "mandelbrot",
      // CPNG first: the folder of libpng, which is the system's, must not come before that of another MPI.
      dependencies: ["CPNG", .fileOutput, .mpi, .mpiTasks, .argumentParser]),
    // A simulation in steps, which goes on after it was killed.
    .executableTarget(name: "heat", dependencies: [.mpi, .mpiCheckpoint, .argumentParser]),
    .executableTarget(name: "sweep", dependencies: [.fileOutput, .mpi, .mpiTasks, .argumentParser]),

    .testTarget(
      name: "ExampleTests", dependencies: [.mpiTesting, "hello", "pi", "ring", "structs", "halo", "pool", "loop"]),
    .testTarget(name: "HeatTests", dependencies: [.mpiTesting, "heat"]),
    .testTarget(name: "MandelbrotTests", dependencies: ["mandelbrot", .mpi, .mpiTasks, .mpiTesting]),
    .testTarget(name: "SweepTests", dependencies: [.mpiTasks, .mpiTesting, "sweep"]),
  ],
  swiftLanguageModes: [.v6]
)

extension Target.Dependency {
  static let mpi = product(name: "MPI", package: "swift-mpi")
  static let mpiTasks = product(name: "MPITasks", package: "swift-mpi")
  static let mpiCheckpoint = product(name: "MPICheckpoint", package: "swift-mpi")
  static let mpiTesting = product(name: "MPITesting", package: "swift-mpi")
  static let fileOutput = product(name: "FileOutput", package: "swift-mpi")
  static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
}
