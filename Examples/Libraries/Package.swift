// swift-tools-version: 6.2
import PackageDescription

// One product for each C library, so that what the machine has can be built without the others:
// swift build --product fftw
let package = Package(
  name: "libraries",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "fftw", targets: ["fftw"]),
    .executable(name: "hdf5", targets: ["hdf5"]),
    .executable(name: "petsc", targets: ["petsc"]),
  ],
  dependencies: [.package(name: "swift-mpi", path: "../..")],
  targets: [
    // A library and its header, by the name that pkg-config has for it.
    .systemLibrary(name: "CFFTW", pkgConfig: "fftw3", providers: [.apt(["libfftw3-mpi-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-openmpi", providers: [.apt(["libhdf5-openmpi-dev"])]),
    .systemLibrary(name: "CPETSc", pkgConfig: "PETSc", providers: [.apt(["libpetsc-real-dev"])]),

    .executableTarget(name: "fftw", dependencies: ["CFFTW", .product(name: "MPI", package: "swift-mpi")]),
    .executableTarget(name: "hdf5", dependencies: ["CHDF5", .product(name: "MPI", package: "swift-mpi")]),
    .executableTarget(name: "petsc", dependencies: ["CPETSc", .product(name: "MPI", package: "swift-mpi")]),
  ],
  swiftLanguageModes: [.v6]
)
