// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Layout: CustomStringConvertible {
  /// A description: "100 blocks of 1, 40 apart: 100 elements, from 7 to 3967".
  ///
  /// A borrowed datatype is taken apart as far as MPI reports how it was made.
  ///
  /// C: `MPI_Type_get_envelope`, `MPI_Type_get_contents`. MPI-3.1, section 4.1.13.
  public var description: String {
    let reach = isEmpty ? "" : ", from \(bounds.lowerBound) to \(bounds.upperBound - 1)"
    return "\(node): \(elementCount) \(elementCount == 1 ? "element" : "elements")\(reach)"
  }
}

extension LayoutNode: CustomStringConvertible {
  /// Its shape in words, with lengths in what it is made of.
  @usableFromInline var description: String {
    func distance(_ bytes: Int, _ layout: LayoutNode) -> String {
      let extent = layout.metrics.extent
      return extent > 0 && bytes % extent == 0 ? "\(bytes / extent)" : "\(bytes) bytes"
    }
    switch shape {
    case .element: return "1 element"
    case .fields(let fields):
      return fields.count == 1
        ? "the field at byte \(fields[0].offset)"
        : "the fields at bytes \(fields.map { "\($0.offset)" }.joined(separator: ", "))"
    case .repeated(let layout, let count, let step):
      let apart = step == layout.metrics.extent ? "side by side" : "\(distance(step, layout)) apart"
      return "\(count) \(apart)\(layout.suffix)"
    case .vector(let layout, let count, let blockLength, let step):
      return "\(count) blocks of \(blockLength), \(distance(step, layout)) apart\(layout.suffix)"
    case .indexed(let layout, let starts, let lengths):
      let shown = zip(starts, lengths).prefix(4).map { "\($1) at \($0)" }.joined(separator: ", ")
      return "\(starts.count) blocks (\(shown)\(starts.count > 4 ? ", …" : ""))\(layout.suffix)"
    case .combined(let parts):
      let shown = parts.prefix(4).map { part in
        part.place == 0 ? "(\(part.layout))" : "(\(part.layout)) \(part.place) bytes later"
      }
      return shown.joined(separator: ", ") + (parts.count > 4 ? ", …" : "")
    case .resized(let layout, let lower, let extent):
      return "(\(layout)) as \(extent) bytes from \(lower)"
    case .part(let part, let layout, _): return part.description + layout.suffix
    case .borrowed: return (try? datatype("Layout.description")).map { words(for: $0) } ?? "a datatype"
    }
  }

  /// What it is made of, unless that is single elements.
  private var suffix: String {
    if case .element = shape { return "" }
    return " of (\(self))"
  }
}

extension LayoutArrayPart: CustomStringConvertible {
  var description: String {
    let array = "an array of \(shape)" + (order == .columnMajor ? ", column by column," : "")
    switch kind {
    case .subarray(let start, let extent): return "a block of \(extent) at \(start) in \(array)"
    case .distributed(let distributions, _, let grid, let rank):
      let ways = distributions.map { "\($0)" }.joined(separator: ", ")
      return "the part of rank \(rank) of a grid of \(grid) in \(array) dealt out by (\(ways))"
    }
  }
}

/// How a datatype was made, in words.
private func words(for type: MPI_Datatype) -> String {
  var (integerCount, addressCount, typeCount, combiner): (CInt, CInt, CInt, CInt) = (0, 0, 0, 0)
  guard MPI_Type_get_envelope(type, &integerCount, &addressCount, &typeCount, &combiner) == 0 else {
    return "a datatype"
  }
  let name = cString(capacity: Int(CMPI_MAX_OBJECT_NAME)) { MPI_Type_get_name(type, $0, $1) } ?? ""
  if combiner == CMPI_COMBINER_NAMED { return name }
  if typeCount == 0 { return name.isEmpty ? "a datatype" : name }
  var integers = [CInt](repeating: 0, count: max(Int(integerCount), 1))
  var addresses = [MPI_Aint](repeating: 0, count: max(Int(addressCount), 1))
  var types = Array(repeating: CMPI_DATATYPE_NULL, count: Int(typeCount))
  guard
    MPI_Type_get_contents(type, integerCount, addressCount, typeCount, &integers, &addresses, &types) == 0
  else { return "a datatype" }
  defer { for type in types { freeUnlessNamed(unwrapped(type)) } }
  let inner = types.map { words(for: unwrapped($0)) }
  let ints = integers.map { Int($0) }
  let count = integerCount > 0 ? ints[0] : 0
  /// The integers after the first: a list for each of so many things.
  func list(_ number: Int, of length: Int) -> [Int] { Array(ints[(1 + number * length)...].prefix(length)) }

  switch combiner {
  case CMPI_COMBINER_DUP: return inner[0]
  case CMPI_COMBINER_CONTIGUOUS: return "\(count) of \(inner[0])"
  case CMPI_COMBINER_VECTOR: return "\(count) blocks of \(ints[1]) of \(inner[0]), \(ints[2]) apart"
  case CMPI_COMBINER_HVECTOR: return "\(count) blocks of \(ints[1]) of \(inner[0]), \(addresses[0]) bytes apart"
  case CMPI_COMBINER_INDEXED:
    return "blocks of \(list(0, of: count)) of \(inner[0]) at \(list(1, of: count))"
  case CMPI_COMBINER_HINDEXED: return "blocks of \(list(0, of: count)) of \(inner[0]) at bytes \(addresses)"
  case CMPI_COMBINER_INDEXED_BLOCK:
    return "blocks of \(ints[1]) of \(inner[0]) at \(Array(ints[2...].prefix(count)))"
  case CMPI_COMBINER_HINDEXED_BLOCK: return "blocks of \(ints[1]) of \(inner[0]) at bytes \(addresses)"
  case CMPI_COMBINER_STRUCT:
    let parts = zip(list(0, of: count), zip(inner, addresses)).map { "\($0) of \($1.0) at byte \($1.1)" }
    return "{" + parts.joined(separator: ", ") + "}"
  case CMPI_COMBINER_SUBARRAY:
    return """
      a block of \(list(1, of: count)) at \(list(2, of: count)) in an array of \(list(0, of: count)) of \(inner[0])
      """
  case CMPI_COMBINER_DARRAY: return "the part of rank \(ints[1]) of \(count) of a distributed array of \(inner[0])"
  case CMPI_COMBINER_RESIZED: return "(\(inner[0])) as \(addresses[1]) bytes from \(addresses[0])"
  default: return name.isEmpty ? "a datatype" : name
  }
}

/// Gives a handle back that `MPI_Type_get_contents` gave out.
private func freeUnlessNamed(_ type: MPI_Datatype) {
  var (integerCount, addressCount, typeCount, combiner): (CInt, CInt, CInt, CInt) = (0, 0, 0, 0)
  let code = MPI_Type_get_envelope(type, &integerCount, &addressCount, &typeCount, &combiner)
  // Types of Fortran's own are MPI's, too, and have no types within.
  if code == 0 && combiner != CMPI_COMBINER_NAMED && typeCount > 0 { free(type) }
}
