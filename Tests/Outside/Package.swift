// swift-tools-version: 6.2
import PackageDescription

// A package as a stranger's: it depends on this one by path and knows nothing but what is public.
let package = Package(
  name: "outside",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "swift-mpi", path: "../..")],
  targets: [
    .executableTarget(
      name: "literals",
      dependencies: [.product(name: "MPI", package: "swift-mpi"), .product(name: "MPITasks", package: "swift-mpi")])
  ],
  swiftLanguageModes: [.v6]
)
