// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Finds large arguments that are sent again and again: properties of tasks that are equal in many of them.
///
/// Only arrays of plain data and strings are looked at, also those in properties of properties; and of them a few
/// kilobytes, but for the second and the third time that one seems to come, when all of it is.
struct RepeatedArguments: Sendable {
  /// An argument, and how often it was sent.
  struct Argument: Sendable, Equatable {
    /// The type of the tasks.
    var type: String
    /// The number of the property, from 1, and its name; with the names of those in it.
    var position: Int
    var name: String
    var bytes: Int
    var times: Int
  }

  /// From how many bytes on an argument is large.
  static let large = 100_000
  /// How many are remembered.
  static let most = 256

  private struct Key: Hashable {
    var type: String
    var name: String
    var bytes: Int
    var sample: UInt64
  }

  private struct Sighting {
    var position: Int
    var times = 1
    /// What all the bytes hash to, once it has been worked out.
    var hash: UInt64?
  }

  private var sightings: [Key: Sighting] = [:]

  /// Looks at a task that is sent.
  mutating func note(_ task: some Any) { note(Mirror(reflecting: task), "\(type(of: task))", nil, "", depth: 0) }

  /// Those that were sent more than once, what took most bytes first.
  var all: [Argument] {
    sightings.filter { $0.value.times > 1 }.map { key, sighting in
      Argument(
        type: key.type, position: sighting.position, name: key.name, bytes: key.bytes, times: sighting.times)
    }.sorted { $0.bytes * $0.times > $1.bytes * $1.times }
  }

  private mutating func note(_ mirror: Mirror, _ type: String, _ position: Int?, _ prefix: String, depth: Int) {
    guard mirror.displayStyle == .struct || mirror.displayStyle == .tuple else { return }
    for (number, child) in mirror.children.enumerated() {
      let (position, name) = (position ?? number + 1, prefix + (child.label ?? "\(number)"))
      if let array = child.value as? any AnyArray {
        guard Swift.type(of: array).isPlain else { continue }
        array.withPlainBytes { note($0, type, position, name) }
      } else if var text = child.value as? String {
        text.withUTF8 { note(UnsafeRawBufferPointer($0), type, position, name) }
      } else if depth < 3 {
        note(Mirror(reflecting: child.value), type, position, name + ".", depth: depth + 1)
      }
    }
  }

  private mutating func note(_ bytes: UnsafeRawBufferPointer, _ type: String, _ position: Int, _ name: String) {
    guard bytes.count >= Self.large else { return }
    let key = Key(type: type, name: name, bytes: bytes.count, sample: Self.sample(bytes))
    guard var sighting = sightings[key] else {
      // Those that came once are most likely to be none.
      if sightings.count >= Self.most { sightings = sightings.filter { $0.value.times > 1 } }
      if sightings.count < Self.most { sightings[key] = Sighting(position: position) }
      return
    }
    if sighting.times < 3 {
      let hash = Self.hash(bytes)
      // They seemed equal, and are not.
      if let known = sighting.hash, known != hash { return }
      sighting.hash = hash
    }
    sighting.times += 1
    sightings[key] = sighting
  }

  /// A number that a few parts of the bytes hash to.
  private static func sample(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let (parts, length) = (64, 64)
    return (0..<parts).reduce(0) { sum, part in
      let first = (bytes.count - length) / (parts - 1) * part
      return mixed(sum, hash(UnsafeRawBufferPointer(rebasing: bytes[first..<first + length])))
    }
  }

  /// A number that all bytes hash to.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var sum = UInt64(bytes.count)
    var place = 0
    while place + 8 <= bytes.count {
      sum = (sum ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
      sum ^= sum >> 32
      place += 8
    }
    for byte in bytes[place...] { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return sum
  }
}
