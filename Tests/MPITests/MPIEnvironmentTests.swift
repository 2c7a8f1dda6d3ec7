// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import Testing

extension OnEveryRank {
  @Suite struct MPIEnvironmentTests {
    let world = Communicator.world

    @Test func itRuns() {
      #expect(MPIEnvironment.isInitialized && MPIEnvironment.isRunning && !MPIEnvironment.isFinalized)
    }

    @Test func library() {
      #expect(!MPIEnvironment.libraryVersion.isEmpty)
      #expect(MPIEnvironment.vendor != .other)
      #expect(MPIEnvironment.libraryVersion.contains(MPIEnvironment.vendor == .intel ? "Intel" : "MPI"))
      let version = MPIEnvironment.vendorVersion
      #expect(version.major > 0)
      #expect(MPIEnvironment.libraryVersion.contains("\(version.major).\(version.minor)"))
    }

    @Test func standard() {
      #expect(MPIEnvironment.standardVersion >= (3, 1))
    }

    @Test func processorNameIsTheSameOnOneMachine() throws {
      let names = try world.allGather(object: MPIEnvironment.processorName)
      #expect(!MPIEnvironment.processorName.isEmpty)
      #expect(Set(names).count == 1)
    }

    @Test func hardwareResources() throws {
      guard MPIEnvironment.supports(.hardwareResources) else {
        expectError(.notSupported, "hardwareResources", naming: "MPI 4.1") { _ = try MPIEnvironment.hardwareResources }
        return
      }
      // What it lists can be split by.
      for name in try MPIEnvironment.hardwareResources.keys {
        #expect(name.contains("://"))
      }
    }

    @Test func binaryInterface() {
      guard let version = MPIEnvironment.standardABI else {
        #expect(MPIEnvironment.abiInfo.isEmpty)
        return
      }
      #expect(version >= (1, 0))
      #expect(MPIEnvironment.standardVersion >= (5, 0))
      #expect(MPIEnvironment.abiInfo["mpi_aint_size"] == "\(MemoryLayout<Int>.size)", "\(MPIEnvironment.abiInfo)")
    }

    @Test func threadLevels() {
      #expect(MPIEnvironment.threadLevel == .multiple)
      #expect(ThreadLevel.allCases == ThreadLevel.allCases.sorted())
      #expect(ThreadLevel.single < .funneled && .serialized < ThreadLevel.multiple)
    }

    @Test func wallTimeGoesOn() {
      let start = MPIEnvironment.wallTime
      while MPIEnvironment.wallTime <= start {}
      #expect(MPIEnvironment.wallTimeResolution > 0 && MPIEnvironment.wallTimeResolution < 1)
    }
  }
}
