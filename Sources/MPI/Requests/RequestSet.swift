// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI

/// Requests that are waited for together: all of them, any one, or those that have completed.
///
/// ```swift
/// var incoming = RequestSet<[Double]>()
/// for neighbor in neighbors {
///   try incoming.append(world.nonblocking.receive(Double.self, count: 100, from: neighbor))
/// }
/// while let (index, ghost) = try incoming.waitAny() { use(ghost, from: neighbors[index]) }
/// ```
///
/// A request is known by its number, in the order in which they were appended. ``Request/map(_:)`` brings requests of
/// different outputs together. What is left in a set that is dropped is dropped as single requests are.
///
/// C: arrays of `MPI_Request`. MPI-3.1, section 3.7.5.
@frozen
public struct RequestSet<Output>: ~Copyable {
  /// A request of the set. Its handles are in ``handles``.
  @usableFromInline @frozen
  struct Member: ~Copyable {
    @usableFromInline var parts: Request<Output>.Parts
    /// Where its handles are. The last one has the status.
    @usableFromInline var slots: Range<Int32>
    /// How many of its handles are in flight.
    @usableFromInline var left: Int32

    @inlinable @inline(__always)
    init(_ parts: consuming Request<Output>.Parts, _ slots: Range<Int>, left: Int) {
      self.parts = parts
      self.slots = Int32(truncatingIfNeeded: slots.lowerBound)..<Int32(truncatingIfNeeded: slots.upperBound)
      self.left = Int32(truncatingIfNeeded: left)
    }
  }

  /// Room for the members, which are not copied; nil is one that was handed out. Of it ``size`` are in use.
  @usableFromInline var members = UnsafeMutableBufferPointer<Member?>(start: nil, count: 0)
  @usableFromInline var size = 0
  /// The handles of all members, side by side, for MPI.
  @usableFromInline var handles = Handles.emptyList(like: CMPI_REQUEST_NULL)
  /// The place of the member that each handle belongs to.
  @usableFromInline var owners: [Int] = []
  /// How many members were handed out whose places are used for others. The next request's number is that many more
  /// than its place.
  @usableFromInline var reused = 0
  /// The number of each member, if there are such places. Else a member's number is its place.
  @usableFromInline var numbers: [Int] = []
  /// How many members were not handed out.
  @usableFromInline var waiting = 0
  /// How many of those have completed.
  @usableFromInline var ready = 0
  /// What was taken by a call that threw another's error, with its number.
  @usableFromInline var returned: [(index: Int, output: Output)] = []
  /// Whether any of them is of a file of an MPI that can't wait for those: see `Files/FileRequests.swift`.
  @usableFromInline var mustAsk = false

  /// An empty set.
  @inlinable
  public init() {}

  @inlinable
  deinit {
    // After a wait for all, nothing is left to look at.
    if waiting > 0 { abandonAll() }
    members.baseAddress?.deinitialize(count: size)
    members.deallocate()
  }

  /// The number of requests in the set that were not returned yet.
  @inlinable
  public var count: Int { waiting + returned.count }

  /// Whether all its requests were handed out, or it never had any.
  @inlinable
  public var isEmpty: Bool { count == 0 }

  /// Makes room for as many requests as will be appended, so that the set need not grow.
  ///
  /// - Parameter capacity: how many requests will be appended in all.
  @inlinable
  public mutating func reserveCapacity(_ capacity: Int) {
    if capacity > members.count { grow(to: capacity) }
    handles.reserveCapacity(capacity)
    owners.reserveCapacity(capacity)
  }

  /// Adds a request, which gets the next number.
  ///
  /// - Parameter request: it belongs to the set from then on.
  @inlinable
  public mutating func append(_ request: consuming Request<Output>) {
    if _slowPath(size == members.count) { makeRoom() }
    let parts = request.taken()
    let first = handles.count
    let left = parts.begun.handles.count - parts.begun.handles.over
    if _fastPath(parts.begun.handles.count == 1 && left == 1) {
      handles.append(parts.begun.handles.first)
      owners.append(size)
    } else {
      appendHandles(parts.begun.handles)
    }
    if _slowPath(parts.begun.isFile) { mustAsk = mustAsk || FileFaults.mustBeAsked }
    if _slowPath(reused != 0) { numbers.append(size + reused) }
    (members.baseAddress! + size).initialize(to: Member(parts, first..<handles.count, left: left))
    size += 1
    waiting += 1
    if left == 0 { ready += 1 }
  }

