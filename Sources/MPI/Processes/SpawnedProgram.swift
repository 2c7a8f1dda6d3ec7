// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIBase

/// A program to be started by ``Communicator/spawn(_:root:file:line:)``, and how many processes of it.
///
/// C: an entry of the arrays of `MPI_Comm_spawn_multiple`. MPI-3.1, section 10.3.3.
public struct SpawnedProgram: Sendable, Hashable {
  /// A path, or a name to look for: see ``Communicator/spawn(_:arguments:count:root:info:file:line:)``.
  public var name: String
  /// The arguments, without the program's name.
  public var arguments: [String]
  /// The number of processes.
  public var count: Int
  /// Hints to MPI, such as `wdir`, the folder that they start in, or `host`.
  public var info: [String: String]

  /// A program and how many processes of it.
  ///
  /// - Parameters:
  ///   - name: a path, or a name to look for.
  ///   - arguments: what it is given, without the program's name.
  ///   - count: how many processes.
  ///   - info: hints to MPI, such as `wdir`, the folder that they start in, or `host`.
  public init(_ name: String, arguments: [String] = [], count: Int, info: [String: String] = [:]) {
    self.name = name
    self.arguments = arguments
    self.count = count
    self.info = info
  }
}

extension SpawnedProgram {
  /// Throws unless MPI can make something of it.
  func check(_ operation: StaticString) throws(MPIError) {
    func require(_ condition: Bool, _ errorClass: ErrorClass, _ text: String) throws(MPIError) {
      if !condition { throw MPIError(errorClass, text, operation: "\(operation)") }
    }
    try require(!name.isEmpty, .argument, "the program has no name")
    try require((1...Int(CInt.max)).contains(count), .count, "'\(name)': count \(count) must be 1 or more")
    for text in [name] + arguments {
      try require(!text.utf8.contains(0), .argument, "'\(name)': its name or an argument has a byte of 0 in it")
    }
    // The entries are tried, so that MPI reports what it can't take.
    _ = try withInfo(info, operation) { _ in 0 }
  }

  /// Its path, as far as this process can find it; nil if it can't.
  ///
  /// MPI would look for it too, but each in its own way: see `Fault.spawnOfNothingEndsTheJob`.
  func path() -> String? {
    // Another host may have it.
    let isElsewhere = ["host", "hostfile", "add-host", "add-hostfile"].contains { info[$0] != nil }
    let missing = isElsewhere ? name : nil
    if name.contains("/") {
      // Absolute, because the new processes may start in another folder.
      let path = name.hasPrefix("/") ? name : "\(currentFolder() ?? ".")/\(name)"
      return isProgram(path) ? path : missing
    }
    let lists = [programFolder(), info["path"], environmentVariable("PATH")]
    let folders = lists.compactMap { $0 }.flatMap { $0.split(separator: ":") }
    return folders.map { "\($0)/\(name)" }.first { $0.hasPrefix("/") && isProgram($0) } ?? missing
  }
}

/// Strings as C takes them: pointers to characters, and a null pointer at the end.
final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    pointers = .allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() {
      let characters = string.utf8CString
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
      for (place, character) in characters.enumerated() { (copy + place).initialize(to: character) }
      (pointers + index).initialize(to: copy)
    }
    (pointers + count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { pointers[index]?.deallocate() }
    pointers.deallocate()
  }
}
