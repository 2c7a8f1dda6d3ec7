// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FileOutput
import MPI

/// What the user can say on the command line.
struct Options: ParsableCommand {
  /// The help's beginning, and the version.
  static let configuration = CommandConfiguration(
    commandName: "mandelbrot",
    abstract: "Computes a picture of the Mandelbrot set on the ranks of an MPI job, and writes it as a PNG file.",
    usage: """
      mandelbrot [<options>]
      mpiexec -n <ranks> mandelbrot [<options>]
      """,
    discussion: """
      The Mandelbrot set is all points c of the plane for which z² + c, computed again and again from z = 0, never \
      grows beyond bounds. It's black in the picture; every other point's color tells how soon it escapes. The rows \
      of the picture are shared among the ranks. However many there are, and whatever the schedule, the picture is \
      the same to the last bit.

      Start it with a rank a core, or with fewer: each has as many threads as its share of the cores. Without mpiexec \
      it's one rank, on all cores.

      EXAMPLES:
        The whole set, on this machine, to mandelbrot.png:
          mandelbrot

        A small copy of the set, deep in Seahorse Valley, on four cores:
          mpiexec -n 4 mandelbrot --center -0.743643887,0.131825904 \\
            --width 1e-5 --size 1920x1080 --iterations 2000 --output seahorse.png

        Another one, on the needle at the left, without a word:
          mpiexec -n 4 mandelbrot --center -1.7548776662,0 --width 0.05 \\
            --output needle.png --quiet
      """,
    version: MPIEnvironment.packageVersion)

  /// The middle of the picture.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The point in the middle of the picture. (default: -0.5,0)",
      valueName: "real,imaginary"),
    transform: Center.init(parsing:))
  var center = Center(real: -0.5, imaginary: 0)

  /// The picture's width in the plane.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      The width of what is shown, as a distance in the plane. The less, the deeper the zoom, and the more iterations \
      are needed. The height follows from the size. (default: 3.2)
      """,
      valueName: "number"),
    transform: parseWidth)
  var width = 3.2

  /// The picture's size in pixels.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The picture's width and height in pixels, such as 1920x1080. (default: 1280x960)",
      valueName: "columns-x-rows"),
    transform: Size.init(parsing:))
  var size = Size(width: 1280, height: 960)

  /// The most iterations for a point.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many iterations a point must last to count as one of the set. (default: 1000)",
      valueName: "number"),
    transform: parseIterations)
  var iterations = 1000

  /// The file to write.
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write, in the PNG format, in a folder that exists. A file of that name is replaced.",
      valueName: "file"),
    completion: .file(extensions: ["png"]))
  var output = "mandelbrot.png"

  /// How rows are shared.
  @Option(
    help: ArgumentHelp(
      "How rows are shared among the ranks: taken over by those that fall idle, or in equal blocks for good.",
      valueName: "dynamic|static"))
  var schedule = Schedule.dynamic

  /// Whether to say nothing.
  @Flag(name: .shortAndLong, help: "Print nothing but errors: no bar, and no table of the ranks at the end.")
  var quiet = false

  /// What is to be computed.
  var plan: Plan { Plan(center: center, width: width, size: size, iterations: iterations, schedule: schedule) }

  /// Checks what the values mean together, and that the picture will have a place to go.
  func validate() throws {
    guard width >= plan.leastWidth else {
      throw ValidationError(
        """
        The width \(width) is too small: neighboring pixels would show the same point. For this center and size, \
        \(scientific(roundingUp: plan.leastWidth)) is the least that double precision allows.
        """)
    }
    if let format = PictureFormat.named(by: output), format != "PNG" {
      throw ValidationError(
        "The picture is written in the PNG format, and '\(output)' is a name for \(format): use .png.")
    }
    if let obstacle = OutputFile.obstacle(toWriting: output) {
      throw ValidationError("The picture can't be written to '\(output)': \(obstacle.reason).")
    }
  }
}

extension Schedule: ExpressibleByArgument {}
