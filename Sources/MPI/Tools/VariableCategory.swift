// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// A group of the MPI library's variables, and of further groups.
///
/// C: `MPI_T_category_get_info`. MPI-3.1, section 14.3.8.
public struct VariableCategory: Sendable, Hashable {
  /// Its name, by which it is found: see ``MPIEnvironment/variableCategory(named:)``.
  public let name: String
  /// The purpose, in the MPI library's words; may be empty.
  public let purpose: String
  private let index: CInt
  private let generation: Int

  /// The category at a place in MPI's list, or nil if there is none, or none any more.
  init?(at index: CInt, generation: Int) {
    let strings = toolsStrings { name, nameLength, purpose, purposeLength in
      var (controls, figures, categories): (CInt, CInt, CInt) = (0, 0, 0)
      return MPI_T_category_get_info(
        index, name, nameLength, purpose, purposeLength, &controls, &figures, &categories)
    }
    guard let strings else { return nil }
    (name, purpose) = strings
    self.index = index
    self.generation = generation
  }

  /// Its control variables.
  ///
  /// C: `MPI_T_category_get_cvars`. MPI-3.1, section 14.3.8.
  public var controlVariables: [ControlVariable] {
    get throws(MPIError) {
      let (indices, generation) = try members(\.controls, MPI_T_category_get_cvars)
      return indices.compactMap { ControlVariable(at: $0, generation: generation) }
    }
  }

  /// Its performance variables.
  ///
  /// C: `MPI_T_category_get_pvars`. MPI-3.1, section 14.3.8.
  public var performanceVariables: [PerformanceVariable] {
    get throws(MPIError) {
      let (indices, generation) = try members(\.figures, MPI_T_category_get_pvars)
      return indices.compactMap { PerformanceVariable(at: $0, generation: generation) }
    }
  }

  /// The categories in it.
  ///
  /// C: `MPI_T_category_get_categories`. MPI-3.1, section 14.3.8.
  public var categories: [VariableCategory] {
    get throws(MPIError) {
      let (indices, generation) = try members(\.categories, MPI_T_category_get_categories)
      return indices.compactMap { VariableCategory(at: $0, generation: generation) }
    }
  }

  private typealias Counts = (controls: CInt, figures: CInt, categories: CInt)

  /// The places of its members in MPI's list, and the generation of that.
  private func members(
    _ kind: KeyPath<Counts, CInt>, _ fetch: (CInt, CInt, UnsafeMutablePointer<CInt>?) -> CInt
  ) throws(MPIError) -> ([CInt], Int) {
    let operation: StaticString = "VariableCategory"
    let generation = try ToolsInterface.begin(operation)
    var index = index
    if generation != self.generation { try checkTools(MPI_T_category_get_index(name, &index), operation, name) }
    var counts: Counts = (0, 0, 0)
    var (nameLength, purposeLength): (CInt, CInt) = (0, 0)
    try checkTools(
      MPI_T_category_get_info(
        index, nil, &nameLength, nil, &purposeLength, &counts.controls, &counts.figures, &counts.categories),
      operation, name)
    var indices = [CInt](repeating: -1, count: Int(counts[keyPath: kind]))
    if indices.isEmpty { return ([], generation) }
    try checkTools(fetch(index, CInt(indices.count), &indices), operation, name)
    return (indices, generation)
  }

  /// Two are the same where their names are: places in MPI's list change.
  public static func == (left: Self, right: Self) -> Bool { left.name == right.name }

  /// Hashes the name.
  ///
  /// - Parameter hasher: what it is fed into.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension MPIEnvironment {
  /// The groups in which this MPI library puts its variables, in its order.
  ///
  /// C: `MPI_T_category_get_num`, `MPI_T_category_get_info`. MPI-3.1, section 14.3.8.
  ///
  /// - Throws: ``ErrorClass/environment`` after MPI has ended.
  public static var variableCategories: [VariableCategory] {
    get throws(MPIError) {
      let generation = try ToolsInterface.begin("variableCategories")
      var count: CInt = 0
      try checkTools(MPI_T_category_get_num(&count), "variableCategories", "the number of categories")
      return (0..<count).compactMap { VariableCategory(at: $0, generation: generation) }
    }
  }

  /// The group of a name, or nil if this MPI has none.
  ///
  /// C: `MPI_T_category_get_index`, `MPI_T_category_get_info`. MPI-3.1, section 14.3.8.
  ///
  /// - Parameter name: its name.
  /// - Throws: ``ErrorClass/environment`` after MPI has ended.
  public static func variableCategory(named name: String) throws(MPIError) -> VariableCategory? {
    let generation = try ToolsInterface.begin("variableCategory")
    var index: CInt = 0
    guard MPI_T_category_get_index(name, &index) == 0 else { return nil }
    return VariableCategory(at: index, generation: generation)
  }

  /// A number that is another one after categories or what is in them have changed.
  ///
  /// C: `MPI_T_category_changed`. MPI-3.1, section 14.3.8.
  ///
  /// - Throws: ``ErrorClass/environment`` after MPI has ended.
  public static var variableCategoriesStamp: Int {
    get throws(MPIError) {
      _ = try ToolsInterface.begin("variableCategoriesStamp")
      var stamp: CInt = 0
      try checkTools(MPI_T_category_changed(&stamp), "variableCategoriesStamp", "the stamp")
      return Int(stamp)
    }
  }
}
