// swift-tools-version: 6.2
import PackageDescription

let mpi: Target.Dependency = .product(name: "MPI", package: "swift-mpi")

let package = Package(
  name: "comparison",
  dependencies: [.package(name: "swift-mpi", path: "../../..")],
  targets: [
    .executableTarget(name: "gather", dependencies: [mpi], path: "gather"),
    .executableTarget(name: "reduce", dependencies: [mpi], path: "reduce"),
    .executableTarget(name: "send", dependencies: [mpi], path: "send"),
  ])
