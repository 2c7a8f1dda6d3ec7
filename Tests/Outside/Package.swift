// swift-tools-version: 6.2
import Foundation
import PackageDescription

// A package as a stranger's: it depends on this one by path and knows nothing but what is public.
let libraries: [Target.Dependency] = ["MPI", "MPICheckpoint", "MPIStore", "MPITasks"].map {
  .product(name: $0, package: "swift-mpi")
}

// The blocks of code in the documentation, if Tests/Scripts/blocks has written them into a folder beside this file. A line
// of `targets` is the name of a target, its kind, how to run it, and the modules that it imports besides.
let list = try? String(contentsOfFile: Context.packageDirectory + "/Blocks/targets", encoding: .utf8)
let blocks = (list ?? "").split(separator: "\n").map { line -> Target in
  let words = line.split(separator: " ").map(String.init)
  let dependencies = libraries + words[3...].map { .target(name: $0) }
  return switch words[1] {
  case "program": .executableTarget(name: words[0], dependencies: dependencies, path: "Blocks/\(words[0])")
  case "module": .systemLibrary(name: words[0], path: "Documentation/\(words[0])")
  default:
    .target(
      name: words[0], dependencies: dependencies + [.product(name: "MPITesting", package: "swift-mpi")],
      path: "Blocks/\(words[0])",
      // What a fragment declares is for the reader to use.
      swiftSettings: [.unsafeFlags(["-suppress-warnings"])])
  }
}

// The sources of `forms` once more. In a release build they alone are built for size, against the optimized library: what
// goes wrong with arrays goes wrong in the caller, and in what it inlines of the library.
let formsForSize = Target.executableTarget(
  name: "formsForSize", dependencies: libraries,
  swiftSettings: [.define("FOR_SIZE"), .unsafeFlags(["-Osize"], .when(configuration: .release))])

let package = Package(
  name: "outside",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "swift-mpi", path: "../..")],
  targets: [.executableTarget(name: "forms", dependencies: libraries)] + (blocks.isEmpty ? [formsForSize] : blocks),
  swiftLanguageModes: [.v6]
)
