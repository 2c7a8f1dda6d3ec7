// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// A knob of the MPI library: what it is called, what it is for, what it is set to.
///
/// ```swift
/// for variable in try MPIEnvironment.controlVariables {
///   print(variable.name, "=", (try? variable.read()) ?? "?", "   ", variable.purpose)
/// }
/// ```
///
/// Every MPI has its own, and none has to have any: see ``MPIEnvironment/controlVariables``.
///
/// C: `MPI_T_cvar_get_info`. MPI-3.1, section 14.3.6.
public struct ControlVariable: Sendable, Hashable {
  /// Its name, by which it is found: see ``MPIEnvironment/controlVariable(named:)``.
  public let name: String
  /// The purpose, in the MPI library's words; may be empty.
  public let purpose: String
  /// The intended audience and level of detail.
  public let verbosity: VariableVerbosity
  /// The type of the value, or nil if this library doesn't know it.
  public var type: VariableType? { format?.type }
  /// The names of its numbers, if they have names.
  public let enumeration: VariableEnumeration?
  /// The kind of object that it belongs to.
  public let binding: VariableBinding
  /// The processes that may set it, and the ranks that must agree.
  public let scope: Scope

  let format: VariableFormat?
  /// Its place in MPI's list, and the generation of the list.
  private let index: CInt
  private let generation: Int

  /// The processes that may set a variable, and the ranks that must agree on its value.
  ///
  /// C: `MPI_T_SCOPE_CONSTANT` and the others. MPI-3.1, section 14.3.6.
  public enum Scope: Sendable, Hashable, CaseIterable {
    /// It never changes.
    case constant
    /// The MPI library alone may change it.
    case readOnly
    /// Each process may set its own.
    case local
    /// A group of processes sets it together, each to what suits it.
    case group
    /// A group of processes sets it together, all to the same.
    case groupEqual
    /// All processes set it together; the values may differ.
    case all
    /// All processes set it together, all to the same.
    case allEqual

    init(constant: CInt) {
      self =
        switch constant {
        case CMPI_T_SCOPE_CONSTANT: .constant
        case CMPI_T_SCOPE_LOCAL: .local
        case CMPI_T_SCOPE_GROUP: .group
        case CMPI_T_SCOPE_GROUP_EQ: .groupEqual
        case CMPI_T_SCOPE_ALL: .all
        case CMPI_T_SCOPE_ALL_EQ: .allEqual
        default: .readOnly
        }
    }
  }

  /// Whether a program may set it at some time: the MPI library may still refuse, once it is in use.
  public var isSettable: Bool { scope != .constant && scope != .readOnly }

  /// The variable at a place in MPI's list, or nil if there is none, or none any more.
  init?(at index: CInt, generation: Int) {
    var verbosity: CInt = 0
    var binding: CInt = 0
    var scope: CInt = 0
    var datatype = CMPI_DATATYPE_NULL
    var enumeration = CMPI_T_ENUM_NULL
    let strings = toolsStrings { name, nameLength, purpose, purposeLength in
      MPI_T_cvar_get_info(
        index, name, nameLength, &verbosity, &datatype, &enumeration, purpose, purposeLength, &binding, &scope)
    }
    guard let strings else { return nil }
    (name, purpose) = strings
    self.verbosity = VariableVerbosity(constant: verbosity)
    self.binding = VariableBinding(constant: binding)
    self.scope = Scope(constant: scope)
    self.enumeration = VariableEnumeration(enumeration)
    format = VariableFormat(datatype)
    self.index = index
    self.generation = generation
  }

  /// Reads the value.
  ///
  /// C: `MPI_T_cvar_handle_alloc`, `MPI_T_cvar_read`, `MPI_T_cvar_handle_free`. MPI-3.1, section 14.3.6.
  ///
  /// - Parameter communicator: its communicator, if its ``binding`` is ``VariableBinding/communicator``; else it is not
  ///   used.
  /// - Throws: ``ErrorClass/argument`` if MPI has no such variable any more: parts of MPI that are not in use take
  ///   theirs with them. ``ErrorClass/environment`` after MPI has ended.
  public func read(on communicator: Communicator? = nil) throws(MPIError) -> VariableValue {
    try withHandle("ControlVariable.read", on: communicator) { handle, count, format throws(MPIError) in
      if let waiting = ToolsInterface.waitingValue(name) { return waiting }
      return try format.value(count: count, enumeration: enumeration, "ControlVariable.read", name) {
        MPI_T_cvar_read(handle, $0)
      }
    }
  }

  /// Sets it. Its description has what it does, and when: many are read only while MPI
  /// starts, so set them before `withMPI`.
  ///
  /// No message is sent: if ranks have to agree (``scope-swift.property``), all make the same call.
  ///
  /// With Open MPI 4, what is set before MPI is started goes by the environment (`OMPI_MCA_…`), as `mpiexec --mca` does
  /// it. So all but constants can be set then, what is ``Scope/readOnly`` too.
  ///
  /// C: `MPI_T_cvar_handle_alloc`, `MPI_T_cvar_write`, `MPI_T_cvar_handle_free`. MPI-3.1, section 14.3.6.
  ///
  /// - Parameters:
  ///   - value: one of the variable's type: a name will do for an item, a whole number for a floating-point one.
  ///   - communicator: its communicator, if its ``binding`` is ``VariableBinding/communicator``; else it is not used.
  /// - Throws: ``ErrorClass/argument`` for a value of another type; ``ErrorClass/unsupportedOperation`` if MPI does not
  ///   let it be set, or not now, with what to do instead.
  public func set(_ value: VariableValue, on communicator: Communicator? = nil) throws(MPIError) {
    try withHandle("ControlVariable.set", on: communicator) { handle, count, format throws(MPIError) in
      let bytes = try format.bytes(value, count: count, enumeration: enumeration, "ControlVariable.set", name)
      guard ToolsInterface.takesEnvironment, scope != .constant else {
        return try checkTools(MPI_T_cvar_write(handle, bytes), "ControlVariable.set", name)
      }
      // As it will be read: for example the item that a name stands for.
      let written = try format.value(count: count, enumeration: enumeration, "ControlVariable.set", name) { memory in
        memory.copyMemory(from: bytes, byteCount: count * format.width)
        return 0
      }
      ToolsInterface.setInEnvironment(name, written)
    }
  }

  /// Does something with a handle for the variable, which is given back, and how many elements it has.
  private func withHandle<Result>(
    _ operation: StaticString, on communicator: Communicator?,
    _ body: (MPI_T_cvar_handle, Int, VariableFormat) throws(MPIError) -> Result
  ) throws(MPIError) -> Result {
    let generation = try ToolsInterface.begin(operation)
    var index = index
    if generation != self.generation { try checkTools(MPI_T_cvar_get_index(name, &index), operation, name) }
    guard let format else {
      throw MPIError(.unsupportedOperation, "\(name): its datatype is unknown", operation: "\(operation)")
    }
    let object = try VariableObject(binding, communicator, operation, name)
    defer { withExtendedLifetime(object) {} }
    var handle = CMPI_T_CVAR_HANDLE_NULL
    var count: CInt = 0
    try checkTools(MPI_T_cvar_handle_alloc(index, object.address, &handle, &count), operation, name)
    defer { MPI_T_cvar_handle_free(&handle) }
    return try body(unwrapped(handle), Int(count), format)
  }

  /// Two are the same where their names are: places in MPI's list change.
  public static func == (left: Self, right: Self) -> Bool { left.name == right.name }

  /// Hashes the name.
  ///
  /// - Parameter hasher: what it is fed into.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
