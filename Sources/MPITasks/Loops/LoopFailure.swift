import MPI

/// What a loop throws, on every rank, when its closure has thrown on any.
///
/// All ranks have put their work down, and the communicator can be used as before.
///
/// ```swift
/// do {
///   try world.forEach(0..<rows) { row in try check(row) }
/// } catch let failure as LoopFailure {
///   print(failure)  // index 17 on rank 2 (node04): no such file
///   if let error = failure.error(as: CheckError.self) { … }
/// }
/// ```
public struct LoopFailure: Error, Sendable, Hashable {
  /// The index for which the closure threw: the lowest, where it threw for several before all ranks had stopped.
  public let index: Int
  /// The rank on which it threw.
  public let rank: Int
  /// The name of that rank's host.
  public let host: String
  /// The error in words.
  public let message: String
  let payload: [UInt8]?

  /// The error itself, where it is of this type and `Codable`; else nil.
  public func error<Failure: Error & Decodable>(as type: Failure.Type) -> Failure? {
    payload.flatMap { try? ObjectCoder.decode(type, from: $0) }
  }

  init(_ error: any Error, index: Int, rank: Int) {
    self.index = index
    self.rank = rank
    host = MPIEnvironment.processorName
    message = "\(error)"
    payload = (error as? any Encodable).flatMap { Self.encoded($0) }
  }

  private static func encoded<Value: Encodable>(_ value: Value) -> [UInt8]? { try? ObjectCoder.encode(value) }
}

extension LoopFailure: Codable {}

extension LoopFailure: CustomStringConvertible {
  /// Index, rank, host, and the error in words.
  public var description: String { "index \(index) of a loop, on rank \(rank) (\(host)): \(message)" }
}
