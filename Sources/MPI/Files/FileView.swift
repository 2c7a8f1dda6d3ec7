// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIFile {
  /// What a rank sees of the file: where it begins, which elements, and how they are written.
  struct View {
    /// How many bytes an element of the view has in memory, and in the file. Bytes, until a view is set.
    var stride = 1
    var strideInFile = 1
    /// The element type; nil until a view is set, when any will do.
    var type: Any.Type? = nil
    var representation = Representation.native
    /// Whether this rank's part of the pattern has no elements.
    var isEmpty = false
  }

  /// The representation of numbers in the file.
  ///
  /// C: `MPI_File_set_view`. MPI-3.1, section 13.5. `MPI_Register_datarep` has no name in Swift: Open MPI has no
  /// representations of a program's own, and a program that converts its elements before it writes has them on every
  /// MPI.
  public enum Representation: String, Sendable, Hashable, CaseIterable {
    /// As they lie in memory. Every MPI has it, and it is the fastest.
    case native
    /// As this MPI likes, on all machines on which it runs. Open MPI 4.1 has it not.
    case `internal`
    /// Big-endian IEEE, the same everywhere. Structs are bytes, and stay as they are.
    case external32
  }

  /// Chooses what this rank sees of the file. From then on places count from there, and pointers begin there.
  ///
  /// ```swift
  /// // A table of 1000 by 1000, of which each rank has a block of rows:
  /// let rows = world.block(of: 1000)
  /// try file.setView(
  ///   Double.self, .subarray(sizes: [1000, 1000], subsizes: [rows.count, 1000], starts: [rows.lowerBound, 0]))
  /// try file.writeAll(mine, at: 0)
  /// ```
  ///
  /// Collective: the same element type and representation on every rank; displacement and pattern are each rank's own.
  /// One all-reduce before and one after, by which an error of one rank reaches all.
  ///
  /// C: `MPI_File_set_view`. MPI-3.1, section 13.3.
  ///
  /// - Parameters:
  ///   - element: what the file is made of, beyond the displacement. What is read and written is of this type, or, in
  ///     the native representation, of one whose length is a multiple of its.
  ///   - displacement: how many bytes come before, such as a header.
  ///   - pattern: which of the elements belong to this rank, over and over to the end of the file.
  ///   - representation: how numbers are written.
  ///   - info: hints to MPI.
  /// - Throws: ``ErrorClass/displacement`` for one below 0; ``ErrorClass/argument`` for a pattern that can't be;
  ///   ``ErrorClass/unsupportedRepresentation`` if this MPI has it not; ``ErrorClass/accessMode`` for a sequential
  ///   file.
  public func setView<Element: BitwiseCopyable>(
    _ element: Element.Type, displacement: Int = 0, _ pattern: Pattern = .contiguous,
    representation: Representation = .native, info: [String: String] = [:], file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) {
    let isEmpty = pattern.isEmpty(rank: communicator.rank)
    try setView(Element.self, displacement, representation, info, isEmpty: isEmpty, file, line) {
      (unit) throws(MPIError) in
      if let problem = pattern.problem(ranks: communicator.size) { throw failure(.argument, "setView", problem) }
      let type = try made(pattern.filetype(of: unit, rank: communicator.rank, ranks: communicator.size))
      return type.map { ($0, OwnedDatatype($0)) }
    }
  }

  /// Chooses by a layout what this rank sees of the file, as the memory of a message is chosen by one.
  ///
  /// ```swift
  /// // A table of 1000 rows, of which each rank has a column:
  /// let column = try Layout<Double>.vector(count: 1000, stride: world.size, start: world.rank)
  /// try file.setView(column)
  /// try file.writeAll(mine, at: 0)
  /// ```
  ///
  /// Collective, as the form with a pattern: the same element type and representation on every rank; displacement and
  /// layout are each rank's own.
  ///
  /// C: `MPI_File_set_view`. MPI-3.1, section 13.3.
  ///
  /// - Parameters:
  ///   - layout: which elements belong to this rank: in ascending order, none twice, none before the displacement. It
  ///     is repeated to the end of the file, an ``Layout/extent`` apart.
  ///   - displacement: how many bytes come before, such as a header.
  ///   - representation: how numbers are written.
  ///   - info: hints to MPI.
  /// - Throws: on every rank, ``ErrorClass/displacement`` for one below 0; ``ErrorClass/argument`` for a layout that
  ///   goes back, or has an element twice, or that would be repeated over itself; ``ErrorClass/type`` for one that
  ///   selects only some fields of its elements; ``ErrorClass/unsupportedRepresentation`` if this MPI has it not;
  ///   ``ErrorClass/accessMode`` for a sequential file.
  public func setView<Element: BitwiseCopyable>(
    _ layout: Layout<Element>, displacement: Int = 0, representation: Representation = .native,
    info: [String: String] = [:], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) {
    let node = layout.node
    let isEmpty = node.metrics.byteCount == 0
    try setView(Element.self, displacement, representation, info, isEmpty: isEmpty, file, line) {
      (_) throws(MPIError) in
      if isEmpty { return nil }
      let metrics = node.metrics
      try require(
        metrics.isOfWhole(Element.self), .type, "setView",
        "the layout (\(node)) selects only some fields of its elements: a view is of whole elements")
      try require(
        metrics.first >= 0 && node.isAscending, .argument, "setView",
        "the layout (\(node)) begins before the file or goes back: a view goes through the file once, in ascending order"
      )
      try require(
        metrics.end - metrics.first <= metrics.extent, .argument, "setView",
        "the layout (\(node)) has an extent of \(metrics.extent) bytes, and would be repeated over itself")
      return (try node.datatype("setView"), node)
    }
  }

  /// - Parameter filetype: gives the datatype of this rank's part, made of units, and what holds it; nil for that of
  ///   one element.
  private func setView<Element: BitwiseCopyable>(
    _: Element.Type, _ displacement: Int, _ representation: Representation, _ info: [String: String], isEmpty: Bool,
    _ file: StaticString, _ line: Int, filetype: (_ unit: MPI_Datatype) throws(MPIError) -> FilePart?
  ) throws(MPIError) {
    let handle = try opened("setView", usesSharedPointer: false)
    let type = ElementType(Element.self)
    var unit: OwnedDatatype?
    try communicator.enterCollective("setView", Element.self, file, line)
    let part = try agreeing("setView") { () throws(MPIError) -> FilePart? in
      _ = try withInfo(info, "setView") { _ in 0 }
      try communicator.checkElement(Element.self, "setView")
      try require(displacement >= 0, .displacement, "setView", "a displacement of \(displacement) bytes is below 0")
      if type.units != 1 { unit = OwnedDatatype(try made(bytesType(type.units))) }
      return try filetype(unit?.handle ?? type.datatype)
    }
    let elementType = unit?.handle ?? type.datatype
    try agreeing("setView") { () throws(MPIError) in
      let partType = part?.type ?? elementType
      let code = try withInfo(info, "setView") { info in
        MPI_File_set_view(handle, MPI_Offset(displacement), elementType, partType, representation.rawValue, info)
      }
      leave()
      guard code != 0 else { return }
      let errorClass = ErrorClass(code: code)
      let words = errorClass == .unsupportedRepresentation ? "this MPI has no representation '\(representation)': " : ""
      throw failure(errorClass, "setView", words + MPIError.words(for: code), code: code)
    }
    var extent: MPI_Aint = 0
    let isKnown = MPI_File_get_type_extent(handle, elementType, &extent) == 0 && extent > 0
    let stride = max(MemoryLayout<Element>.stride, 1)
    withExtendedLifetime((unit, part)) {
      view = View(
        stride: stride, strideInFile: isKnown ? Int(extent) : stride, type: Element.self,
        representation: representation, isEmpty: isEmpty)
    }
  }

  /// The datatype that was to be made, or its failure.
  private func made<Handle>(_ result: Result<Handle, DatatypeFailure>) throws(MPIError) -> Handle {
    switch result {
    case .success(let handle): return handle
    case .failure(let failed):
      throw failure(ErrorClass(code: failed.value), "setView", MPIError.words(for: failed.value))
    }
  }

  /// Returns the number of bytes of an element in the file, in the representation of the view.
  ///
  /// C: `MPI_File_get_type_extent`. MPI-3.1, section 13.5.
  ///
  /// - Throws: ``ErrorClass/file`` if the file is closed; else what MPI reports.
  public func extent<Element: BitwiseCopyable>(of _: Element.Type) throws(MPIError) -> Int {
    let handle = try opened("extent(of:)")
    let type = ElementType(Element.self)
    var extent: MPI_Aint = 0
    try check(MPI_File_get_type_extent(handle, type.datatype, &extent), "extent(of:)")
    return Int(extent) * type.units
  }

  /// The view: where it begins in bytes, and in which representation.
  ///
  /// C: `MPI_File_get_view`. MPI-3.1, section 13.3.
  public var viewDisplacement: (bytes: Int, representation: String) {
    get throws(MPIError) {
      let handle = try opened("viewDisplacement")
      var displacement: MPI_Offset = 0
      var element = CMPI_DATATYPE_NULL
      var filetype = CMPI_DATATYPE_NULL
      var code: CInt = 0
      let name = cString(capacity: Int(CMPI_MAX_OBJECT_NAME) + 256) { text, _ in
        code = MPI_File_get_view(handle, &displacement, &element, &filetype, text)
        return code
      }
      try check(code, "viewDisplacement")
      for type in [element, filetype] { freeIfMade(unwrapped(type)) }
      return (Int(displacement), name ?? "")
    }
  }

  private func freeIfMade(_ type: MPI_Datatype) {
    var (integers, addresses, types, combiner): (CInt, CInt, CInt, CInt) = (0, 0, 0, 0)
    guard MPI_Type_get_envelope(type, &integers, &addresses, &types, &combiner) == 0 else { return }
    if combiner != CMPI_COMBINER_NAMED { free(type) }
  }
}

/// The datatype of a rank's part of a file, and what holds it.
private typealias FilePart = (type: MPI_Datatype, holder: AnyObject)

/// Makes and commits a datatype of bytes side by side.
private func bytesType(_ count: Int) -> Result<MPI_Datatype, DatatypeFailure> {
  var type = CMPI_DATATYPE_NULL
  var code = MPI_Type_contiguous(CInt(clamping: count), CMPI_BYTE, &type)
  if code == 0 { code = MPI_Type_commit(&type) }
  return code == 0 ? .success(unwrapped(type)) : .failure(DatatypeFailure(value: code))
}