  // MARK: Waiting

  /// Waits until all have completed.
  ///
  /// C: `MPI_Waitall`. MPI-3.1, section 3.7.5.
  ///
  /// - Returns: the outputs of those that were not handed out yet, in order.
  /// - Throws: the error of the first that failed, after all have completed. It is out of the set then. The others
  ///   stay, for the next call.
  @inlinable
  public mutating func waitAll(file: StaticString = #fileID, line: Int = #line) throws(MPIError) -> [Output] {
    var outputs: [Output] = []
    outputs.reserveCapacity(count)
    // The number of each output, if it isn't its place.
    let numbers = _fastPath(waiting == size && reused == 0) ? nil : numbersLeft()
    for index in 0..<size where members[index] != nil {
      do {
        try enter(index, file, line)
        if _slowPath(members[index]!.left == 0) { try throwFailure(of: index) }
        let slots = members[index]!.slots
        for slot in Int(slots.lowerBound)..<Int(slots.upperBound) where handles[slot] != CMPI_REQUEST_NULL {
          try complete(slot, index, wait(slot, of: index))
        }
        outputs.append(try handOut(index))
      } catch {
        keep(outputs, numbers)
        completeAll()
        throw error
      }
    }
    if _fastPath(returned.isEmpty) { return outputs }
    keep(outputs, numbers)
    return takeReturned()
  }

