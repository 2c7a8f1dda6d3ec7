// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIFile {
  /// Which elements of a file belong to a rank. A pattern is repeated to the file's end.
  ///
  /// C: the filetype of `MPI_File_set_view`. MPI-3.1, section 13.3.
  public struct Pattern: Sendable, Hashable {
    private enum Kind: Hashable {
      case contiguous
      case blocks(sizes: [Int], subsizes: [Int], starts: [Int])
      case distributed(sizes: [Int], grid: [Int], distributions: [Distribution])
    }

    private let kind: Kind

    /// The distribution of the elements along one dimension over the ranks along it.
    public enum Distribution: Sendable, Hashable {
      /// One block a rank, as long as must be; the last ones may be shorter.
      case block
      /// Blocks of as many elements, in turn.
      case cyclic(Int)
      /// All of them to each rank. The grid has 1 there.
      case whole
    }

    /// All of them.
    public static let contiguous = Pattern(kind: .contiguous)

    /// A block of elements out of every so many.
    ///
    /// ```swift
    /// MPIFile.Pattern.strided(blockLength: 10, stride: 10 * world.size, start: 10 * world.rank)   // in turn, ten a rank
    /// ```
    ///
    /// C: `MPI_Type_create_subarray`. MPI-3.1, section 4.1.3.
    ///
    /// - Parameters:
    ///   - blockLength: how many elements in a row.
    ///   - stride: from the beginning of one block to that of the next.
    ///   - start: how many come before the first; at most `stride - blockLength`.
    public static func strided(blockLength: Int, stride: Int, start: Int = 0) -> Pattern {
      Pattern(kind: .blocks(sizes: [stride], subsizes: [blockLength], starts: [start]))
    }

    /// A block of an array of any number of dimensions, whose last index moves fastest.
    ///
    /// C: `MPI_Type_create_subarray`. MPI-3.1, section 4.1.3.
    ///
    /// - Parameters:
    ///   - sizes: how many elements the array has along each dimension.
    ///   - subsizes: how many the block has; a rank without elements has 0.
    ///   - starts: where the block begins.
    public static func subarray(sizes: [Int], subsizes: [Int], starts: [Int]) -> Pattern {
      Pattern(kind: .blocks(sizes: sizes, subsizes: subsizes, starts: starts))
    }

    /// This rank's part of an array that is dealt out to all ranks of the file as a grid, the last of whose indices
    /// moves fastest, as in ``CartesianCommunicator``.
    ///
    /// C: `MPI_Type_create_darray`. MPI-3.1, section 4.1.4.
    ///
    /// - Parameters:
    ///   - sizes: how many elements the array has along each dimension.
    ///   - grid: how many ranks there are along each; their product is the number of ranks.
    ///   - distributions: how each dimension is dealt out.
    public static func distributed(sizes: [Int], over grid: [Int], _ distributions: [Distribution]) -> Pattern {
      Pattern(kind: .distributed(sizes: sizes, grid: grid, distributions: distributions))
    }

    /// What is wrong with it, or nil.
    func problem(ranks: Int) -> String? {
      switch kind {
      case .contiguous: return nil
      case .blocks(let sizes, let subsizes, let starts):
        guard !sizes.isEmpty, subsizes.count == sizes.count, starts.count == sizes.count else {
          return "the pattern has \(sizes.count) sizes, \(subsizes.count) subsizes and \(starts.count) starts"
        }
        for (size, (subsize, start)) in zip(sizes, zip(subsizes, starts)) {
          guard size >= 1, subsize >= 0, start >= 0, start <= size, subsize <= size - start else {
            return "a block of \(subsize) elements from \(start) on is not within \(size)"
          }
        }
        return tooLong(sizes)
      case .distributed(let sizes, let grid, let distributions):
        guard !sizes.isEmpty, grid.count == sizes.count, distributions.count == sizes.count else {
          return
            "the pattern has \(sizes.count) sizes, a grid of \(grid.count) and \(distributions.count) distributions"
        }
        // Divided down, because a product might be too large to count.
        let rest = grid.reduce(ranks) { $1 > 0 && $0 % $1 == 0 ? $0 / $1 : 0 }
        guard rest == 1 else { return "a grid of \(grid) is not one of \(ranks) ranks" }
        for (size, (ranks, distribution)) in zip(sizes, zip(grid, distributions)) {
          if size < 1 { return "an array can't have \(size) elements along a dimension" }
          if case .cyclic(let length) = distribution, !(1...size).contains(length) {
            return "blocks of \(length) elements can't be dealt out of \(size)"
          }
          if distribution == .whole && ranks != 1 {
            return "a dimension that is whole has \(ranks) ranks, and must have 1"
          }
        }
        return tooLong(sizes)
      }
    }

    private func tooLong(_ sizes: [Int]) -> String? {
      sizes.contains { $0 > Int(CInt.max) } ? "a dimension can have at most \(CInt.max) elements" : nil
    }

    /// Whether a rank has no elements of it, which MPI has no filetype for.
    func isEmpty(rank: Int) -> Bool {
      switch kind {
      case .contiguous: return false
      case .blocks(_, let subsizes, _): return subsizes.contains(0)
      case .distributed(let sizes, let grid, let distributions):
        var (rest, isEmpty) = (rank, false)
        for index in grid.indices.reversed() {
          let place = rest % grid[index]
          rest /= grid[index]
          switch distributions[index] {
          case .block: isEmpty = isEmpty || place * ((sizes[index] - 1) / grid[index] + 1) >= sizes[index]
          case .cyclic(let length): isEmpty = isEmpty || place * length >= sizes[index]
          case .whole: break
          }
        }
        return isEmpty
      }
    }

    /// Makes and commits the filetype; nil if it is that of one element.
    func filetype(of element: MPI_Datatype, rank: Int, ranks: Int) -> Result<MPI_Datatype?, DatatypeFailure> {
      var type = CMPI_DATATYPE_NULL
      var code: CInt
      if isEmpty(rank: rank) { return .success(nil) }
      switch kind {
      case .contiguous: return .success(nil)
      case .blocks(let sizes, let subsizes, let starts):
        code = MPI_Type_create_subarray(
          CInt(sizes.count), sizes.map { CInt($0) }, subsizes.map { CInt($0) }, starts.map { CInt($0) }, CMPI_ORDER_C,
          element, &type)
      case .distributed(let sizes, let grid, let distributions):
        let kinds = distributions.map { distribution in
          switch distribution {
          case .block: (CMPI_DISTRIBUTE_BLOCK, CMPI_DISTRIBUTE_DFLT_DARG)
          case .cyclic(let length): (CMPI_DISTRIBUTE_CYCLIC, CInt(length))
          case .whole: (CMPI_DISTRIBUTE_NONE, CMPI_DISTRIBUTE_DFLT_DARG)
          }
        }
        code = MPI_Type_create_darray(
          CInt(ranks), CInt(rank), CInt(sizes.count), sizes.map { CInt($0) }, kinds.map(\.0), kinds.map(\.1),
          grid.map { CInt($0) }, CMPI_ORDER_C, element, &type)
      }
      if code == 0 { code = MPI_Type_commit(&type) }
      return code == 0 ? .success(unwrapped(type)) : .failure(DatatypeFailure(value: code))
    }
  }
}
