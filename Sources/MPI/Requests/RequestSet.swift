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
@frozen
public struct RequestSet<Output>: ~Copyable {
  /// A request of the set. Its handles are in ``handles``.
  @usableFromInline @frozen
  struct Member {
    @usableFromInline var begun: Begun
    @usableFromInline var finish: (Status) throws(MPIError) -> Output
    @usableFromInline var status: Status
    /// Where its handles are. The last one has the status.
    @usableFromInline var slots: Range<Int>
    /// How many of its handles are under way.
    @usableFromInline var left: Int

    @inlinable @inline(__always)
    init(
      _ begun: Begun, _ finish: @escaping (Status) throws(MPIError) -> Output, _ status: Status, _ slots: Range<Int>,
      left: Int
    ) {
      self.begun = begun
      self.finish = finish
      self.status = status
      self.slots = slots
      self.left = left
    }
  }

  @usableFromInline var members: [Member?] = []
  /// The handles of all members, side by side, for MPI.
  @usableFromInline var handles = Handles.emptyList(like: CMPI_REQUEST_NULL)
  /// Whose each handle is.
  @usableFromInline var owners: [Int] = []
  /// How many members were not handed out.
  @usableFromInline var waiting = 0
  /// How many of those are over.
  @usableFromInline var ready = 0
  /// Whether any of them is of a file of an MPI that can't wait for those: see `Files/FileRequests.swift`.
  @usableFromInline var mustAsk = false

  /// An empty set.
  @inlinable
  public init() {}

  @inlinable
  deinit {
    // Whoever waited for all has nothing left to look at.
    if waiting > 0 { abandonAll() }
  }

  /// How many requests it holds that were not handed out yet.
  @inlinable
  public var count: Int { waiting }

  /// Whether all its requests were handed out, or it never had any.
  @inlinable
  public var isEmpty: Bool { count == 0 }

  /// Makes room for as many requests as will be appended, so that the set need not grow.
  @inlinable
  public mutating func reserveCapacity(_ capacity: Int) {
    members.reserveCapacity(capacity)
    handles.reserveCapacity(capacity)
    owners.reserveCapacity(capacity)
  }

  /// Adds a request, which gets the next number.
  @inlinable
  public mutating func append(_ request: consuming Request<Output>) {
    let (begun, finish, status) = request.taken()
    let first = handles.count
    if _fastPath(begun.handles.count == 1 && begun.handles.over == 0) {
      handles.append(begun.handles.first)
      owners.append(members.count)
    } else {
      appendHandles(begun.handles)
    }
    if _slowPath(begun.isFile) { mustAsk = mustAsk || CMPI_HAS_SAFE_FILE_REQUESTS == 0 }
    let left = begun.handles.count - begun.handles.over
    members.append(Member(begun, finish, status, first..<handles.count, left: left))
    waiting += 1
    if left == 0 { ready += 1 }
  }

  // MARK: Waiting

