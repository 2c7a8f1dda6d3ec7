// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// A transform of a field of 24 × 16 numbers whose rows lie on all ranks, and back. `mpiexec -n 4 fftw`
import CFFTW
import MPI

@main
struct FFTW {
  static let (rows, columns) = (24, 16)

  static func main() throws { try withMPI(program) }

  static func program(_ world: Communicator) throws {
    // A communicator of its own, so that its messages never meet the program's.
    let channel = try world.duplicate()
    fftw_mpi_init()
    var (count, first) = (0, 0)
    let room = fftw_mpi_local_size_2d(rows, columns, channel.rawValue, &count, &first)
    let memory = fftw_alloc_complex(room)!
    defer { fftw_free(memory) }
    let estimate = UInt32(FFTW_ESTIMATE)
    let forward = fftw_mpi_plan_dft_2d(rows, columns, memory, memory, channel.rawValue, FFTW_FORWARD, estimate)
    let backward = fftw_mpi_plan_dft_2d(rows, columns, memory, memory, channel.rawValue, FFTW_BACKWARD, estimate)
    defer { for plan in [forward, backward] { fftw_destroy_plan(plan) } }

    // Any field will do: it must come back as it was.
    let mine = 0..<count * columns
    for index in mine {
      let phase = 2 * Double((first + index / columns) * 3) / Double(rows)
      memory[index] = (index.isMultiple(of: 2) ? 1 : -1, phase)
    }
    let before = mine.map { memory[$0].0 + memory[$0].1 }
    fftw_execute(forward)
    let power = try world.reduce(
      mine.reduce(0) { $0 + memory[$1].0 * memory[$1].0 + memory[$1].1 * memory[$1].1 }, .sum)
    fftw_execute(backward)
    let scale = Double(rows * columns)
    let error = try world.allReduce(
      mine.map { abs((memory[$0].0 + memory[$0].1) / scale - before[$0]) }.max() ?? 0, .max)
    if let power { print("fftw: power \(power), there and back within \(error)") }
    guard error < 1e-12 else {
      throw MPIError(.other, "the transform there and back is wrong by \(error)", operation: "fftw")
    }
    // FFTW has the communicator as a plain handle, which keeps nothing alive.
    withExtendedLifetime(channel) {}
  }
}
