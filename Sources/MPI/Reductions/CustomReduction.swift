// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

// Closures as reductions. MPI calls a reduction with the elements and their datatype, and with nothing else: no
// context. So each closure gets a datatype of its own, a run of bytes as long as an element, which carries the closure
// as an attribute. One C function serves them all: it asks the datatype for the closure and calls it.

/// A closure over blocks of elements, and the datatype by which MPI finds it.
@usableFromInline
final class CustomReduction: @unchecked Sendable {
  /// Combines `count` elements at the left into those at the right.
  @usableFromInline typealias Combine =
    (_ left: UnsafeRawPointer, _ right: UnsafeMutableRawPointer, _ count: Int) -> Void

  /// What MPI is given instead of a closure.
  let numbers: FloatReduction?
  private let combine: Combine
  private let stride: Int
  private let isCommutative: Bool
  /// The datatype, from the first use on.
  private let datatype = Mutex<OwnedDatatype?>(nil)

  @usableFromInline
  init(stride: Int, isCommutative: Bool, _ combine: @escaping Combine) {
    self.numbers = nil
    self.combine = combine
    self.stride = stride
    self.isCommutative = isCommutative
  }

  /// An operation on numbers that MPI has a datatype for.
  init(_ numbers: FloatReduction) {
    self.numbers = numbers
    combine = { _, _, _ in }
    stride = 0
    isCommutative = true
  }

  /// The datatype and the operation that lead MPI back to this closure, as long as this object lives.
  @usableFromInline
  func handles() -> Result<(MPI_Datatype, MPI_Op), DatatypeFailure> {
    if let numbers { return .success(numbers.handles) }
    let operation = isCommutative ? Self.shared.commutative : Self.shared.ordered
    return known().map { ($0.handle, operation) }
  }

  /// The datatype, made at the first use.
  private func known() -> Result<OwnedDatatype, DatatypeFailure> {
    datatype.withLock { known in
      if let known { return .success(known) }
      let made = makeDatatype()
      known = try? made.get()
      return made
    }
  }

  private func makeDatatype() -> Result<OwnedDatatype, DatatypeFailure> {
    var type = CMPI_DATATYPE_NULL
    var code = MPI_Type_contiguous(CInt(stride), CMPI_BYTE, &type)
    if code == 0 { code = MPI_Type_commit(&type) }
    if code == 0 {
      // Unretained: this object owns the datatype, so no reduction uses it when this object is gone.
      code = MPI_Type_set_attr(type, Self.shared.key, Unmanaged.passUnretained(self).toOpaque())
    }
    return code == 0 ? .success(OwnedDatatype(unwrapped(type))) : .failure(DatatypeFailure(value: code))
  }

  /// What MPI keeps once for the process: the key of the attribute, and the C function as two operations.
  private struct Shared: @unchecked Sendable {
    var key: CInt
    var commutative: MPI_Op
    var ordered: MPI_Op
  }

  private static let shared: Shared = {
    var key: CInt = CMPI_KEYVAL_INVALID
    var commutative = CMPI_OP_NULL
    var ordered = CMPI_OP_NULL
    let codes = [
      cmpi_type_create_keyval({ _, _, _, _ in 0 }, &key),
      MPI_Op_create({ CustomReduction.combine($0!, $1!, Int($2!.pointee), unwrapped($3!.pointee)) }, 1, &commutative),
      MPI_Op_create({ CustomReduction.combine($0!, $1!, Int($2!.pointee), unwrapped($3!.pointee)) }, 0, &ordered),
    ]
    demand(codes.allSatisfy { $0 == 0 }, "this MPI can't make reduction operations")
    return Shared(key: key, commutative: unwrapped(commutative), ordered: unwrapped(ordered))
  }()

  /// Combines the elements that MPI gives, by the closure that their datatype carries.
  fileprivate static func combine(
    _ left: UnsafeMutableRawPointer, _ right: UnsafeMutableRawPointer, _ count: Int, _ type: MPI_Datatype
  ) {
    var found: CInt = 0
    var value: UnsafeMutableRawPointer? = nil
    MPI_Type_get_attr(type, shared.key, &value, &found)
    guard found != 0, let value else { misuse("a reduction whose datatype lost its closure") }
    Unmanaged<CustomReduction>.fromOpaque(value)._withUnsafeGuaranteedRef { $0.combine(left, right, count) }
  }
}

extension ReduceOperation {
  /// Calls a reduction of MPI with the datatype of the elements and the operation, in as many pieces as `count` takes.
  @inlinable @inline(__always)
  func reduce(_ count: Int, _ call: (_ offset: Int, _ count: CInt, MPI_Datatype, MPI_Op) -> CInt) -> CInt {
    let (type, operation): (MPI_Datatype, MPI_Op)
    if let predefined, let known = predefinedType(Element.self) {
      (type, operation) = (known, predefined)
    } else {
      guard let custom else { misuse("an operation without a closure, and no datatype of MPI for it") }
      switch custom.handles() {
      case .failure(let failure): return failure.value
      case .success(let made): (type, operation) = made
      }
    }
    return withExtendedLifetime(custom) { inPieces(count) { call($0, $1, type, operation) } }
  }
}
