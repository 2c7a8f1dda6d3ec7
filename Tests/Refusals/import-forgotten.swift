// refused: cannot find type 'Communicator' in scope
func program(_ world: Communicator) throws {
  try world.send([1], to: 1)
}
