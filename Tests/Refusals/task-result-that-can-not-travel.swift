// refused: the result of a task must be BitwiseCopyable (numbers, and structs and tuples of them) or Codable, or there is none
import MPITasks

struct Name: PoolTask {
  var number: Int
  func run() -> (Int, String) { (number, "number \(number)") }
}
