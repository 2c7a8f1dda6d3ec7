// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import Testing

@testable import mandelbrot

extension MandelbrotTests {
  @Suite struct OptionsTests {
    /// What the user reads for arguments that don't ask for a picture, and the status.
    func answer(_ arguments: [String]) -> (text: String, status: Int32)? {
      do {
        _ = try Options.parse(arguments)
        return nil
      } catch {
        return (Options.fullMessage(for: error, columns: 80), Options.exitCode(for: error).rawValue)
      }
    }

    @Test("Without arguments, it's the whole set")
    func defaults() throws {
      let options = try Options.parse([])
      #expect(
        options.plan
          == smallPlan(width: 3.2, size: Size(width: 1280, height: 960), iterations: 1000, schedule: .dynamic))
      #expect(options.output == "mandelbrot.png")
      #expect(!options.quiet)
    }

    @Test("All options are read, and negative numbers are values")
    func allOptions() throws {
      let options = try Options.parse([
        "--center", "-0.743643887,0.131825904", "--width", "1e-5", "--size", "1920x1080", "--iterations", "2000",
        "--output", "seahorse.png", "--schedule", "static", "--quiet",
      ])
      let center = Center(real: -0.743643887, imaginary: 0.131825904)
      let size = Size(width: 1920, height: 1080)
      #expect(
        options.plan == Plan(center: center, width: 1e-5, size: size, iterations: 2000, schedule: .static))
      #expect(options.output == "seahorse.png")
      #expect(options.quiet)
      #expect(try Options.parse(["--center=-1,-2e-1"]).center == Center(real: -1, imaginary: -0.2))
    }

    @Test(
      "An error says what is wrong with which value",
      arguments: [
        ("--center abc,0", "The value 'abc,0' is invalid for '--center <real,imaginary>': 'abc' is not a number."),
        ("--center 1,", "'' is not a number."),
        ("--center 1", "two numbers with a comma between them are needed, such as -0.5,0."),
        ("--center 1,2,3", "two numbers with a comma between them are needed, such as -0.5,0."),
        ("--center 0,nan", "'nan' is not a finite number."),
        ("--width 0", "the width must be more than 0."),
        ("--width -1", "The value '-1' is invalid for '--width <number>': the width must be more than 0."),
        ("--width inf", "'inf' is not a finite number."),
        ("--width 3,2", "'3,2' is not a number."),
        ("--width 1e-20", "1.5e-13 is the least that double precision allows."),
        ("--size 0x3", "the width must be 1 pixel or more."),
        ("--size 3x0", "the height must be 1 pixel or more."),
        ("--size -3x4", "the width must be 1 pixel or more."),
        ("--size 10", "a width and a height in pixels are needed with an x between them, such as 1280x960."),
        ("--size 10x1.5", "'1.5' is not a whole number."),
        ("--size 65537x1", "the width must be 65536 pixels or less."),
        ("--size 1x99999999999999999999", "the height must be 65536 pixels or less."),
        ("--size 65536x65536", "those are 4294967296 pixels, and 1073741824 is the limit."),
        ("--iterations 0", "1 iteration or more is needed."),
        ("--iterations -99999999999999999999", "1 iteration or more is needed."),
        ("--iterations 1e3", "'1e3' is not a whole number."),
        ("--iterations 1000000001", "1000000000 iterations are the limit."),
        ("--schedule guided", "Please provide one of 'dynamic' and 'static'."),
        ("--depth 3", "Unknown option '--depth'"),
        ("x.png", "Unexpected argument 'x.png'"),
        ("--output x.jpg", "The picture is written in the PNG format, and 'x.jpg' is a name for JPEG: use .png."),
        ("--output a.png/x.TIFF", "is a name for TIFF: use .png."),
        ("--output /no/such/x.png", "there is no folder '/no/such'."),
      ])
    func errors(arguments: String, expected: String) throws {
      let error = try #require(answer(arguments.split(separator: " ").map(String.init)))
      #expect(error.text.contains(expected), "\(error.text)")
      #expect(error.text.contains("mandelbrot --help"))
      #expect(error.status == 64)
    }

    @Test("A place where no file can be is refused before anything is computed")
    func outputs() throws {
      try withFolder { folder in
        let isFolder = try #require(answer(["--output", folder]))
        #expect(isFolder.text.contains("it is a folder, and a file's name is needed, such as \(folder)/name."))
        #expect(answer(["--output", folder + "/x/"])?.text.contains("there is no folder '\(folder)/x'.") == true)
        #expect(answer(["--output", ""])?.text.contains("a file's name is needed.") == true)
        let longName = folder + "/" + String(repeating: "x", count: 300)
        #expect(answer(["--output", longName])?.text.contains("File name too long.") == true)
        try Data().write(to: URL(filePath: folder + "/file"))
        #expect(answer(["--output", folder + "/file/x.png"])?.text.contains("Not a directory.") == true)
        #expect(answer(["--output", folder + "/file"]) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
      }
    }

    @Test(
      "Devices, and names that are for no other format, are taken",
      arguments: ["/dev/null", "x", "x.PNG", ".gif", "a.b"])
    func takenOutputs(output: String) throws {
      #expect(try Options.parse(["--output", output]).output == output)
    }

    @Test("The help is printed to be read: no line is too long, and it names the defaults that are")
    func help() throws {
      let help = try #require(answer(["--help"]))
      #expect(help.status == 0)
      for line in help.text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
      let text = help.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      let options = try Options.parse([])
      #expect(text.contains("(default: -0.5,0)") && options.center == Center(real: -0.5, imaginary: 0))
      for value in ["\(options.width)", "\(options.size)", "\(options.iterations)", options.output] {
        #expect(text.contains("(default: \(value))"))
      }
    }

    @Test("The help's examples can be typed")
    func examples() throws {
      let help = try #require(answer(["--help"])).text.split(separator: "USAGE:")[0]
      let lines = help.replacingOccurrences(of: "\\\n", with: " ").split(separator: "\n")
      let commands: [[Substring]] = lines.map { $0.split(separator: " ") }
        .filter { $0.first == "mandelbrot" || $0.first == "mpiexec" }
      #expect(commands.count == 3)
      for command in commands {
        let arguments: [String] = command.drop { $0 != "mandelbrot" }.dropFirst().map(String.init)
        #expect(throws: Never.self) { try Options.parse(arguments) }
      }
    }

    @Test("Two digits of a number are rounded up")
    func scientificNumbers() {
      #expect(
        [1.42e-13, 0.00099999, 1, 5.0, 1234].map(scientific(roundingUp:)) == [
          "1.5e-13", "1.0e-3", "1.0e0", "5.0e0", "1.3e3",
        ])
    }

    @Test("The version is a version")
    func version() throws {
      let version = try #require(answer(["--version"]))
      #expect(version.status == 0)
      #expect(version.text == MPIEnvironment.packageVersion)
    }
  }
}
