// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// A figure that the MPI library keeps: how many messages wait, how many bytes went where.
///
/// It is read in a session: see ``MPIEnvironment/withPerformanceSession(_:)``.
///
/// C: `MPI_T_pvar_get_info`. MPI-3.1, section 14.3.7.
public struct PerformanceVariable: Sendable, Hashable {
  /// Its name, by which it is found: see ``MPIEnvironment/performanceVariable(named:kind:)``.
  public let name: String
  /// The meaning, in the MPI library's words; may be empty.
  public let purpose: String
  /// The intended audience and level of detail.
  public let verbosity: VariableVerbosity
  /// The kind of figure.
  public let kind: Kind
  /// The type of the value, or nil if this library doesn't know it.
  public var type: VariableType? { format?.type }
  /// The names of its numbers, if they have names.
  public let enumeration: VariableEnumeration?
  /// The kind of object that it belongs to.
  public let binding: VariableBinding
  /// Whether it can't be written or reset.
  public let isReadOnly: Bool
  /// Whether it always runs, and so can't be started or stopped.
  public let isContinuous: Bool
  /// Whether it can be read and reset at once.
  public let isAtomic: Bool

  let format: VariableFormat?
  /// Its place in MPI's list, and the generation of the list.
  let index: CInt
  let generation: Int

  /// The kind of figure of a performance variable.
  ///
  /// C: `MPI_T_PVAR_CLASS_STATE` and the others. MPI-3.1, section 14.3.7.
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// One of a few states, with names.
    case state
    /// How much of something is in use.
    case level
    /// How large something is, which does not change.
    case size
    /// The utilization of something, from 0 to 1.
    case percentage
    /// The most that was in use.
    case highWatermark
    /// The least that was in use.
    case lowWatermark
    /// How often something happened.
    case counter
    /// How much came together.
    case aggregate
    /// How long something took.
    case timer
    /// None of these.
    case generic

    static var constants: [(Kind, CInt)] {
      [
        (.state, CMPI_T_PVAR_CLASS_STATE), (.level, CMPI_T_PVAR_CLASS_LEVEL), (.size, CMPI_T_PVAR_CLASS_SIZE),
        (.percentage, CMPI_T_PVAR_CLASS_PERCENTAGE), (.highWatermark, CMPI_T_PVAR_CLASS_HIGHWATERMARK),
        (.lowWatermark, CMPI_T_PVAR_CLASS_LOWWATERMARK), (.counter, CMPI_T_PVAR_CLASS_COUNTER),
        (.aggregate, CMPI_T_PVAR_CLASS_AGGREGATE), (.timer, CMPI_T_PVAR_CLASS_TIMER),
        (.generic, CMPI_T_PVAR_CLASS_GENERIC),
      ]
    }
  }

  /// The variable at a place in MPI's list, or nil if there is none, or none any more.
  init?(at index: CInt, generation: Int) {
    var verbosity: CInt = 0
    var kind: CInt = 0
    var binding: CInt = 0
    var isReadOnly: CInt = 0
    var isContinuous: CInt = 0
    var isAtomic: CInt = 0
    var datatype = CMPI_DATATYPE_NULL
    var enumeration = CMPI_T_ENUM_NULL
    let strings = toolsStrings { name, nameLength, purpose, purposeLength in
      MPI_T_pvar_get_info(
        index, name, nameLength, &verbosity, &kind, &datatype, &enumeration, purpose, purposeLength, &binding,
        &isReadOnly, &isContinuous, &isAtomic)
    }
    guard let strings else { return nil }
    (name, purpose) = strings
    self.verbosity = VariableVerbosity(constant: verbosity)
    self.kind = Kind.constants.first { $0.1 == kind }?.0 ?? .generic
    self.enumeration = VariableEnumeration(enumeration)
    self.binding = VariableBinding(constant: binding)
    self.isReadOnly = isReadOnly != 0
    self.isContinuous = isContinuous != 0
    self.isAtomic = isAtomic != 0
    format = VariableFormat(datatype)
    self.index = index
    self.generation = generation
  }

  /// Two are the same where their names and kinds are: places in MPI's list change.
  public static func == (left: Self, right: Self) -> Bool { left.name == right.name && left.kind == right.kind }

  /// Hashes the name and the kind.
  ///
  /// - Parameter hasher: what they are fed into.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(kind)
  }
}

extension MPIEnvironment {
  /// The figures that this MPI library keeps, in its order. Many an MPI is built without any.
  ///
  /// It works before MPI is started too, and may list others then.
  ///
  /// C: `MPI_T_pvar_get_num`, `MPI_T_pvar_get_info`. MPI-3.1, section 14.3.7.
  ///
  /// - Throws: ``ErrorClass/environment`` after MPI has ended.
  public static var performanceVariables: [PerformanceVariable] {
    get throws(MPIError) {
      let generation = try ToolsInterface.begin("performanceVariables")
      var count: CInt = 0
      try checkTools(MPI_T_pvar_get_num(&count), "performanceVariables", "the number of variables")
      return (0..<count).compactMap { PerformanceVariable(at: $0, generation: generation) }
    }
  }

  /// The figure of a name, or nil if this MPI has none.
  ///
  /// C: `MPI_T_pvar_get_index`, `MPI_T_pvar_get_info`. MPI-3.1, section 14.3.7.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - kind: which of those of that name, if there are several; else nil.
  /// - Throws: ``ErrorClass/environment`` after MPI has ended.
  public static func performanceVariable(
    named name: String, kind: PerformanceVariable.Kind? = nil
  ) throws(MPIError) -> PerformanceVariable? {
    let generation = try ToolsInterface.begin("performanceVariable")
    for (candidate, constant) in PerformanceVariable.Kind.constants where kind == nil || kind == candidate {
      var index: CInt = 0
      guard MPI_T_pvar_get_index(name, constant, &index) == 0 else { continue }
      if let variable = PerformanceVariable(at: index, generation: generation) { return variable }
    }
    return nil
  }
}
