/// The strings of coding keys, numbered in the order of their first use.
///
/// The same types are usually coded again and again, so the table remembers which key followed which the last time.
/// Looking up the next key then is one comparison of strings, which for short or identical ones compares two words.
struct ObjectKeyTable {
  /// The names, by number.
  private(set) var names: [String] = []

  /// For each name, the number of the one that followed it last.
  private var successors: [Int] = []

  /// The number of the name expected next.
  private var expected = 0

  /// The number of the name used last.
  private var previous = 0

  /// The numbers by name, once there are too many to search them one after another.
  private var numbers: [String: Int] = [:]

  /// Up to this many names are searched one after another.
  private static let searchLimit = 8

  /// Creates an empty table.
  init() {}

  /// Creates a table with these names.
  init(names: [String]) {
    self.names = names
    successors = Array(1..<(names.count + 1))
    if names.count > Self.searchLimit { makeIndex() }
  }

  /// The number of `name`, which is added if it is new.
  @inline(__always)
  mutating func number(of name: String) -> Int {
    let guess = expected
    if guess < names.count, names[guess] == name {
      previous = guess
      expected = successors[guess]
      return guess
    }
    return search(for: name)
  }

  /// The number of a name other than the expected one.
  @inline(never)
  private mutating func search(for name: String) -> Int {
    let number = find(name) ?? add(name)
    if previous < successors.count { successors[previous] = number }
    previous = number
    expected = successors[number]
    return number
  }

  /// The number of `name`, or `nil` if the table does not have it.
  private func find(_ name: String) -> Int? {
    names.count > Self.searchLimit ? numbers[name] : names.firstIndex(of: name)
  }

  /// Adds a new name.
  private mutating func add(_ name: String) -> Int {
    let number = names.count
    names.append(name)
    successors.append(number + 1)
    if number == Self.searchLimit {
      makeIndex()
    } else if number > Self.searchLimit {
      numbers[name] = number
    }
    return number
  }

  /// Numbers all names; of equal names, which only a corrupted message has, the first counts.
  private mutating func makeIndex() {
    numbers = Dictionary(zip(names, 0...), uniquingKeysWith: { first, _ in first })
  }
}
