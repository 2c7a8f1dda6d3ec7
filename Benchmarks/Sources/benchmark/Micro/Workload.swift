// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CKernels
import MPI

/// One loop of a benchmark, in C or in a form of Swift.
struct Variant {
  /// `C`, or the form: `span`, `array in place`, `array`, `value`.
  var form: String
  /// Makes so many calls.
  var run: (_ times: Int) throws -> Void
}

/// The same calls in C, which comes first, and in several forms of Swift.
struct Case {
  var operation: String
  var mode = "blocking"
  var bytes: Int
  /// How many messages, or operations, one call of the loop is.
  var parts = 1
  var variants: [Variant]
}

/// The memory that a case's loops share, and what C is told of it. All elements are 0: sums stay so.
final class Workload<Element: BitwiseCopyable> {
  let world: Communicator
  let count: Int
  let job: UnsafeMutablePointer<Job>
  let out: UnsafeMutableBufferPointer<Element>
  let into: UnsafeMutableBufferPointer<Element>
  let counts: UnsafeMutableBufferPointer<CInt>
  let displacements: UnsafeMutableBufferPointer<CInt>
  private let zero: Element

  /// - Parameters:
  ///   - count: how many elements a call is about, on this rank.
  ///   - room: for how many there is memory.
  ///   - target: the other rank, if there is one.
  init(
    _ world: Communicator, _ type: MPI_Datatype, zero: Element, count: Int, room: Int? = nil, counts: [Int]? = nil,
    target: Int = 0
  ) {
    self.world = world
    self.count = count
    self.zero = zero
    let room = max(room ?? count, count, 64)
    func memory<Type>(_ value: Type, _ room: Int) -> UnsafeMutableBufferPointer<Type> {
      // As `malloc` gives it, to C programs and to Swift's arrays. From the beginning of a page large messages would be
      // faster by a tenth, in every language.
      let bytes = UnsafeMutableRawPointer.allocate(byteCount: room * MemoryLayout<Type>.stride, alignment: 16)
      let start = bytes.bindMemory(to: Type.self, capacity: room)
      start.initialize(repeating: value, count: room)
      return UnsafeMutableBufferPointer(start: start, count: room)
    }
    out = memory(zero, room)
    into = memory(zero, room)
    let counts = counts ?? Array(repeating: count, count: world.size)
    self.counts = memory(0, counts.count)
    displacements = memory(0, counts.count)
    var total = 0
    for (rank, count) in counts.enumerated() {
      self.counts[rank] = CInt(count)
      displacements[rank] = CInt(total)
      total += count
    }
    job = .allocate(capacity: 1)
    job.initialize(to: Job())
    job.pointee.comm = world.rawValue
    job.pointee.rank = CInt(world.rank)
    job.pointee.size = CInt(world.size)
    job.pointee.out = UnsafeMutableRawPointer(out.baseAddress)
    job.pointee.in = UnsafeMutableRawPointer(into.baseAddress)
    job.pointee.count = CInt(count)
    job.pointee.type = type
    job.pointee.counts = UnsafePointer(self.counts.baseAddress)
    job.pointee.displacements = UnsafePointer(displacements.baseAddress)
    job.pointee.target = CInt(target)
  }

  deinit {
    out.deallocate()
    into.deallocate()
    counts.deallocate()
    displacements.deallocate()
    job.deallocate()
  }

  /// An array of as many elements as the call is about.
  var array: [Element] { array(count) }

  func array(_ count: Int) -> [Element] { Array(repeating: zero, count: count) }

  /// The loop in C.
  func inC(_ kernel: @escaping @convention(c) (UnsafePointer<Job>?, Int) -> Void) -> Variant {
    Variant(form: "C") { [self] times in kernel(job, times) }
  }

  /// A loop over spans of the memory that C has, too.
  ///
  /// - Parameters:
  ///   - outCount: how many elements are sent; `count` unless given.
  ///   - intoCount: how many come.
  func spans(
    form: String = "span", out outCount: Int? = nil, into intoCount: Int? = nil,
    _ loop: @escaping (Communicator, Span<Element>, inout MutableSpan<Element>, Int) throws -> Void
  ) -> Variant {
    Variant(form: form) { [self] times in
      let sent = UnsafeBufferPointer(start: out.baseAddress, count: outCount ?? count).span
      var received = UnsafeMutableBufferPointer(start: into.baseAddress, count: intoCount ?? count).mutableSpan
      try loop(world, sent, &received, times)
    }
  }

  /// A loop over an array that it is sent from, or that it changes.
  func arrays(
    _ form: String, count: Int? = nil, _ loop: @escaping (Communicator, inout [Element], Int) throws -> Void
  ) -> Variant {
    var array = array(count ?? self.count)
    return Variant(form: form) { [world] times in try loop(world, &array, times) }
  }

  /// A loop over one value.
  func values(_ loop: @escaping (Communicator, inout Element, Int) throws -> Void) -> Variant {
    var value = zero
    return Variant(form: "value") { [world] times in try loop(world, &value, times) }
  }
}

extension Workload<Double> {
  /// Of doubles.
  convenience init(
    _ world: Communicator, bytes: Int, room: Int? = nil, counts: [Int]? = nil, target: Int = 0
  ) {
    self.init(
      world, c_double(), zero: 0, count: bytes / 8, room: room, counts: counts, target: target)
  }
}

extension Workload<UInt8> {
  /// Of bytes.
  convenience init(_ world: Communicator, bytes: Int, room: Int? = nil, target: Int = 0) {
    self.init(world, c_byte(), zero: 0, count: bytes, room: room, target: target)
  }
}
