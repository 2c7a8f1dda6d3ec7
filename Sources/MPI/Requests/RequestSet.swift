import CMPI

/// Requests that are waited for together: all of them, any one, or those that are over.
///
/// ```swift
/// var incoming = RequestSet<[Double]>()
/// for neighbor in neighbors {
///   try incoming.append(world.nonblocking.receive(Double.self, count: 100, from: neighbor))
/// }
/// while let (index, ghost) = try incoming.waitAny() { use(ghost, from: neighbors[index]) }
/// ```
///
/// A request is known by its number, in the order in which they were appended. ``Request/map(_:)`` brings requests of unlike
/// outputs together. What is left in a set that is dropped is dropped as single requests are.
///
/// C: arrays of `MPI_Request`. MPI-3.1, section 3.7.5.
public struct RequestSet<Output>: ~Copyable {
  private struct Member {
    var begun: Begun
    var finish: (Status) throws(MPIError) -> Output
    var status: Status
    /// How many of its handles are under way.
    var left: Int
  }

  private var members: [Member?] = []
  /// The handles of all members, side by side, for MPI.
  private var handles = Array(repeating: CMPI_REQUEST_NULL, count: 0)
  /// Whose each handle is, and whether it is the last of its member, which has the status.
  private var owners: [(member: Int, isLast: Bool)] = []
  /// Whether any of them is of a file of an MPI that can't wait for those: see `Files/FileRequests.swift`.
  private var mustAsk = false

  /// An empty set.
  public init() {}

  deinit {
    for index in members.indices { members[index].map { abandon($0, index) } }
  }

  /// How many requests it holds that were not handed out yet.
  public private(set) var count = 0

  /// Whether all its requests were handed out, or it never had any.
  public var isEmpty: Bool { count == 0 }

  /// Adds a request, which gets the next number.
  public mutating func append(_ request: consuming Request<Output>) {
    let (begun, finish, status) = request.taken()
    let under = begun.handles
    mustAsk = mustAsk || begun.isFile && CMPI_HAS_SAFE_FILE_REQUESTS == 0
    for index in 0..<under.count {
      handles.append(index < under.over ? CMPI_REQUEST_NULL : index == 0 ? under.first : under.others[index - 1])
      owners.append((members.count, index == under.count - 1))
    }
    members.append(Member(begun: begun, finish: finish, status: status, left: under.count - under.over))
    count += 1
  }

  // MARK: Waiting

