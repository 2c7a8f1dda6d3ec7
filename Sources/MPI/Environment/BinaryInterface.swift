// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension MPIEnvironment {
  /// The version of the standard's binary interface that this program was built for and the library has, such as (1,
  /// 0); nil if either has one of its own.
  ///
  /// A program that was built for it runs with any MPI that has it, without being built again.
  ///
  /// C: `MPI_Abi_get_version`. MPI-5.0, section 20.2.
  public static let standardABI: (major: Int, minor: Int)? = {
    var major: CInt = -1
    var minor: CInt = -1
    guard cmpi_abi_get_version(&major, &minor) == 0, major >= 0 else { return nil }
    return (Int(major), Int(minor))
  }()

  /// The properties that the standard's binary interface leaves open, such as the sizes of MPI's integers; empty if
  /// there are none.
  ///
  /// C: `MPI_Abi_get_info`. MPI-5.0, section 20.2.
  public static var abiInfo: [String: String] {
    var info = CMPI_INFO_NULL
    guard standardABI != nil, cmpi_abi_get_info(&info) == 0, info != CMPI_INFO_NULL else { return [:] }
    defer { MPI_Info_free(&info) }
    return (try? entries(of: unwrapped(info), "abiInfo")) ?? [:]
  }
}
