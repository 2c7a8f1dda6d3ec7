import CMPI

/// An operation under way, which owns the memory that MPI reads or fills until it is over.
///
/// ```swift
/// let incoming = try world.nonblocking.receive(Double.self, count: 100, from: left)
/// let outgoing = try world.nonblocking.send(edge, to: right)
/// work()
/// let ghost = try incoming.wait()
/// let sameEdge = try outgoing.wait()
/// ```
///
/// ``wait()`` ends it and gives the memory back: elements that were sent, or that came. The compiler sees to it that a
/// request is waited for once. One that is dropped is canceled where it is a receive; a send goes on, and its memory is
/// kept until it is done.
///
/// C: `MPI_Request`. MPI-3.1, section 3.7.
public struct Request<Output>: ~Copyable {
  private let communicator: Communicator
  private let operation: StaticString
  /// Makes the output of a request that is over. It holds the memory, too.
  private let finish: (Status) throws(MPIError) -> Output
  private var handle = CMPI_REQUEST_NULL
  private var status = Status()
  /// Whether MPI still works on it.
  private var isUnderWay = true
  private let isReceive: Bool

  /// A request that MPI has begun.
  ///
  /// - Parameters:
  ///   - communicator: what it was begun on, for errors.
  ///   - operation: what it was begun by, for errors.
  ///   - isReceive: whether it is canceled when it is dropped.
  ///   - finish: makes the output. It must hold the memory that MPI was given.
  ///   - handle: MPI's.
  @usableFromInline
  init(
    _ communicator: Communicator, _ operation: StaticString, isReceive: Bool,
    finish: @escaping (Status) throws(MPIError) -> Output, handle: MPI_Request
  ) {
    self.communicator = communicator
    self.operation = operation
    self.isReceive = isReceive
    self.finish = finish
    self.handle = handle
  }

  deinit {
    guard isUnderWay else { return }
    Runtime.release(.request(AbandonedRequest(unwrapped(handle), memory: finish, cancel: isReceive)))
  }

  /// Waits until it is over.
  ///
  /// C: `MPI_Wait`. MPI-3.1, section 3.7.3.
  ///
  /// - Returns: the elements that came, as many as came; or those that were sent.
  /// - Throws: what the operation throws, such as ``ErrorClass/truncate`` for a message longer than the memory.
  public consuming func wait() throws(MPIError) -> Output {
    if isUnderWay {
      isUnderWay = false
      try communicator.check(MPI_Wait(&handle, &status.value), operation)
    }
    return try finish(status)
  }

  /// Whether it is over, without waiting. It lets MPI do some work, so ask now and then while you compute.
  ///
  /// C: `MPI_Test`. MPI-3.1, section 3.7.3.
  public mutating func test() throws(MPIError) -> Bool {
    guard isUnderWay else { return true }
    var flag: CInt = 0
    let code = MPI_Test(&handle, &flag, &status.value)
    isUnderWay = code == 0 && flag == 0
    try communicator.check(code, operation)
    return !isUnderWay
  }
}

/// A request whose owner dropped it, and the memory that it needs until it is over.
final class AbandonedRequest {
  private var handle = CMPI_REQUEST_NULL
  private let memory: Any
  private var mustCancel: Bool

  init(_ handle: MPI_Request, memory: Any, cancel: Bool) {
    self.handle = handle
    self.memory = memory
    self.mustCancel = cancel
  }

  /// Whether it is over. Called by a thread that may call MPI.
  var isOver: Bool {
    if mustCancel {
      mustCancel = false
      MPI_Cancel(&handle)
    }
    var flag: CInt = 0
    return MPI_Test(&handle, &flag, CMPI_STATUS_IGNORE) != 0 || flag != 0
  }
}
