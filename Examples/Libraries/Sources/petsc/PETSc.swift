// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// The Laplacian of a grid of 50 × 50 points as a matrix over all ranks, and a system with it solved by conjugate gradients.
// `mpiexec -n 4 petsc`
// PETSC_COMM_WORLD is a variable of C, which Swift 6 takes for unsafe: @preconcurrency says that one thread alone sets it.
@preconcurrency import CPETSc
import MPI

@main
struct PETSc {
  static let side: PetscInt = 50

  static func main() throws { try withMPI(program) }

  static func program(_ world: Communicator) throws {
    let channel = try world.duplicate()
    PETSC_COMM_WORLD = channel.rawValue
    try check(PetscInitializeNoArguments())
    var (matrix, solution, right, solver): (Mat?, Vec?, Vec?, KSP?)
    let count = side * side
    try check(MatCreateAIJ(channel.rawValue, -1, -1, count, count, 5, nil, 4, nil, &matrix))
    var (first, end): (PetscInt, PetscInt) = (0, 0)
    try check(MatGetOwnershipRange(matrix, &first, &end))
    for row in first..<end {
      let (x, y) = (row % side, row / side)
      let neighbors = [(x > 0, row - 1), (x < side - 1, row + 1), (y > 0, row - side), (y < side - 1, row + side)]
      for (isThere, column) in neighbors where isThere {
        try check(MatSetValue(matrix, row, column, -1, INSERT_VALUES))
      }
      try check(MatSetValue(matrix, row, row, 4, INSERT_VALUES))
    }
    try check(MatAssemblyBegin(matrix, MAT_FINAL_ASSEMBLY))
    try check(MatAssemblyEnd(matrix, MAT_FINAL_ASSEMBLY))

    // The right side is made of a solution of ones, so what must come out is known.
    try check(MatCreateVecs(matrix, &solution, &right))
    try check(VecSet(solution, 1))
    try check(MatMult(matrix, solution, right))
    try check(KSPCreate(channel.rawValue, &solver))
    try check(KSPSetOperators(solver, matrix, matrix))
    try check(KSPSetType(solver, KSPCG))
    try check(KSPSetTolerances(solver, 1e-12, 1e-50, 1e5, 1000))
    try check(KSPSolve(solver, right, solution))
    try check(VecShift(solution, -1))
    var (error, steps): (Double, PetscInt) = (0, 0)
    try check(VecNorm(solution, NORM_INFINITY, &error))
    try check(KSPGetIterationNumber(solver, &steps))
    if world.isRoot { print("petsc: \(count) unknowns in \(steps) steps, wrong by \(error)") }
    try check(KSPDestroy(&solver))
    try check(MatDestroy(&matrix))
    for vector in [solution, right] {
      var vector = vector
      try check(VecDestroy(&vector))
    }
    try check(PetscFinalize())
    guard error < 1e-8 else { throw MPIError(.other, "the solution is wrong by \(error)", operation: "petsc") }
    withExtendedLifetime(channel) {}
  }

  static func check(_ code: PetscErrorCode) throws {
    guard code == 0 else { throw MPIError(.other, "PETSc's error \(code)", operation: "petsc") }
  }
}
