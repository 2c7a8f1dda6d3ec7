// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// How a thread that exchanges messages with other ranks rests between two looks: the one rule, for pools and loops.
///
/// It stays awake for a while after an event, because the next one mostly comes soon, and a thread that sleeps takes
/// tens of microseconds to wake. Then it sleeps: until it is rung, if all others can ring; else for longer and longer
/// times, because MPI can't wake a thread.
struct Pace: Sendable {
  /// What to do before the next look.
  enum Rest: Sendable, Hashable {
    /// Let another thread have the core.
    case yield
    /// Sleep so many nanoseconds, or until rung.
    case sleep(nanoseconds: Int)
    /// Sleep so many nanoseconds, or until a thread of this process rings.
    case doze(nanoseconds: Int)
  }

  /// What is known of a rank when a look has found nothing to do.
  struct Outlook: Sendable {
    /// For how many nanoseconds no message need be handled, as far as is known; `.max` if that is long and it is not
    /// known how long.
    var calm = 0
    /// The time in nanoseconds that this thread may stay awake after an event: 0 if the rank's other threads want the
    /// core.
    var awake = 0
    /// Whether any message may come: there are other ranks.
    var awaitsMessages = true
    /// Whether everything that may come rings: all ranks that may send a message can, and none is on its way that has
    /// to be looked for.
    var isRung = false
    /// When it must look again at the latest; nil if at no certain time.
    var next: Int?
    /// The longest sleep of a thread that has to look for messages.
    var longest = Pace.longest

    /// That of one thread for two purposes.
    func combined(with other: Outlook) -> Outlook {
      Outlook(
        calm: min(calm, other.calm), awake: min(awake, other.awake),
        awaitsMessages: awaitsMessages || other.awaitsMessages, isRung: isRung && other.isRung,
        next: [next, other.next].compactMap(\.self).min(), longest: min(longest, other.longest))
    }
  }

  /// The longest sleep of one that has to look for messages.
  static let longest = 1_000_000
  /// The longest one of one that is rung. A message that has arrived is handled then, should a ring be lost with the
  /// process that was about to ring.
  static let longestRung = 20_000_000
  /// The longest if nothing need happen for a while. Each look costs a compute thread 10 µs of its core.
  static let longestCalm = 2_000_000
  /// As good as without end: an hour.
  private static let forever = 3_600_000_000_000
  /// The shortest sleep. The system makes it longer.
  private static let shortest = 20_000
  /// From how many nanoseconds of calm on a sleep is worth it at once.
  private static let worthSleeping = 50_000
  /// How long a thread stays awake after an event if others have no use for its core: longer than the system takes to
  /// wake a thread, because two ranks that wait for each other would both sleep in each round trip.
  static let awake = 100_000
  /// The number of looks before the first sleep: few, because compute threads want the core.
  private static let eager = 4

  /// For how long after a ring its message is looked for, if a look has not found it: MPI may let it in late.
  private static let promise = 2_000_000
  /// When something last happened, in nanoseconds.
  private var lastEvent: Int
  /// When another rank last rang, if no message has been found since.
  private var lastRing: Int?
  private var looks = 0

  init(now: Int) { lastEvent = now }

  /// Notes that something happened.
  mutating func event(at now: Int) {
    lastEvent = now
    lastRing = nil
    looks = 0
  }

  /// Notes that another rank has rung, and no message was found.
  mutating func ring(at now: Int) { lastRing = now }

  /// What to do after a look that found nothing.
  mutating func rest(at now: Int, _ outlook: Outlook) -> Rest {
    looks += 1
    let (quiet, left) = (now - lastEvent, min(Self.forever, outlook.next.map { max(1, $0 - now) } ?? .max))
    // A part of the time that nothing has happened in; a larger one if others want the core.
    let polling = max(Self.shortest, min(outlook.longest, quiet / (outlook.awake > 0 ? 64 : 8)))
    if outlook.calm >= Self.worthSleeping {
      return .doze(nanoseconds: min(max(polling, min(Self.longestCalm, outlook.calm)), left))
    }
    if looks <= Self.eager || quiet < outlook.awake { return .yield }
    guard outlook.awaitsMessages else { return .doze(nanoseconds: left) }
    guard outlook.isRung else { return .sleep(nanoseconds: min(polling, left)) }
    let longest = lastRing.map { now - $0 < Self.promise ? max(50_000, 2 * (now - $0)) : Self.longestRung }
    return .sleep(nanoseconds: min(longest ?? Self.longestRung, left))
  }
}

/// What a look for something to do has found.
enum Look: Sendable {
  /// Something, so there may be more.
  case something
  case nothing(Pace.Outlook)
  /// There is nothing more to come.
  case end
}

extension Doorbell {
  /// Looks for something to do again and again, and rests in between.
  func watch(_ look: () throws -> Look) rethrows {
    var pace = Pace(now: monotonicNanoseconds())
    var rings = rings
    while true {
      let before = rings
      rings = self.rings
      switch try look() {
      case .end: return
      case .something: pace.event(at: monotonicNanoseconds())
      case .nothing(let outlook):
        if rings.haveOthers(since: before) { pace.ring(at: monotonicNanoseconds()) }
        // Two looks have found nothing: MPI looks for a message first, and lets in what has been sent after that.
        guard rings == before else { continue }
        switch pace.rest(at: monotonicNanoseconds(), outlook) {
        case .yield: yieldThread()
        case .sleep(let nanoseconds): sleep(since: rings, nanoseconds: nanoseconds)
        case .doze(let nanoseconds): sleep(since: rings, nanoseconds: nanoseconds, until: .own)
        }
      }
    }
  }
}
