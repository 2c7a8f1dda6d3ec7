// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// A datatype that was made. It is given back when this goes, or as MPI ends if it belongs to a constant.
///
/// MPI's thread level decides which thread may use the handle when.
final class OwnedDatatype: @unchecked Sendable {
  let handle: MPI_Datatype

  init(_ handle: MPI_Datatype) {
    self.handle = handle
    Runtime.keep(self)
  }

  deinit { Runtime.release(.datatype(handle)) }
}
