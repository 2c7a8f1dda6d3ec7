// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

// The checks of a layout before MPI is called.

extension Communicator {
  /// Throws if a layout does not lie within a memory of `count` elements.
  @usableFromInline
  func checkBounds(
    _ node: LayoutNode, in count: Int, stride: Int, _ operation: StaticString
  ) throws(MPIError) {
    let metrics = node.metrics
    if metrics.byteCount == 0 { return }
    if metrics.first < 0 || metrics.end > count * stride {
      throw boundsFailure(metrics.first, metrics.end, count, stride, operation)
    }
  }

  /// Throws for a layout of one element that is used with more, if the program did not ask for one.
  ///
  /// - Parameter copies: how many copies of it are used, side by side.
  @usableFromInline
  func checkIsMeant(
    _ node: LayoutNode, in count: Int, _ copies: Int, _ operation: StaticString
  ) throws(MPIError) {
    guard node.isOfOneByDefault && count > copies else { return }
    throw failure(.count, operation, node.leavesOut(count, copies))
  }

  @usableFromInline
  func checkApart(_ node: LayoutNode, _ operation: StaticString) throws(MPIError) {
    try require(
      !node.overlaps, .type, operation,
      "an element takes part twice in the layout (\(node)): what is received would overwrite itself, which MPI forbids")
  }

  private func boundsFailure(
    _ first: Int, _ end: Int, _ count: Int, _ stride: Int, _ operation: StaticString
  ) -> MPIError {
    let reached = first < 0 ? (first - stride + 1) / stride : (end - 1) / stride
    return failure(
      .count, operation,
      "the layout reaches element \(reached) of a memory of \(count): a layout must lie within the memory")
  }
}

extension LayoutNode {
  /// In words, that a layout of one element leaves out the others.
  func leavesOut(_ count: Int, _ copies: Int) -> String {
    let used = copies == 1 ? "1 element is" : "\(copies) elements, one for each rank, are"
    let rest = copies > 1 && count % copies == 0 ? count / copies : count
    return
      "\(used) used of a memory of \(count): the layout (\(self)) is of one element, because it does not say of how "
      + "many. Say it, by .fields(…, count: \(rest)) or .contiguous(\(rest), of: layout); also if it is 1"
  }
}
