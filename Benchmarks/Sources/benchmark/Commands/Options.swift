// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What stands on the command line. `scripts/bench` has looked at what the user wrote; these are its words.
struct Options {
  struct Mistake: Error {
    var text: String
  }

  private var named: [String: String] = [:]
  private var flags: Set<String> = []
  /// What is no option.
  private(set) var files: [String] = []

  /// - Parameters:
  ///   - words: the arguments after the command.
  ///   - values: the options that have a value.
  ///   - switches: those that have none.
  init(_ words: some Sequence<String>, values: Set<String> = [], switches: Set<String> = []) throws(Mistake) {
    var rest = Array(words)[...]
    while let word = rest.popFirst() {
      if values.contains(word) {
        guard let value = rest.popFirst() else { throw Mistake(text: "\(word) wants a value") }
        named[word] = value
      } else if switches.contains(word) {
        flags.insert(word)
      } else if word.hasPrefix("-") {
        throw Mistake(text: "unknown option '\(word)'")
      } else {
        files.append(word)
      }
    }
  }

  func has(_ flag: String) -> Bool { flags.contains(flag) }

  func value(_ name: String) -> String? { named[name] }

  func required(_ name: String) throws(Mistake) -> String {
    guard let value = named[name] else { throw Mistake(text: "\(name) is missing") }
    return value
  }

  func number(_ name: String, else other: Int) throws(Mistake) -> Int {
    guard let text = named[name] else { return other }
    guard let number = Int(text), number > 0 else {
      throw Mistake(text: "\(name) wants a whole number from 1, not '\(text)'")
    }
    return number
  }
}
