import BenchmarkReport
import MPI
import MPITasks

/// How long loops take that are too small to share, beside the plain loop.
func measureSmallLoops(_ world: Communicator, _ load: TaskLoad) throws -> [TaskFigure] {
  let count = 1000
  var figures: [TaskFigure] = []
  // The work of a nanosecond or so, as measured here.
  let steps = 1_000_000
  let step = try world.broadcast(
    try alone(world) { try require(spun(steps) != 0, "a loop") } / Double(steps))
  for length in [0] + load.loops {
    let each = Int(length / Double(count) / step)
    let calls = length == 0 ? 1000 : max(1, Int(load.loopSeconds / length))
    var values: [Double] = []
    for repetition in 0..<load.repeats {
      var plain = 0.0
      func measurePlain() throws {
        plain = try alone(world) {
          for call in 0..<calls {
            var results: [UInt64] = []
            results.reserveCapacity(count)
            for index in 0..<count { results.append(spun(each, from: index &+ call)) }
            try require(results.count == count, "a plain loop")
          }
        }
      }
      if repetition.isMultiple(of: 2) { try measurePlain() }
      let shared = try together(world) {
        for call in 0..<calls {
          _ = try world.map(0..<(length == 0 ? 0 : count)) { index in spun(each, from: index &+ call) }
        }
      }
      if !repetition.isMultiple(of: 2) { try measurePlain() }
      values.append(length == 0 ? shared / Double(calls) : shared / plain)
    }
    figures.append(
      length == 0
        ? TaskFigure(.smallLoops, "a loop over nothing", "world.map", Summary(values), unit: "s")
        : TaskFigure(
          .smallLoops, "a loop of \(duration(length))", "world.map", Summary(values), aim: 1.02, wantsLittle: true))
  }
  return world.isRoot ? figures : []
}

/// Computes for a while: so many steps, each of which waits for the one before.
@inline(__always)
func spun(_ steps: Int, from seed: Int = 0) -> UInt64 {
  var value = UInt64(bitPattern: Int64(seed)) | 1
  for _ in 0..<steps {
    value ^= value << 13
    value ^= value >> 7
    value ^= value << 17
  }
  return value
}
