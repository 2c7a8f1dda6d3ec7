// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// What is in a checkpoint, and where: its parts, and how much each rank has of them.
struct Directory: Equatable {
  /// One part.
  struct Part: Equatable {
    var name: String
    var kind: PartKind
    /// How its elements lie in memory; of a value that was encoded, the name of its type.
    var layout: String
    /// The bytes of an element.
    var stride: Int
    /// The number of elements of each rank.
    var counts: [Int]
    /// The box that is spread, and the box of each rank; none for other kinds.
    var whole: Box?
    var boxes: [Box]
  }

  var rankCount: Int
  var parts: [Part]
  /// Where in the file the blocks of each rank begin: those of all parts, one after another.
  private(set) var regions: [Int] = []
  /// The size of the whole file.
  private(set) var fileSize = 0
  private(set) var bytes: [UInt8] = []

  /// Places the blocks of all ranks.
  ///
  /// - Throws: ``ByteReader/Corruption`` if there are more bytes than an `Int` can count.
  init(rankCount: Int, parts: [Part]) throws(ByteReader.Corruption) {
    self.rankCount = rankCount
    self.parts = parts
    bytes = encoded()
    try place()
  }

  /// A block's place in the file.
  func block(_ part: Int, of rank: Int) -> ChunkedBlock {
    var offset = regions[rank]
    for index in 0...part {
      let byteCount = parts[index].counts[rank] * parts[index].stride
      let block = ChunkedBlock(offset: ChunkedBlock.start(byteCount, after: offset), byteCount: byteCount)
      if index == part { return block }
      offset = block.end
    }
    return ChunkedBlock(offset: offset, byteCount: 0)
  }

  /// A rank's blocks begin with a page of their own, so that no two ranks write to one.
  private mutating func place() throws(ByteReader.Corruption) {
    // Far below the largest number, so that no sum of what fits is too large for one.
    let limit = Int.max / 4
    var end = Header.byteCount + bytes.count
    regions.reserveCapacity(rankCount)
    for rank in 0..<rankCount {
      end = (end + 4095) & -4096
      regions.append(end)
      for part in parts {
        let (byteCount, overflows) = part.counts[rank].multipliedReportingOverflow(by: part.stride)
        guard !overflows, byteCount >= 0, byteCount < limit, end < limit else { throw ByteReader.Corruption() }
        end = ChunkedBlock(offset: ChunkedBlock.start(byteCount, after: end), byteCount: byteCount).end
      }
    }
    fileSize = end
  }

  // MARK: Bytes

  private func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.add(rankCount)
    writer.add(parts.count)
    for part in parts {
      writer.add(part.name)
      writer.add(part.kind.rawValue)
      writer.add(part.layout)
      writer.add(part.stride)
      writer.add(part.counts)
      writer.add(part.whole.map { $0.lower + $0.upper } ?? [])
      writer.add(part.boxes.count)
      for box in part.boxes { writer.add(box.lower + box.upper) }
    }
    return writer.bytes
  }

  /// The directory of bytes whose checksum is right.
  init(_ bytes: [UInt8]) throws(ByteReader.Corruption) {
    var reader = ByteReader(bytes)
    let rankCount = try reader.number()
    let partCount = try reader.count(ofSize: 8)
    var parts: [Part] = []
    for _ in 0..<partCount {
      let name = try reader.text()
      guard let kind = PartKind(rawValue: try reader.number()) else { throw ByteReader.Corruption() }
      let layout = try reader.text()
      let stride = try reader.number()
      let counts = try reader.numbers()
      let whole = try Self.box(reader.numbers())
      var boxes: [Box] = []
      for _ in 0..<(try reader.count(ofSize: 8)) {
        guard let box = try Self.box(reader.numbers()), box.dimensions == whole?.dimensions else {
          throw ByteReader.Corruption()
        }
        boxes.append(box)
      }
      guard stride > 0, counts.count == rankCount, counts.allSatisfy({ $0 >= 0 }),
        kind == .spread ? whole != nil && boxes.count == rankCount : boxes.isEmpty,
        zip(boxes, counts).allSatisfy({ $0.count == $1 })
      else { throw ByteReader.Corruption() }
      parts.append(
        Part(name: name, kind: kind, layout: layout, stride: stride, counts: counts, whole: whole, boxes: boxes))
    }
    guard reader.isAtEnd, rankCount > 0 else { throw ByteReader.Corruption() }
    self.rankCount = rankCount
    self.parts = parts
    self.bytes = bytes
    try place()
  }

  private static func box(_ numbers: [Int]) throws(ByteReader.Corruption) -> Box? {
    if numbers.isEmpty { return nil }
    guard numbers.count.isMultiple(of: 2) else { throw ByteReader.Corruption() }
    let half = numbers.count / 2
    let box = Box(lower: Array(numbers[..<half]), upper: Array(numbers[half...]))
    guard zip(box.lower, box.upper).allSatisfy({ $0 <= $1 && $1.subtractingReportingOverflow($0).overflow == false })
    else { throw ByteReader.Corruption() }
    return box
  }
}

/// The kinds of parts, as numbers in the file.
enum PartKind: Int, Codable {
  /// A value of rank 0.
  case value = 1
  /// An array that each rank has of its own.
  case own = 2
  /// A value that each rank has of its own.
  case ownValue = 3
  /// An array that is spread over the ranks.
  case spread = 4

  /// How a program asks for it.
  var words: String {
    switch self {
    case .value: "a value of rank 0, .value(…)"
    case .own: "an array of each rank, .own(…)"
    case .ownValue: "a value of each rank, .own(object: …)"
    case .spread: "an array that is spread over the ranks, .spread(…)"
    }
  }
}
