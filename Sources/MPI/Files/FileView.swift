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
  ///   the
  ///     native representation, of one whose length is a multiple of its.
  ///   - displacement: how many bytes come before: a header, say.
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
    let handle = try opened("setView", usesSharedPointer: false)
    let type = ElementType(Element.self)
    var unit: MPI_Datatype? = nil
    defer { if let unit { free(unit) } }
    try communicator.enterCollective("setView", Element.self, file, line)
    let filetype = try agreeing("setView") { () throws(MPIError) -> MPI_Datatype? in
      _ = try withInfo(info, "setView") { _ in 0 }
      try communicator.checkElement(Element.self, "setView")
      try require(displacement >= 0, .displacement, "setView", "a displacement of \(displacement) bytes is below 0")
      if let problem = pattern.problem(ranks: communicator.size) { throw failure(.argument, "setView", problem) }
      if type.units != 1 { unit = try made(bytesType(type.units)) }
      return try made(
        pattern.filetype(of: unit ?? type.datatype, rank: communicator.rank, ranks: communicator.size))
    }
    defer { if let filetype { free(filetype) } }
    let elementType = unit ?? type.datatype
    try agreeing("setView") { () throws(MPIError) in
      let code = try withInfo(info, "setView") { info in
        MPI_File_set_view(
          handle, MPI_Offset(displacement), elementType, filetype ?? elementType, representation.rawValue, info)
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
    view = View(
      stride: stride, strideInFile: isKnown ? Int(extent) : stride, type: Element.self, representation: representation,
      isEmpty: pattern.isEmpty(rank: communicator.rank))
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

/// Makes and commits a datatype of bytes side by side.
private func bytesType(_ count: Int) -> Result<MPI_Datatype, DatatypeFailure> {
  var type = CMPI_DATATYPE_NULL
  var code = MPI_Type_contiguous(CInt(clamping: count), CMPI_BYTE, &type)
  if code == 0 { code = MPI_Type_commit(&type) }
  return code == 0 ? .success(unwrapped(type)) : .failure(DatatypeFailure(value: code))
}
