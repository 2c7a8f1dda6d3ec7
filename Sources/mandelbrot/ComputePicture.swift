import MPI

/// Computes a picture on all ranks of a communicator. All of them call it with the same plan.
///
/// - Parameters:
///   - plan: What to compute, and how to share the rows.
///   - world: The ranks.
///   - share: What this rank did is added to it.
///   - progress: Shows how far it is. The root's is updated; the other ranks' isn't.
/// - Returns: The picture, on the root; nil elsewhere.
func computePicture(
  _ plan: Plan, on world: Communicator, share: inout RankReport, progress: inout Progress
) throws -> Picture? {
  var rows = TimedRows(plan: plan)
  defer {
    share.rows += rows.count
    share.busy += rows.busy
  }
  switch plan.schedule {
  case .static: return try computeBlock(plan, on: world, &rows, &progress)
  case .dynamic where world.isRoot: return try computeAndServe(plan, on: world, &rows, &progress)
  case .dynamic:
    try computeOnDemand(on: world, &rows)
    return nil
  }
}

/// The tags of the messages by which rows are handed out.
private enum RowTag {
  /// From a rank to the root: it wants a row. The finished row that it had is in the message, if it had one.
  static let request = 1

  /// From the root to a rank: the row's number, or ``RowTag/noMore``.
  static let answer = 2

  /// The answer by which a rank learns that one of its requests gets no row.
  static let noMore = -1
}

/// How many requests a rank has under way: one for the row that it computes, and one so that it need not wait for the
/// root when it has done that.
private let requestsPerRank = 2

// MARK: - Rows as ranks fall idle

/// The root's part: it hands out rows from the top, and computes rows itself meanwhile.
///
/// It looks for requests between short slices of its work, so that's how long they wait. Near the end it gives no rank
/// a row to keep for later, which another might begin at once. When all rows are taken it waits for those that are still
/// being computed.
private func computeAndServe(
  _ plan: Plan, on world: Communicator, _ rows: inout TimedRows, _ progress: inout Progress
) throws -> Picture {
  var picture = Picture(size: plan.size)
  var (next, done) = (0, 0)
  // The requests of each rank that have not got their last answer.
  var open = (0..<world.size).map { $0 == world.rank ? 0 : requestsPerRank }
  var isOver: Bool { open.allSatisfy { $0 == 0 } }

  func answer(_ message: consuming Message) throws {
    guard let source = message.status.source else { return }
    let request: [UInt8] = try message.receive()
    let rest = plan.size.height - next
    if rest > 0, open[source] == 1 || rest > requestsPerRank * world.size {
      try world.send(next, to: source, tag: RowTag.answer)
      next += 1
    } else {
      try world.send(RowTag.noMore, to: source, tag: RowTag.answer)
      open[source] -= 1
    }
    // The rank needn't wait for the root to look at what it brought.
    if let (row, pixels) = finishedRow(in: request) {
      picture.set(row: row, to: pixels)
      done += 1
    }
  }

  while next < plan.size.height {
    let row = next
    next += 1
    try rows.compute(row) {
      while world.size > 1, let message = try world.nonblocking.matchedProbe(from: .any, tag: RowTag.request) {
        try answer(message)
      }
      progress.update(done: done, at: MPIEnvironment.wallTime)
    }
    picture.set(row: row, to: rows.pixels[...])
    done += 1
  }
  while !isOver {
    try answer(world.matchedProbe(from: .any, tag: RowTag.request))
    progress.update(done: done, at: MPIEnvironment.wallTime)
  }
  return picture
}

/// The part of the other ranks: asking for rows, computing them, and bringing each with the next request.
///
/// A row is on its way while the next one is computed.
private func computeOnDemand(on world: Communicator, _ rows: inout TimedRows) throws {
  for _ in 0..<requestsPerRank { try world.send([UInt8](), to: 0, tag: RowTag.request) }
  var open = requestsPerRank
  var outgoing: Request<[UInt8]>?
  while open > 0 {
    let row: Int = try world.receive(from: 0, tag: RowTag.answer)
    guard row != RowTag.noMore else {
      open -= 1
      continue
    }
    rows.compute(row) {}
    _ = try outgoing.take()?.wait()
    outgoing = try world.nonblocking.send(message(ofRow: row, rows.pixels), to: 0, tag: RowTag.request)
  }
  _ = try outgoing.take()?.wait()
}

/// A finished row as it travels: eight bytes of the row's number, the least significant first, and the pixels.
private func message(ofRow row: Int, _ pixels: [UInt8]) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: row >> (8 * $0)) } + pixels
}

/// The row and the pixels in a request; nil in a rank's first one, which has none.
private func finishedRow(in request: [UInt8]) -> (row: Int, pixels: ArraySlice<UInt8>)? {
  guard !request.isEmpty else { return nil }
  return (request.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }, request.dropFirst(8))
}

// MARK: - Equal blocks of rows

/// Every rank's part where each has a block of the rows. The root knows of its own block's progress only.
private func computeBlock(
  _ plan: Plan, on world: Communicator, _ rows: inout TimedRows, _ progress: inout Progress
) throws -> Picture? {
  let blocks = (0..<world.size).map { world.block(of: plan.size.height, rank: $0) }
  let block = blocks[world.rank]
  // The root's block is the first: it's computed where it belongs, and the others come after it.
  let height = world.isRoot ? plan.size.height : block.count
  var strip = Picture(size: Size(width: plan.size.width, height: height))
  for row in block {
    rows.compute(row) {
      guard world.isRoot else { return }
      progress.update(done: row * plan.size.height / block.count, at: MPIEnvironment.wallTime)
    }
    strip.set(row: row - block.lowerBound, to: rows.pixels[...])
  }
  try world.gather(inPlace: &strip.bytes, counts: blocks.map { $0.count * rows.pixels.count })
  return world.isRoot ? strip : nil
}

// MARK: - The work itself

/// Computes rows in short slices, and takes the time.
private struct TimedRows {
  /// The number of rows computed.
  private(set) var count = 0

  /// The time in seconds that they took, without what was done between the slices.
  private(set) var busy = 0.0

  /// What computes them.
  private var painter: RowPainter

  /// The work of a slice in iterations of one point: some 10 microseconds.
  private static let slice = 16384

  /// Creates a computer of a picture's rows.
  init(plan: Plan) {
    painter = RowPainter(plan: plan)
  }

  /// The pixels of the row computed last.
  var pixels: [UInt8] { painter.pixels }

  /// Computes a row.
  ///
  /// - Parameters:
  ///   - row: The row's number.
  ///   - pause: Called after every slice.
  mutating func compute<Failure: Error>(_ row: Int, pause: () throws(Failure) -> Void) throws(Failure) {
    painter.begin(row: row)
    var isComplete = false
    while !isComplete {
      let start = MPIEnvironment.wallTime
      isComplete = painter.advance(by: Self.slice)
      busy += MPIEnvironment.wallTime - start
      try pause()
    }
    count += 1
  }
}
