// refused: the types 'Body' and 'Array<Double>.Element' (aka 'Double') be equivalent
import MPI

struct Body {
  var mass = 1.0
  var name: Int32 = 2
}

func program(_ world: Communicator, _ bodies: [Body]) throws {
  var masses = [0.0]
  try world.allReduce(bodies[layout: .fields(\.mass, count: 1)], into: &masses, .sum)
}
