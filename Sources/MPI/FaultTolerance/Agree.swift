// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

extension Communicator {
  /// The bitwise AND of all surviving ranks' values.
  ///
  /// All survivors get the same result even if a rank fails during the call.
  ///
  /// Collective over the ranks that live; it works on a revoked communicator, too.
  ///
  /// C: `MPIX_Comm_agree`. Open MPI 5.0, "ULFM".
  ///
  /// - Parameter flag: 32 bits.
  /// - Throws: ``ErrorClass/processFailed`` on every rank if one has failed that not all have taken note of by
  ///   ``acknowledgeFailures()``; ``ErrorClass/argument`` for a number of more bits; ``ErrorClass/notSupported``, as
  ///   ``failedRanks`` does.
  public final func agree(
    _ flag: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Int {
    try MPIEnvironment.require(.faultTolerance, "agree")
    var agreed = try bits(flag)
    enter("agree", file, line)
    try check(cmpi_comm_agree(rawValue, &agreed), "agree")
    return Int(agreed)
  }

  /// Whether every surviving rank passes true: the same answer on all of them, even if a rank fails during the call.
  ///
  /// C: `MPIX_Comm_agree`. Open MPI 5.0, "ULFM". See ``agree(_:file:line:)-(Int,_,_)``.
  public final func agree(
    _ yes: Bool, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Bool {
    try agree(yes ? 1 : 0, file: file, line: line) != 0
  }

  fileprivate final func bits(_ flag: Int) throws(MPIError) -> CInt {
    guard let bits = CInt(exactly: flag) else {
      throw failure(.argument, "agree", "\(flag) has more than the 32 bits that can be agreed on")
    }
    return bits
  }
}

extension Nonblocking where Base: Communicator {
  /// Begins to agree.
  ///
  /// C: `MPIX_Comm_iagree`. Open MPI 5.0, "ULFM". See ``Communicator/agree(_:file:line:)-(Int,_,_)``.
  public func agree(
    _ flag: Int, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Request<Int> {
    try MPIEnvironment.require(.faultTolerance, "agree")
    let memory = try Memory([communicator.bits(flag)])
    // Not compared in checked mode: the ranks that failed would be waited for.
    var begun = communicator.begin("agree", .collective, file, line)
    let code = begun.handles.keep(cmpi_comm_iagree(communicator.rawValue, memory.start, &begun.handles.next))
    return try begun.request(code) { (_, _) throws(MPIError) in Int(memory.buffer[0]) }
  }
}
