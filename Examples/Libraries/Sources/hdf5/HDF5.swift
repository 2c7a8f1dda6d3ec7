// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// A table of 103 × 7 numbers, which all ranks write to one file together, and read, each the rows of its neighbor.
// `mpiexec -n 4 hdf5 table.h5`
import CHDF5
import MPI

@main
struct HDF5 {
  static let (rows, columns) = (103, 7)

  static func main() throws { try withMPI(program) }

  static func program(_ world: Communicator) throws {
    let path = CommandLine.arguments.dropFirst().first ?? "table.h5"
    let channel = try world.duplicate()
    let access = H5Pcreate(h5_file_access())
    // Hints for the file, of which HDF5 keeps a copy. MPI takes those that it knows.
    try withMPIInfo(["cb_nodes": "1", "romio_ds_write": "disable"]) { hints in
      try check(H5Pset_fapl_mpio(access, channel.rawValue, hints), "H5Pset_fapl_mpio")
    }
    let together = H5Pcreate(h5_dataset_transfer())
    try check(H5Pset_dxpl_mpio(together, H5FD_MPIO_COLLECTIVE), "H5Pset_dxpl_mpio")

    let file = try check(H5Fcreate(path, h5_truncate(), h5_default(), access), "H5Fcreate \(path)")
    var shape = [hsize_t(rows), hsize_t(columns)]
    let space = H5Screate_simple(2, &shape, nil)
    let table = try check(
      H5Dcreate2(file, "table", h5_double(), space, h5_default(), h5_default(), h5_default()), "H5Dcreate2")

    func numbers(_ rows: Range<Int>) -> [Double] {
      (rows.lowerBound * columns..<rows.upperBound * columns).map(Double.init)
    }
    let mine = world.block(of: rows)
    let memory = select(mine, in: space)
    try check(H5Dwrite(table, h5_double(), memory, space, together, numbers(mine)), "H5Dwrite")
    H5Sclose(memory)

    let theirs = world.block(of: rows, rank: (world.rank + 1) % world.size)
    var read = [Double](repeating: -1, count: theirs.count * columns)
    let other = select(theirs, in: space)
    try check(H5Dread(table, h5_double(), other, space, together, &read), "H5Dread")
    for id in [other, space] { H5Sclose(id) }
    for id in [access, together] { H5Pclose(id) }
    H5Dclose(table)
    try check(H5Fclose(file), "H5Fclose")
    guard read == numbers(theirs) else {
      throw MPIError(.other, "rank \(world.rank) has read other numbers", operation: "H5Dread")
    }
    if world.isRoot { print("hdf5: \(rows) × \(columns) numbers written and read") }
    withExtendedLifetime(channel) {}
  }

  /// Selects rows of the file's table, and makes the shape of as many in memory.
  static func select(_ rows: Range<Int>, in space: hid_t) -> hid_t {
    var (start, count) = ([hsize_t(rows.lowerBound), 0], [hsize_t(rows.count), hsize_t(columns)])
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nil, &count, nil)
    return H5Screate_simple(2, &count, nil)
  }

  /// A number of HDF5's that is below 0 if something went wrong.
  @discardableResult
  static func check<Number: BinaryInteger>(_ number: Number, _ what: String) throws -> Number {
    guard number >= 0 else { throw MPIError(.file, "it failed", operation: what) }
    return number
  }
}
