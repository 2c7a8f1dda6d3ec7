import MPI

@main
struct Reduce {
  static func main() throws {
    let modulus = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_003
    try withMPI { world in
      let mine = world.rank + 1000
      // count
      let product = try world.allReduce(mine, .custom { $0 * $1 % modulus })
      // end
      if world.isRoot { print("the product is \(product) modulo \(modulus)") }
    }
  }
}
