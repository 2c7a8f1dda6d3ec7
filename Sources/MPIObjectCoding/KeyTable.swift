// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// The strings of coding keys, numbered in the order of their first use.
///
/// The same types are usually coded again and again, so the table remembers which key followed which the last time.
/// Looking up the next key then is one comparison of two words: a key is most often the same literal each time, or
/// short, and then its string is the same sixteen bytes.
final class ObjectKeyTable {
  /// What is known about a name.
  private struct Entry {
    /// The bytes that its string consists of. They mean a string as long as it is in ``names``.
    var words: StringWords
    /// The number of the name that followed it last.
    var successor: Int
  }

  /// The names, by number.
  @exclusivity(unchecked) private(set) var names: [String] = []

  /// What is known about the names, and behind them an entry without one, for a name that is expected to be new.
  @exclusivity(unchecked) private var entries: UnsafeMutablePointer<Entry>

  /// The number of entries for which there is room.
  @exclusivity(unchecked) private var capacity = 32

  /// The number of the name expected next.
  @exclusivity(unchecked) private var expected = 0

  /// The number of the name used last.
  @exclusivity(unchecked) private var previous = 0

  /// The numbers by name, once there are too many to search them one after another.
  @exclusivity(unchecked) private var numbers: [String: Int] = [:]

  /// Whether names are looked for by the bytes of their strings before they are compared.
  private let usesWords: Bool

  /// Up to this many names are searched one after another.
  private static let searchLimit = 8

  /// Creates an empty table.
  init(usesWords: Bool = StringWords.areTrusted) {
    self.usesWords = usesWords
    entries = .allocate(capacity: capacity)
    entries.initialize(repeating: Entry(words: .ofNothing, successor: 0), count: capacity)
  }

  deinit {
    entries.deallocate()
  }

  /// Replaces all names.
  func replace(with names: [String]) {
    self.names = []
    entries[0].words = .ofNothing
    numbers = [:]
    for name in names { _ = add(name) }
    restart()
  }

  /// Expects the name that came first.
  @inline(__always)
  func restart() {
    expected = 0
    previous = names.count
  }

  /// The number of `name`, which is added if it is new.
  @inline(__always)
  func number(of name: String) -> Int {
    let guess = expected
    guard usesWords, entries[guess].words == StringWords(name) else { return search(for: name) }
    previous = guess
    expected = entries[guess].successor
    return guess
  }

  /// The number of a name other than the expected one, or of one that is elsewhere in memory.
  @inline(never)
  private func search(for name: String) -> Int {
    let number = find(name) ?? add(name)
    // Next time it is most likely the one that it is now.
    names[number] = name
    entries[number].words = words(of: name)
    if previous < names.count { entries[previous].successor = number }
    previous = number
    expected = entries[number].successor
    return number
  }

  /// The number of `name`, or `nil` if the table does not have it.
  private func find(_ name: String) -> Int? {
    if expected < names.count, names[expected] == name { return expected }
    return names.count > Self.searchLimit ? numbers[name] : names.firstIndex(of: name)
  }

  /// What an entry keeps of a name.
  private func words(of name: String) -> StringWords { usesWords ? StringWords(name) : .ofNothing }

  /// Adds a name, of which there may be an equal one in a corrupted message: of those the first counts.
  private func add(_ name: String) -> Int {
    let number = names.count
    names.append(name)
    if names.count == capacity { grow() }
    entries[number] = Entry(words: words(of: name), successor: names.count)
    entries[names.count].words = .ofNothing
    if names.count == Self.searchLimit + 1 {
      numbers = Dictionary(zip(names, 0...), uniquingKeysWith: { first, _ in first })
    } else if names.count > Self.searchLimit, numbers[name] == nil {
      numbers[name] = number
    }
    return number
  }

  /// Makes room for twice as many entries.
  private func grow() {
    let larger = UnsafeMutablePointer<Entry>.allocate(capacity: 2 * capacity)
    larger.moveInitialize(from: entries, count: capacity)
    (larger + capacity).initialize(repeating: Entry(words: .ofNothing, successor: 0), count: capacity)
    entries.deallocate()
    entries = larger
    capacity *= 2
  }
}
