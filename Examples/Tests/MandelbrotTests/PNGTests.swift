// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CPNG
import FileOutput
import Foundation
import Testing

@testable import mandelbrot

extension MandelbrotTests {
  @Suite struct PNGTests {
    /// A picture of random pixels, which no compression makes smaller.
    static func sample(_ size: Size = Size(width: 37, height: 23)) -> Picture {
      var picture = Picture(size: size)
      picture.bytes = picture.bytes.map { _ in .random(in: .min ... .max) }
      return picture
    }

    /// Reads a picture by libpng.
    static func read(_ path: String) throws -> Picture {
      var image = png_image()
      image.version = png_uint_32(PNG_IMAGE_VERSION)
      let isFound = png_image_begin_read_from_file(&image, path) != 0
      try #require(isFound)
      #expect(image.format == png_uint_32(PNG_FORMAT_FLAG_COLOR))
      var picture = Picture(size: Size(width: Int(image.width), height: Int(image.height)))
      let isRead = png_image_finish_read(&image, nil, &picture.bytes, 0, nil) != 0
      try #require(isRead)
      return picture
    }

    @Test("What is written is what is read", arguments: [Size(width: 37, height: 23), Size(width: 1, height: 1)])
    func roundTrip(size: Size) throws {
      try withFolder { folder in
        let picture = Self.sample(size)
        let length = try picture.writePNG(to: folder + "/a picture.png")
        #expect(try Self.read(folder + "/a picture.png") == picture)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a picture.png"])
        #expect(try Data(contentsOf: URL(filePath: folder + "/a picture.png")).count == length)
      }
    }

    @Test("A file that is there is replaced, and a link to one stays a link")
    func replacing() throws {
      try withFolder { folder in
        try Data("old".utf8).write(to: URL(filePath: folder + "/old.png"))
        try FileManager.default.createSymbolicLink(
          atPath: folder + "/link.png", withDestinationPath: folder + "/old.png")
        let picture = Self.sample()
        try picture.writePNG(to: folder + "/link.png")
        #expect(try Self.read(folder + "/old.png") == picture)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link.png") == folder + "/old.png")
      }
    }

    @Test("Where there is no folder, the error says so")
    func noFolder() throws {
      try withFolder { folder in
        let error = #expect(throws: OutputFileError.self) { try Self.sample().writePNG(to: folder + "/none/x.png") }
        #expect(error?.description == "'\(folder)/none/x.png' can't be written: there is no folder '\(folder)/none'")
      }
    }

    @Test("Where a picture can't be put in place, nothing of it is left")
    func failedRename() throws {
      try withFolder { folder in
        try FileManager.default.createDirectory(atPath: folder + "/x.png", withIntermediateDirectories: false)
        #expect(throws: OutputFileError.self) { try Self.sample().writePNG(to: folder + "/x.png") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x.png"])
      }
    }

    @Test("Where a file can't be written to its end, nothing is left but what was there before")
    func failedWrite() async {
      await #expect(processExitsWith: .success) {
        try withFolder { folder in
          let path = folder + "/x.png"
          try Data("old".utf8).write(to: URL(filePath: path))
          signal(SIGXFSZ, SIG_IGN)
          var limit = rlimit(rlim_cur: 8192, rlim_max: 8192)
          #if canImport(Darwin)
            let isLimited = setrlimit(RLIMIT_FSIZE, &limit) == 0
          #else
            let isLimited = setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0
          #endif
          try #require(isLimited)
          let large = MandelbrotTests.PNGTests.sample(Size(width: 400, height: 300))
          let error = #expect(throws: OutputFileError.self) { try large.writePNG(to: path) }
          #expect(error?.description == "'\(path)' can't be written: File too large")
          #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x.png"])
          #expect(try Data(contentsOf: URL(filePath: path)) == Data("old".utf8))
        }
      }
    }
  }
}

/// Gives a body a new folder, and removes that with all that's in it afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.path + "/mandelbrot-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}
