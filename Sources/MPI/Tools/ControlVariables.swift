// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIEnvironment {
  /// The knobs of this MPI library, in its order: what `ompi_info --all` and `mpichversion` print, from within.
  ///
  /// It works before MPI is started too, and may list others then: parts of MPI come and go as it starts. Before
  /// MPI is started one thread at a time may ask; while it runs, those that may call MPI (``threadLevel``).
  ///
  /// Each time, MPI is asked again for all about each: a few milliseconds, and the first time a tenth of a
  /// second.
  ///
  /// C: `MPI_T_init_thread`, `MPI_T_finalize`, `MPI_T_cvar_get_num`, `MPI_T_cvar_get_info`. MPI-3.1, sections 14.3.4
  /// and 14.3.6.
  ///
  /// - Throws: ``ErrorClass/environment`` after MPI has ended.
  public static var controlVariables: [ControlVariable] {
    get throws(MPIError) {
      let generation = try ToolsInterface.begin("controlVariables")
      var count: CInt = 0
      try checkTools(MPI_T_cvar_get_num(&count), "controlVariables", "the number of variables")
      return (0..<count).compactMap { ControlVariable(at: $0, generation: generation) }
    }
  }

  /// The knob of a name, or nil if this MPI has none.
  ///
  /// ```swift
  /// if let limit = try MPIEnvironment.controlVariable(named: "btl_vader_eager_limit") {
  ///   try limit.set(65_536)
  /// }
  /// try withMPI { world in … }
  /// ```
  ///
  /// C: `MPI_T_cvar_get_index`, `MPI_T_cvar_get_info`. MPI-3.1, section 14.3.6.
  ///
  /// - Parameter name: its name.
  /// - Throws: ``ErrorClass/environment`` after MPI has ended.
  public static func controlVariable(named name: String) throws(MPIError) -> ControlVariable? {
    let generation = try ToolsInterface.begin("controlVariable")
    var index: CInt = 0
    guard MPI_T_cvar_get_index(name, &index) == 0 else { return nil }
    return ControlVariable(at: index, generation: generation)
  }
}
