// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MPI
import MPITesting
import Testing

extension OnEveryRank {
  /// MPI's own variables. Every MPI has others: what is asserted of one by name is asserted if that is there.
  @Suite struct ToolsTests {
    let world = Communicator.world

    // MARK: Control variables

    @Test func everyControlVariableHasANameAndIsFoundByIt() throws {
      let variables = try MPIEnvironment.controlVariables
      #expect(Set(variables.map(\.name)).count == variables.count)
      if [.openMPI, .mpich].contains(MPIEnvironment.vendor) { #expect(variables.count > 100) }
      for variable in variables {
        #expect(!variable.name.isEmpty)
        let found = try #require(try MPIEnvironment.controlVariable(named: variable.name))
        #expect(found == variable && found.hashValue == variable.hashValue)
        #expect(found.purpose == variable.purpose && found.type == variable.type && found.scope == variable.scope)
        #expect(found.verbosity == variable.verbosity && found.binding == variable.binding)
        #expect(found.enumeration == variable.enumeration)
      }
      #expect(try MPIEnvironment.controlVariable(named: "no such variable") == nil)
      #expect(try MPIEnvironment.controlVariable(named: "") == nil)
    }

    @Test func everyControlVariableIsReadAsItsType() throws {
      for variable in try MPIEnvironment.controlVariables where variable.binding == .process {
        let value: VariableValue
        do {
          value = try variable.read()
        } catch let error {
          // Some parts of MPI have gone, and their variables with them.
          #expect(error.errorClass == .argument && error.text.hasPrefix("\(variable.name): "), "\(error)")
          continue
        }
        for element in value.elements {
          let fits =
            switch (variable.type, element) {
            case (.integer, .integer), (.integer, .item), (.unsigned, .unsigned), (.unsigned, .item),
              (.double, .double), (.boolean, .boolean), (.string, .string):
              true
            default: false
            }
          #expect(fits, "\(variable.name): \(element)")
          if case .item(let name, let number) = element {
            let items = try #require(variable.enumeration?.items)
            #expect(items.contains { $0.name == name && $0.value == number })
          }
        }
      }
    }

    @Test func whatIsSetIsRead() throws {
      var done = 0
      for name in ["coll_base_verbose", "shmem_mmap_priority", "MPIR_CVAR_BCAST_MIN_PROCS"] {
        guard let variable = try MPIEnvironment.controlVariable(named: name) else { continue }
        #expect(variable.isSettable)
        let before = try variable.read()
        try variable.set(3)
        #expect(try variable.read().integer == 3)
        try variable.set(before)
        #expect(try variable.read() == before)
        done += 1
      }
      if [.openMPI, .mpich].contains(MPIEnvironment.vendor) { #expect(done > 0) }
    }

    @Test func whatIsSetIsReadOfEveryType() throws {
      for variable in try MPIEnvironment.controlVariables where variable.isSettable && variable.binding == .process {
        guard let value = try? variable.read() else { continue }
        do {
          try variable.set(value)
        } catch {
          #expect(error.errorClass == .unsupportedOperation, "\(error)")
        }
        #expect(try variable.read() == value, "\(variable.name)")
      }
    }

    @Test func settingAReadOnlyVariableIsRefused() throws {
      guard let variable = try MPIEnvironment.controlVariable(named: "btl_tcp_if_include") else { return }
      #expect(variable.type == .string && !variable.isSettable)
      let error = expectError(
        .unsupportedOperation, "ControlVariable.set", naming: "btl_tcp_if_include", "OMPI_MCA_btl_tcp_if_include=VALUE"
      ) { try variable.set("lo") }
      #expect(error?.code != 0)
    }

    @Test func wrongValues() throws {
      for variable in try MPIEnvironment.controlVariables.prefix(100) where variable.binding == .process {
        guard (try? variable.read()) != nil else { continue }
        let wrong: [VariableValue] =
          switch variable.type {
          case .integer, .unsigned: ["not one of its names", true, 1.5, [1, 2, 3]]
          case .double: ["half", true, []]
          case .boolean: ["maybe", 2.5, 1]
          case .string: [1, true, "a\0b", .string(String(repeating: "long", count: 100_000))]
          case nil: []
          }
        for value in wrong {
          let error = expectError(.argument, "ControlVariable.set", naming: variable.name) { try variable.set(value) }
          #expect(error?.code == 0)
        }
      }
    }

    @Test func numbersThatDoNotFit() throws {
      guard let variable = try MPIEnvironment.controlVariables.first(where: { $0.type == .unsigned }) else { return }
      expectError(.argument, naming: "-1", "a number of 0 to") { try variable.set(-1) }
    }

    @Test func askingDoesNotChangeTheThreadLevel() throws {
      let level = MPIEnvironment.threadLevel
      _ = try MPIEnvironment.controlVariables
      #expect(MPIEnvironment.threadLevel == level)
      #expect(try world.allReduce(1, .sum) == world.size)
    }

    // MARK: Values

    @Test func values() {
      #expect(VariableValue.item("auto", -1).integer == -1 && VariableValue.item("auto", -1).string == "auto")
      #expect(VariableValue.unsigned(.max).integer == nil && VariableValue.unsigned(7).double == 7)
      #expect(VariableValue.list([1, .unsigned(2)]).integers == [1, 2])
      #expect(VariableValue.list([1, "two"]).integers == nil && VariableValue.integer(4).integers == [4])
      #expect(VariableValue.boolean(true).boolean == true && VariableValue.boolean(true).integer == nil)
      #expect(VariableValue.list([1, 2.5, "x", true]).description == "1, 2.5, x, true")
      #expect(VariableVerbosity.userBasic < .developerAll)
    }

    // MARK: Performance variables

    @Test func everyPerformanceVariableIsFoundByName() throws {
      for variable in try MPIEnvironment.performanceVariables {
        let found = try #require(
          try MPIEnvironment.performanceVariable(named: variable.name, kind: variable.kind), "\(variable.name)")
        #expect(found == variable && found.binding == variable.binding && found.isReadOnly == variable.isReadOnly)
      }
      #expect(try MPIEnvironment.performanceVariable(named: "no such variable") == nil)
    }

    @Test func everyPerformanceVariableIsReadOrRefused() throws {
      try MPIEnvironment.withPerformanceSession { session in
        for variable in try MPIEnvironment.performanceVariables {
          guard [.process, .communicator].contains(variable.binding) else {
            expectError(.unsupportedOperation, naming: "\(variable.binding)") {
              _ = try session.handle(for: variable)
            }
            continue
          }
          guard variable.type != nil, variable.kind != .generic else { continue }
          if variable.binding == .communicator {
            expectError(.argument, "PerformanceSession.handle", naming: variable.name, "on:") {
              _ = try session.handle(for: variable)
            }
          }
          if MPIEnvironment.vendor == .openMPI, variable.name.hasPrefix("mtl_psm") {
            expectError(.unsupportedOperation, naming: variable.name) { _ = try session.handle(for: variable) }
            continue
          }
          let handle = try session.handle(for: variable, on: world)
          try handle.start()
          #expect(try handle.read().elements.count == handle.count, "\(variable.name)")
          try handle.stop()
          if variable.isReadOnly {
            expectError(.unsupportedOperation, "PerformanceHandle.write", naming: variable.name) {
              try handle.write(handle.count == 1 ? 0 : .list(Array(repeating: 0, count: handle.count)))
            }
          }
        }
        try session.start()
        try session.stop()
        try session.reset()
      }
    }

    @Test func messagesThatWaitAreCounted() throws {
      let name = "pml_ob1_unexpected_msgq_length"
      guard let waiting = try MPIEnvironment.performanceVariable(named: name) else { return }
      #expect(waiting.binding == .communicator && waiting.isContinuous)
      let team = try world.duplicate()
      try MPIEnvironment.withPerformanceSession { session in
        let length = try session.handle(for: waiting, on: team)
        #expect(length.count == team.size && length.variable == waiting)
        try team.barrier()
        let outgoing = try team.nonblocking.send([1.5], to: team.right)
        _ = try team.probe(from: team.left)
        let before = try #require(try length.read().integers)
        #expect(before.count == team.size && before[team.left] >= 1)
        #expect(try team.receive(Double.self, from: team.left) == 1.5)
        _ = try outgoing.wait()
        #expect(try length.read().integers?[team.left] == before[team.left] - 1)
      }
    }

    @Test func aHandleEndsWithItsSession() throws {
      guard let variable = try MPIEnvironment.performanceVariables.first(where: { $0.binding == .process })
      else { return }
      var kept: PerformanceHandle?
      var session: PerformanceSession?
      try MPIEnvironment.withPerformanceSession {
        session = $0
        kept = try $0.handle(for: variable)
      }
      expectError(.environment, "PerformanceHandle.read", naming: variable.name) { _ = try kept?.read() }
      expectError(.environment, "PerformanceSession.handle") { _ = try session?.handle(for: variable) }
      expectError(.environment, "PerformanceSession.start") { try session?.start() }
    }

    @Test func whatIsThrownInASessionIsThrown() {
      struct Mishap: Error {}
      #expect(throws: Mishap.self) { try MPIEnvironment.withPerformanceSession { _ in throw Mishap() } }
    }

    // MARK: Categories

    @Test func categoriesHoldTheVariables() throws {
      let categories = try MPIEnvironment.variableCategories
      if [.openMPI, .mpich].contains(MPIEnvironment.vendor) { #expect(!categories.isEmpty) }
      let all = Set(try MPIEnvironment.controlVariables)
      let figures = Set(try MPIEnvironment.performanceVariables)
      for category in categories {
        #expect(!category.name.isEmpty)
        #expect(try MPIEnvironment.variableCategory(named: category.name) == category)
        #expect(try all.isSuperset(of: category.controlVariables))
        #expect(try figures.isSuperset(of: category.performanceVariables))
        _ = try category.categories
      }
      #expect(try MPIEnvironment.variableCategory(named: "no such category") == nil)
      let stamp = try MPIEnvironment.variableCategoriesStamp
      #expect(try MPIEnvironment.variableCategoriesStamp == stamp)
    }

    @Test func profilingIsForAProfiler() throws {
      try MPIEnvironment.setProfiling(level: 1)
    }
  }
}

/// Before MPI is started, which takes a program of its own.
@Suite struct ToolsBeforeMPITests {
  @Test(arguments: 0...2)
  func whatIsSetBeforehandHolds(ranks: Int) async throws {
    var names = ["coll_tuned_priority", "MPIR_CVAR_BCAST_MIN_PROCS"]
    // That by which ranks on one computer talk. Open MPI 5 lets no program set it.
    if ranks > 1 && MPIEnvironment.vendor == .openMPI && MPIEnvironment.vendorVersion.major == 4 {
      names.append("btl_vader_eager_limit")
    }
    let job = try await launch(
      executable(named: "test-program"), arguments: ["misbehaving", "variables"] + names, ranks: ranks,
      // UCX, which Open MPI may load, changes the code of mmap, and the address sanitizer's doesn't survive it.
      environment: ["UCX_MEM_EVENTS": "no"], timeLimit: .seconds(40))
    #expect(job.status == 0 && !job.isTimedOut)
    #expect(job.errorOutput == "")
    let expected =
      switch MPIEnvironment.vendor {
      case .openMPI: names.filter { !$0.hasPrefix("MPIR") }
      case .mpich: names.filter { $0.hasPrefix("MPIR") }
      default: []
      }
    for name in expected {
      #expect(job.output.components(separatedBy: "\(name) = 77").count == max(ranks, 1) + 1, "\(job.output)")
    }
  }
}