  /// Waits until all are over.
  ///
  /// C: `MPI_Waitall`. MPI-3.1, section 3.7.5.
  ///
  /// - Returns: the outputs of those that were not handed out yet, in order.
  /// - Throws: the error of the first that failed, after all are over.
  @inlinable
  public mutating func waitAll(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> [Output] {
    var outputs: [Output] = []
    outputs.reserveCapacity(count)
    var failed: MPIError? = nil
    for index in members.indices where members[index] != nil {
      do {
        try enter(index, file, line)
        for slot in members[index].unsafelyUnwrapped.slots where handles[slot] != CMPI_REQUEST_NULL {
          let code: CInt
          if _slowPath(mustAsk) {
            code = waitByAsking(slot)
          } else {
            code = MPI_Wait(&handles[slot], &members[index]!.status.value)
          }
          try complete(slot, code)
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
  @inlinable
  public mutating func waitAny(
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> (index: Int, output: Output)? {
    guard count > 0 else { return nil }
    if let index = firstReady() { return (index, try handOut(index)) }
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
  @inlinable
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
  @inlinable
  public mutating func testAll() throws(MPIError) -> [Output]? {
    for slot in handles.indices where handles[slot] != CMPI_REQUEST_NULL {
      guard let code = test(slot) else { return nil }
      try complete(slot, code)
    }
    return try waitAll()
  }

  /// The number and the output of one that is over, or nil where none is.
  ///
  /// C: `MPI_Testany`. MPI-3.1, section 3.7.5.
  @inlinable
  public mutating func testAny() throws(MPIError) -> (index: Int, output: Output)? {
    if let index = firstReady() { return (index, try handOut(index)) }
    if mustAsk {
      for slot in handles.indices where handles[slot] != CMPI_REQUEST_NULL {
        guard let code = test(slot) else { continue }
        let status = members[owners[slot]]!.status
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
  @inlinable
  public mutating func testSome() throws(MPIError) -> [(index: Int, output: Output)] {
    var found: [(index: Int, output: Output)] = []
    while let one = try testAny() { found.append(one) }
    return found
  }

  // MARK: Within

  /// Appends the handles of an operation that has several, or is over.
  @usableFromInline @inline(never)
  mutating func appendHandles(_ under: Handles) {
    for index in 0..<under.count {
      handles.append(index < under.over ? CMPI_REQUEST_NULL : index == 0 ? under.first : under.others!.list[index - 1])
      owners.append(members.count)
    }
  }

  /// The first member that is over and was not handed out.
  @inlinable
  func firstReady() -> Int? { ready == 0 ? nil : members.firstIndex { $0?.left == 0 } }

  /// MPI's code for a handle that is over, whose member has its status then; nil while it is under way.
  @usableFromInline
  mutating func test(_ slot: Int) -> CInt? {
    let member = owners[slot]
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

  /// Waits for a handle where MPI can't, and returns its code.
  @usableFromInline @inline(never)
  mutating func waitByAsking(_ slot: Int) -> CInt {
    while true {
      if let code = test(slot) { return code }
    }
  }

  /// In checked mode, says what is waited for, and makes sure that the ranks agree.
  @inlinable @inline(__always)
  func enter(_ index: Int, _ file: StaticString, _ line: Int) throws(MPIError) {
    if _slowPath(members[index].unsafelyUnwrapped.begun.checks != nil) { try enterChecked(index, CallSite(file, line)) }
  }

  @usableFromInline @inline(never)
  func enterChecked(_ index: Int, _ site: CallSite) throws(MPIError) {
    guard let begun = members[index]?.begun else { return }
    begun.communicator.enterChecked("the wait for ", begun.operation, site, begun: begun.checks?.site)
    for member in members { try member?.begun.checks?.comparison?.finish() }
  }

  /// Notes that a handle is over; or throws its error, and its member is out of the set.
  @inlinable @inline(__always)
  mutating func complete(_ slot: Int, _ code: CInt) throws(MPIError) {
    let index = owners[slot]
    members[index]!.left -= 1
    if members[index].unsafelyUnwrapped.left == 0 { ready += 1 }
    if _slowPath(code != 0 || members[index].unsafelyUnwrapped.begun.checks != nil) { try leave(index, code) }
  }

  /// Ends a call: throws what MPI's return value means, unless it means success.
  @usableFromInline @inline(never)
  mutating func leave(_ index: Int, _ code: CInt) throws(MPIError) {
    guard let begun = members[index]?.begun else { return }
    do { try begun.communicator.check(code, begun.operation) } catch {
      drop(index)
      throw error
    }
  }

  /// Notes what `MPI_Waitany` found, and hands out the member whose last handle it is.
  @inlinable
  mutating func arrived(
    _ code: CInt, _ slot: CInt, _ status: Status
  ) throws(MPIError) -> (index: Int, output: Output)? {
    guard slot != CMPI_UNDEFINED else { return nil }
    let slot = Int(slot)
    let index = owners[slot]
    if slot == members[index]!.slots.upperBound - 1 { members[index]!.status = status }
    try complete(slot, code)
    guard members[index]?.left == 0 else { return nil }
    return (index, try handOut(index))
  }

  /// Takes a member that is over out of the set.
  @inlinable @inline(__always)
  mutating func handOut(_ index: Int) throws(MPIError) -> Output {
    let member = members[index].take().unsafelyUnwrapped
    member.begun.unwatch()
    waiting -= 1
    ready -= 1
    return try member.finish(member.status)
  }

  /// Takes a member out of the set that has failed, and leaves to the runtime what is under way of it.
  private mutating func drop(_ index: Int) {
    guard let member = members[index].take() else { return }
    abandon(member)
    for slot in member.slots { handles[slot] = CMPI_REQUEST_NULL }
    waiting -= 1
    if member.left == 0 { ready -= 1 }
  }

  @usableFromInline @inline(never)
  func abandonAll() {
    for case let member? in members { abandon(member) }
  }

  /// Leaves what is under way of a member to the runtime.
  private func abandon(_ member: Member) {
    var begun = member.begun
    begun.handles = Handles()
    for slot in member.slots where handles[slot] != CMPI_REQUEST_NULL {
      begun.handles.next = handles[slot]
      _ = begun.handles.keep(0)
    }
    if begun.handles.areOver { begun.unwatch() } else { begun.abandon(memory: member.finish) }
  }
}