  /// Waits until all are over.
  ///
  /// C: `MPI_Waitall`. MPI-3.1, section 3.7.5.
  ///
  /// - Returns: the outputs of those that were not handed out yet, in order.
  /// - Throws: the error of the first that failed, after all are over.
  public mutating func waitAll(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> [Output] {
    var outputs: [Output] = []
    outputs.reserveCapacity(count)
    var failed: MPIError? = nil
    for index in members.indices where members[index] != nil {
      do {
        try enter(index, file, line)
        for slot in slots(of: index) where handles[slot] != CMPI_REQUEST_NULL {
          var code: CInt? = nil
          if mustAsk {
            while code == nil { code = test(slot) }
          } else {
            code = MPI_Wait(&handles[slot], &members[index]!.status.value)
          }
          try complete(slot, code ?? 0)
        }
        outputs.append(try handOut(index))
      } catch {
        failed = failed ?? error
      }
    }
    if let failed { throw failed }
    return outputs
  }

  /// Waits until one is over that was not handed out yet.
  ///
  /// C: `MPI_Waitany`. MPI-3.1, section 3.7.5.
  ///
  /// - Returns: its number and its output; nil where all were handed out.
  /// - Throws: the error of the one that failed, which is out of the set then.
  public mutating func waitAny(
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> (index: Int, output: Output)? {
    guard count > 0 else { return nil }
    if let ready = members.firstIndex(where: { $0?.left == 0 }) { return (ready, try handOut(ready)) }
    if let first = members.firstIndex(where: { $0 != nil }) { try enter(first, file, line) }
    while mustAsk {
      if let found = try testAny() { return found }
    }
    while true {
      var slot: CInt = 0
      var status = Status()
      let code = MPI_Waitany(CInt(handles.count), &handles, &slot, &status.value)
      if let (index, output) = try arrived(code, slot, status) { return (index, output) }
    }
  }

  /// Waits until one at least is over, and takes all that are.
  ///
  /// C: `MPI_Waitsome`. MPI-3.1, section 3.7.5.
  ///
  /// - Returns: their numbers and outputs; none where all were handed out.
  public mutating func waitSome(
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [(index: Int, output: Output)] {
    guard let first = try waitAny(file: file, line: line) else { return [] }
    return try [first] + testSome()
  }

  // MARK: Asking

  /// The outputs of all, where all are over; nil where one is under way.
  ///
  /// C: `MPI_Testall`. MPI-3.1, section 3.7.5.
  public mutating func testAll() throws(MPIError) -> [Output]? {
    for index in members.indices where members[index] != nil {
      for slot in slots(of: index) where handles[slot] != CMPI_REQUEST_NULL {
        guard let code = test(slot) else { return nil }
        try complete(slot, code)
      }
    }
    return try waitAll()
  }

  /// The number and the output of one that is over, or nil where none is.
  ///
  /// C: `MPI_Testany`. MPI-3.1, section 3.7.5.
  public mutating func testAny() throws(MPIError) -> (index: Int, output: Output)? {
    if let ready = members.firstIndex(where: { $0?.left == 0 }) { return (ready, try handOut(ready)) }
    if mustAsk {
      for slot in handles.indices where handles[slot] != CMPI_REQUEST_NULL {
        guard let code = test(slot) else { continue }
        let status = members[owners[slot].member]!.status
        if let found = try arrived(code, CInt(slot), status) { return found }
      }
      return nil
    }
    while count > 0 {
      var slot: CInt = 0
      var flag: CInt = 0
      var status = Status()
      let code = MPI_Testany(CInt(handles.count), &handles, &slot, &flag, &status.value)
      guard flag != 0 || code != 0 else { return nil }
      if let (index, output) = try arrived(code, slot, status) { return (index, output) }
    }
    return nil
  }

  /// The numbers and the outputs of all that are over; none where none is.
  ///
  /// C: `MPI_Testsome`. MPI-3.1, section 3.7.5.
  public mutating func testSome() throws(MPIError) -> [(index: Int, output: Output)] {
    var found: [(index: Int, output: Output)] = []
    while let one = try testAny() { found.append(one) }
    return found
  }

  // MARK: Within

  /// MPI's code for a handle that is over, whose member has its status then; nil while it is under way.
  private mutating func test(_ slot: Int) -> CInt? {
    let member = owners[slot].member
    var one = Handles()
    one.next = handles[slot]
    _ = one.keep(0)
    var status = members[member]!.status
    defer { members[member]!.status = status }
    let isFile = members[member]!.begun.isFile
    let code = isFile ? one.testFile(&status) : one.test(&status)
    handles[slot] = one.first
    return one.areOver ? code : nil
  }

  private func slots(of member: Int) -> [Int] { owners.indices.filter { owners[$0].member == member } }

  /// In checked mode, says what is waited for, and makes sure that the ranks agree.
  private mutating func enter(_ index: Int, _ file: StaticString, _ line: Int) throws(MPIError) {
    guard let begun = members[index]?.begun, begun.communicator.isChecked != 0 else { return }
    begun.communicator.enterChecked("the wait for ", begun.operation, CallSite(file, line), begun: begun.checks?.site)
    for member in members { try member?.begun.checks?.comparison?.finish() }
  }

  /// Notes that a handle is over; or throws its error, and its member is out of the set.
  private mutating func complete(_ slot: Int, _ code: CInt) throws(MPIError) {
    let index = owners[slot].member
    guard let begun = members[index]?.begun else { return }
    members[index]!.left -= 1
    do { try begun.communicator.check(code, begun.operation) } catch {
      drop(index)
      throw error
    }
  }

  /// Notes what `MPI_Waitany` found, and hands out the member whose last handle it is.
  private mutating func arrived(
    _ code: CInt, _ slot: CInt, _ status: Status
  ) throws(MPIError) -> (index: Int, output: Output)? {
    guard slot != CMPI_UNDEFINED else { return nil }
    let (index, isLast) = owners[Int(slot)]
    if isLast { members[index]?.status = status }
    try complete(Int(slot), code)
    guard members[index]?.left == 0 else { return nil }
    return (index, try handOut(index))
  }

  /// Takes a member that is over out of the set.
  private mutating func handOut(_ index: Int) throws(MPIError) -> Output {
    let member = members[index]!
    member.begun.unwatch()
    members[index] = nil
    count -= 1
    return try member.finish(member.status)
  }

  private mutating func drop(_ index: Int) {
    guard let member = members[index] else { return }
    abandon(member, index)
    for slot in slots(of: index) { handles[slot] = CMPI_REQUEST_NULL }
    members[index] = nil
    count -= 1
  }

  /// Leaves what is under way of a member to the runtime.
  private func abandon(_ member: Member, _ index: Int) {
    var begun = member.begun
    begun.handles = Handles()
    for slot in slots(of: index) where handles[slot] != CMPI_REQUEST_NULL {
      begun.handles.next = handles[slot]
      _ = begun.handles.keep(0)
    }
    if begun.handles.areOver { begun.unwatch() } else { begun.abandon(memory: member.finish) }
  }
}
