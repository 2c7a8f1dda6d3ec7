import MPI

@main
struct Gather {
  static func main() throws {
    try withMPI { world in
      let mine = [Double](repeating: Double(world.rank), count: world.rank + 1)
      // count
      let all = try world.gather(mine)
      // end
      if let all { for rank in 0..<world.size { print("rank \(rank) gave \(Array(all[rank]))") } }
    }
  }
}
