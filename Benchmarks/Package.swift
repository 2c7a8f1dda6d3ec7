// swift-tools-version: 6.2
import PackageDescription

// As in the package that is measured: pkg-config says which MPI.
let mpiPackage = Context.environment["MPI_PKG_CONFIG"] ?? "mpi-c"

let package = Package(
  name: "swift-mpi-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "swift-mpi", path: "..")],
  targets: [
    // Nothing but the flags with which C finds `mpi.h`.
    .systemLibrary(name: "CMPIFlags", pkgConfig: mpiPackage),
    // What Swift is compared with.
    .target(name: "CKernels", dependencies: ["CMPIFlags"]),
    // Numbers, tables and charts; no MPI.
    .target(name: "BenchmarkReport"),
    .executableTarget(
      name: "benchmark",
      dependencies: [
        "BenchmarkReport", "CKernels", .product(name: "MPI", package: "swift-mpi"),
        .product(name: "MPICheckpoint", package: "swift-mpi"), .product(name: "MPITasks", package: "swift-mpi"),
        .product(name: "MPIStore", package: "swift-mpi"),
      ]),
    .testTarget(
      name: "BenchmarkTests",
      dependencies: ["BenchmarkReport", "benchmark", .product(name: "MPITesting", package: "swift-mpi")]),
  ],
  swiftLanguageModes: [.v6]
)
