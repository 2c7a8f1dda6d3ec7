// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import MPI

/// The table of what MPIs get wrong, and the page that is made of it.
struct FaultTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL

  @Test("The page of the documentation is the table; MPI_WRITE_PAGES=1 writes it")
  func page() throws {
    let file = root.appending(path: "Sources/MPI/MPI.docc/FaultsOfMPIs.md")
    let page = Self.page()
    if ProcessInfo.processInfo.environment["MPI_WRITE_PAGES"] == "1" {
      try page.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == page)
  }

  @Test("Each fault is named where it is avoided, refused, documented or tested")
  func namesAreUsed() throws {
    var text = ""
    for folder in ["Sources", "Tests"] {
      let files = try #require(
        FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil))
      for case let file as URL in files where ["swift", "h"].contains(file.pathExtension) {
        if file.path.contains("/Faults/") || file.lastPathComponent == "FaultTests.swift" { continue }
        text += try String(contentsOf: file, encoding: .utf8)
      }
    }
    for fault in Fault.allCases where !fault.record.remedy.hasPrefix("A program must") {
      #expect(
        text.contains(".\(fault)") || text.contains("/\(fault)"),
        "\(fault) is in the table, and nothing in the package knows it")
    }
  }

  @Test("A fault is in the versions from the first through the last, or in all later ones")
  func versions() {
    func has(_ fault: Fault, _ vendor: MPIEnvironment.Vendor, _ major: Int, _ minor: Int, _ patch: Int) -> Bool {
      fault.isIn(vendor, Fault.Version(major, minor, patch))
    }
    #expect(has(.partialElementAborts, .mpich, 4, 0, 3) && has(.partialElementAborts, .mpich, 5, 0, 2))
    #expect(!has(.partialElementAborts, .mpich, 4, 0, 2) && !has(.partialElementAborts, .mpich, 5, 0, 3))
    #expect(!has(.partialElementAborts, .openMPI, 4, 1, 4))
    #expect(has(.reorderedGraphsAbort, .openMPI, 3, 1, 6) && has(.reorderedGraphsAbort, .openMPI, 4, 1, 99))
    #expect(!has(.reorderedGraphsAbort, .openMPI, 5, 0, 0))
    #expect(has(.logicalAccumulatesAreLost, .openMPI, 4, 1, 4) && has(.logicalAccumulatesAreLost, .openMPI, 6, 0, 0))
    #expect(!has(.bitwiseAccumulatesAreLost, .openMPI, 4, 1, 4) && has(.bitwiseAccumulatesAreLost, .openMPI, 5, 0, 11))
    #expect(Fault.allCases.allSatisfy { !has($0, .other, 1, 0, 0) })
  }

  @Test("Each record says which MPIs, what happens and what is done")
  func records() {
    for fault in Fault.allCases {
      let record = fault.record
      #expect(!record.mpis.isEmpty)
      #expect(record.what.hasSuffix(".") && record.remedy.hasSuffix("."), "\(fault)")
      #expect(record.mpis.allSatisfy { mpi in mpi.last.map { mpi.first <= $0 } ?? true })
    }
  }

  // MARK: The page

  private static func page() -> String {
    var lines = [
      "# Faults of MPIs", "",
      "What the MPIs get wrong that this package was tried with, and what it does about it.", "",
      "## Overview", "",
      """
      The versions that were tried are Open MPI 4.1.4 and 5.0.11, and MPICH 4.0.2 and 5.0.2. Most faults were seen in \
      programs in C, too. "None" in the last column means that the package can do nothing: tests that meet the fault are \
      skipped with that MPI.
      """, "",
      "This page is made from the table in the source code, by the tests.", "",
      "| MPI | what it does | what is done about it |", "|---|---|---|",
    ]
    for fault in Fault.allCases {
      let record = fault.record
      let mpis = record.mpis.map { "\($0.vendor.rawValue) \(words($0))" }.joined(separator: "; ")
      lines.append("| \(mpis) | It \(record.what) | \(record.remedy) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func words(_ mpi: Fault.Versions) -> String {
    let from = mpi.first == Fault.Version(0) ? nil : number(mpi.first)
    guard let last = mpi.last else { return from.map { "from \($0) on" } ?? "(all)" }
    return from.map { "\($0) to \(number(last))" } ?? "up to \(number(last))"
  }

  private static func number(_ version: Fault.Version) -> String {
    [version.major, version.minor, version.patch].filter { $0 != .max }.map(String.init).joined(separator: ".")
  }
}