  /// Waits until one has completed that was not handed out yet.
  ///
  /// C: `MPI_Waitany`. MPI-3.1, section 3.7.5.
  ///
  /// - Returns: its number and its output; nil if all were handed out.
  /// - Throws: the error of the one that failed, which is out of the set then.
  @inlinable
  public mutating func waitAny(
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> (index: Int, output: Output)? {
    guard count > 0 else { return nil }
    if _slowPath(!returned.isEmpty) { return returned.removeFirst() }
    if let index = firstReady() { return (number(of: index), try handOutReady(index)) }
    if let first = (0..<size).first(where: { members[$0] != nil }) { try enter(first, file, line) }
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

  /// Waits until one at least has completed, and takes all that have.
  ///
  /// C: `MPI_Waitsome`. MPI-3.1, section 3.7.5.
  ///
  /// - Returns: their numbers and outputs; none if all were handed out.
  /// - Throws: the error of the one that failed, which is out of the set then. The others stay, for the next call.
  @inlinable
  public mutating func waitSome(
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [(index: Int, output: Output)] {
    guard let first = try waitAny(file: file, line: line) else { return [] }
    return try some(after: [first])
  }

  // MARK: Asking

  /// The outputs of all, if all have completed; nil if one is in flight.
  ///
  /// C: `MPI_Testall`. MPI-3.1, section 3.7.5.
  ///
  /// - Throws: the error of the first that failed, which is out of the set then. The others stay, for the next call.
  @inlinable
  public mutating func testAll() throws(MPIError) -> [Output]? {
    for slot in handles.indices where handles[slot] != CMPI_REQUEST_NULL {
      guard let code = test(slot) else { return nil }
      try complete(slot, owners[slot], code)
    }
    return try waitAll()
  }

  /// The number and the output of one that has completed, or nil if none has.
  ///
  /// C: `MPI_Testany`. MPI-3.1, section 3.7.5.
  ///
  /// - Throws: the error of the one that failed, which is out of the set then.
  @inlinable
  public mutating func testAny() throws(MPIError) -> (index: Int, output: Output)? {
    if _slowPath(!returned.isEmpty) { return returned.removeFirst() }
    if let index = firstReady() { return (number(of: index), try handOutReady(index)) }
    if mustAsk {
      for slot in handles.indices where handles[slot] != CMPI_REQUEST_NULL {
        guard let code = test(slot) else { continue }
        let status = members[owners[slot]]!.parts.state
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

  /// The numbers and the outputs of all that have completed; none if none has.
  ///
  /// C: `MPI_Testsome`. MPI-3.1, section 3.7.5.
  ///
  /// - Throws: the error of the one that failed, which is out of the set then. The others stay, for the next call.
  @inlinable
  public mutating func testSome() throws(MPIError) -> [(index: Int, output: Output)] { try some(after: []) }

  // MARK: Within

  /// What was found, and all others that have completed.
  @inlinable
  mutating func some(after found: [(index: Int, output: Output)]) throws(MPIError) -> [(index: Int, output: Output)] {
    var found = found
    do {
      while let one = try testAny() { found.append(one) }
    } catch {
      returned = found
      throw error
    }
    return found
  }

  /// The numbers of those that were not handed out.
  @usableFromInline @inline(never)
  func numbersLeft() -> [Int] { (0..<size).filter { members[$0] != nil }.map { number(of: $0) } }

  /// Keeps outputs for the next call.
  @usableFromInline @inline(never)
  mutating func keep(_ outputs: [Output], _ numbers: [Int]?) {
    returned += outputs.enumerated().map { (numbers?[$0] ?? $0, $1) }
  }

  /// Takes what was kept, in the order of the numbers.
  @usableFromInline @inline(never)
  mutating func takeReturned() -> [Output] {
    defer { returned = [] }
    return returned.sorted { $0.index < $1.index }.map(\.output)
  }

  /// Waits until all have completed, and keeps their errors for the calls that hand them out.
  @usableFromInline @inline(never)
  mutating func completeAll() {
    for index in 0..<size where members[index] != nil {
      var failure = members[index]!.parts.state.failure
      for slot in members[index]!.slots.map({ Int($0) }) where handles[slot] != CMPI_REQUEST_NULL {
        let code = wait(slot, of: index)
        if failure == 0 { failure = code }
        members[index]!.left -= 1
        if members[index]!.left == 0 { ready += 1 }
      }
      members[index]!.parts.state.failure = failure
    }
  }

  /// Asks MPI to cancel the receives that are in flight. They are waited for all the same.
  @usableFromInline
  mutating func cancelReceives() {
    for index in 0..<size where members[index] != nil && members[index]!.parts.begun.kind == .receive {
      for slot in members[index]!.slots.map({ Int($0) }) where handles[slot] != CMPI_REQUEST_NULL {
        MPI_Cancel(&handles[slot])
      }
    }
  }

  /// Waits for a handle of a member, which has its status then, and returns MPI's code.
  @inlinable @inline(__always)
  mutating func wait(_ slot: Int, of index: Int) -> CInt {
    if _slowPath(mustAsk) { return waitByAsking(slot) }
    return MPI_Wait(&handles[slot], &members[index]!.parts.state.value)
  }

  /// Throws the error of a member that is known to have failed, which is out of the set then.
  @usableFromInline @inline(never)
  mutating func throwFailure(of index: Int) throws(MPIError) {
    let failure = members[index]!.parts.state.failure
    if failure != 0 { try leave(index, failure) }
  }

  /// Appends the handles of an operation that has several, or has completed.
  @usableFromInline @inline(never)
  mutating func appendHandles(_ under: Handles) {
    for index in 0..<under.count {
      handles.append(index < under.over ? CMPI_REQUEST_NULL : index == 0 ? under.first : under.others!.list[index - 1])
      owners.append(size)
    }
  }

  /// The first member that has completed and was not handed out.
  @inlinable
  func firstReady() -> Int? { ready == 0 ? nil : (0..<size).first { members[$0] != nil && members[$0]!.left == 0 } }

  /// MPI's code for a handle that has completed, whose member has its status then; nil while it is in flight.
  @usableFromInline
  mutating func test(_ slot: Int) -> CInt? {
    let member = owners[slot]
    var one = Handles()
    one.next = handles[slot]
    _ = one.keep(0)
    var status = members[member]!.parts.state
    defer { members[member]!.parts.state = status }
    let isFile = members[member]!.parts.begun.isFile
    let code = isFile ? one.testFile(&status) : one.test(&status)
    handles[slot] = one.first
    return one.areOver ? code : nil
  }

  /// Waits for a handle that MPI can't wait for, and returns its code.
  @usableFromInline @inline(never)
  mutating func waitByAsking(_ slot: Int) -> CInt {
    while true {
      if let code = test(slot) { return code }
    }
  }

  /// In checked mode, records what is waited for, and checks that the ranks agree.
  @inlinable @inline(__always)
  func enter(_ index: Int, _ file: StaticString, _ line: Int) throws(MPIError) {
    if _slowPath(members[index]!.parts.begun.checks != nil) { try enterChecked(index, CallSite(file, line)) }
  }

  @usableFromInline @inline(never)
  func enterChecked(_ index: Int, _ site: CallSite) throws(MPIError) {
    let (communicator, operation, checks) = place(of: index)
    communicator.enterChecked("the wait for ", operation, site, begun: checks?.site)
    for other in 0..<size where members[other] != nil { try place(of: other).checks?.comparison?.finish() }
  }

  /// What is known of a member that was not handed out.
  private func place(of index: Int) -> (Communicator, StaticString, checks: Begun.Checks?) {
    (
      members[index]!.parts.begun.communicator, members[index]!.parts.begun.operation,
      members[index]!.parts.begun.checks
    )
  }

  /// Notes that a handle of a member has completed; or throws its error, and the member is out of the set.
  @inlinable @inline(__always)
  mutating func complete(_ slot: Int, _ index: Int, _ code: CInt) throws(MPIError) {
    members[index]!.left -= 1
    if members[index]!.left == 0 { ready += 1 }
    if _slowPath(code != 0 || members[index]!.parts.begun.checks != nil) { try leave(index, code) }
  }

  /// Ends a call: throws what MPI's return value means, unless it means success.
  @usableFromInline @inline(never)
  mutating func leave(_ index: Int, _ code: CInt) throws(MPIError) {
    let (communicator, operation, _) = place(of: index)
    do { try communicator.check(code, operation) } catch {
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
    if _slowPath(code != 0) { noteFailures(beside: slot, code) }
    if slot == Int(members[index]!.slots.upperBound) - 1 { members[index]!.parts.state = status }
    try complete(slot, index, code)
    guard members[index] != nil, members[index]!.left == 0 else { return nil }
    return (number(of: index), try handOut(index))
  }

  /// Notes the requests that failed as well as the one that MPI reports.
  ///
  /// When `MPI_Waitany` or `MPI_Testany` reports an error, Open MPI frees all requests that have failed, and the errors
  /// of the others are lost. They get this one.
  @usableFromInline @inline(never)
  mutating func noteFailures(beside reported: Int, _ code: CInt) {
    for index in 0..<size where members[index] != nil {
      let slots = members[index]!.slots
      let completed = slots.count { handles[Int($0)] == CMPI_REQUEST_NULL && Int($0) != reported }
      let failed = completed - (slots.count - Int(members[index]!.left))
      guard failed > 0 else { continue }
      members[index]!.left -= Int32(failed)
      members[index]!.parts.state.failure = code
      if members[index]!.left == 0 { ready += 1 }
    }
  }

  /// Takes a member that had completed before the call out of the set.
  @inlinable
  mutating func handOutReady(_ index: Int) throws(MPIError) -> Output {
    try throwFailure(of: index)
    return try handOut(index)
  }

  /// Takes a member that has completed out of the set.
  @inlinable @inline(__always)
  mutating func handOut(_ index: Int) throws(MPIError) -> Output {
    waiting -= 1
    ready -= 1
    let member = members[index].take()!
    return try member.parts.output()
  }

  /// Takes a member out of the set that has failed, and leaves to the runtime what is in flight of it.
  private mutating func drop(_ index: Int) {
    let (slots, left) = (members[index]!.slots, members[index]!.left)
    abandon(index)
    for slot in slots { handles[Int(slot)] = CMPI_REQUEST_NULL }
    waiting -= 1
    if left == 0 { ready -= 1 }
  }

  @usableFromInline @inline(never)
  func abandonAll() {
    for index in 0..<size { abandon(index) }
  }

  /// Leaves what is in flight of a member to the runtime, if it was not handed out.
  private func abandon(_ index: Int) {
    guard var member = members[index].take() else { return }
    member.parts.begun.handles = Handles()
    for slot in member.slots.map({ Int($0) }) where handles[slot] != CMPI_REQUEST_NULL {
      member.parts.begun.handles.next = handles[slot]
      _ = member.parts.begun.handles.keep(0)
    }
    member.parts.drop()
  }
}
