import BenchmarkReport
import MPI

/// `programs --output FILE [--classes SWAB] [--keys COUNT] [--repeats COUNT]`: EP and the sample sort, in C and in
/// Swift by turns, in one process each rank. Fails where a result is wrong.
func runPrograms(_ words: [String]) throws {
  let options = try Options(words, values: ["--output", "--classes", "--keys", "--repeats"])
  let names = options.value("--classes") ?? "SWAB"
  let classes = try names.map { name in
    guard let one = EPClass.all.first(where: { $0.name == String(name) }) else {
      throw Options.Mistake(text: "there is no class '\(name)' of EP here: there are S, W, A and B")
    }
    return one
  }
  let count = try options.number("--keys", else: 1_000_000)
  let repeats = try options.number("--repeats", else: 5)
  try withMPI { world in
    var results = Results()
    results.machine = thisMachine()
    for one in classes {
      // The large ones are long enough to be measured once or twice.
      let turns = one.m > 28 ? 1 : one.m > 25 ? min(repeats, 3) : repeats
      results.programs.append(
        try compare(world, "EP \(one.name)", turns) {
          one.isRight(epInC(world, m: one.m))
        } swift: {
          one.isRight(try ep(world, m: one.m))
        })
    }
    let keys = someKeys(world, count: count)
    var sorted: [UInt64] = []
    let result = try compare(world, "sample sort", repeats) {
      sorted = sampleSortInC(world, keys)
      return true
    } swift: {
      sorted = try sampleSort(world, keys)
      return true
    } check: {
      try areSorted(world, sorted, from: keys)
    }
    results.programs.append(result)
    if let wrong = results.programs.first(where: { !$0.isVerified }) { throw WrongResult(program: wrong.program) }
    if world.isRoot, let output = options.value("--output") { try results.write(to: output) }
  }
}

/// A program does not compute what it must.
private struct WrongResult: Error, CustomStringConvertible {
  var program: String
  var description: String { "\(program) has a wrong result" }
}

/// Runs both by turns.
///
/// - Parameters:
///   - c: runs the program in C, and says whether its result is right.
///   - swift: the same in Swift.
///   - check: looks at the result of either, outside of the time that is measured.
private func compare(
  _ world: Communicator, _ program: String, _ repeats: Int, c: () throws -> Bool, swift: () throws -> Bool,
  check: () throws -> Bool = { true }
) throws -> ProgramResult {
  var isRight = true
  func time(_ body: () throws -> Bool) throws -> Double {
    try world.barrier()
    let start = MPIEnvironment.wallTime
    let right = try body()
    let took = MPIEnvironment.wallTime - start
    let checked = try check()
    isRight = isRight && right && checked
    return took
  }
  var seconds: [[[Double]]] = [[], []]
  for turn in 0..<repeats {
    var both = [0.0, 0.0]
    for place in 0...1 {
      let which = (place + turn) % 2
      both[which] = try time(which == 0 ? c : swift)
    }
    try world.allReduce(inPlace: &both, .max)
    for which in 0...1 { seconds[which].append([both[which]]) }
  }
  let results = compared(seconds)
  let result = ProgramResult(
    program: program, ranks: world.size, isVerified: try world.allReduce(isRight, .logicalAnd),
    secondsInC: results[0].least, seconds: results[1].least, ratio: results[1].ratio)
  note(
    world,
    "\(program): \(result.isVerified ? "right" : "WRONG"), C \(duration(result.secondsInC)), "
      + "Swift \(duration(result.seconds)), ratio \(fixed(result.ratio.median, 3))")
  return result
}
