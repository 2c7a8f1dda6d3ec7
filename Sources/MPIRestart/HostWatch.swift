// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Which hosts answer, as far as probes have shown.
///
/// A host is gone only if it answers none of several probes in a row, while another host answers or this host itself runs
/// ranks: if none answers, it is more likely that this host has lost its network. A host that never answered needs twice as
/// many; and if none ever did, the remote shell may not work, and the hosts are not watched while the job runs: the launcher
/// may have other ways.
package struct HostWatch: Sendable {
  /// The outcome of a probe.
  package enum Answer: Sendable {
    /// The host answers.
    case here
    /// No answer in time, or the remote shell reports that it can't connect.
    case silence
    /// The remote shell can't be used, so nothing is known.
    case unusable
  }

  private struct Host {
    let isLocal: Bool
    var hasAnswered = false
    var silences = 0
    /// How many answers of others there had been when it fell silent.
    var answersBefore = 0
    var isUsable = true
    var isAsked = false
    /// Whether it has answered since the job ended.
    var isExamined = false
    var next: ContinuousClock.Instant
  }

  /// How many probes in a row must get no answer.
  private let limit: Int
  /// The time between two probes of a host that answers.
  private let interval: Duration
  /// The time between two probes of a host that was silent.
  private let retry: Duration
  private var hosts: [String: Host] = [:]
  private var order: [String] = []
  private var answers = 0
  /// Whether the job has ended, and each host is asked once more whether it is there.
  private var isExamination = false

  package init(
    hosts names: [String], isLocal: (String) -> Bool, limit: Int, interval: Duration, retry: Duration,
    from now: ContinuousClock.Instant
  ) {
    self.limit = limit
    self.interval = interval
    self.retry = retry
    order = names
    for name in names { hosts[name] = Host(isLocal: isLocal(name), next: now) }
  }

  /// The hosts to probe now. They count as asked until their answer is noted.
  package mutating func due(at now: ContinuousClock.Instant, atMost count: Int) -> [String] {
    let due = order.filter {
      hosts[$0].map { !$0.isLocal && !$0.isAsked && $0.isUsable && !$0.isExamined && $0.next <= now } ?? false
    }
    for name in due.prefix(count) { hosts[name]?.isAsked = true }
    return Array(due.prefix(count))
  }

  /// Notes the outcome of a probe.
  package mutating func note(_ answer: Answer, of name: String, at now: ContinuousClock.Instant) {
    guard var host = hosts[name] else { return }
    host.isAsked = false
    switch answer {
    case .here:
      answers += 1
      host.hasAnswered = true
      host.silences = 0
      host.isExamined = isExamination
      host.next = now + interval
    case .silence:
      if host.silences == 0 { host.answersBefore = answers }
      host.silences += 1
      // If the remote shell works nowhere, there is no hurry.
      host.next = now + (answers > 0 || isExamination ? retry : interval)
    case .unusable:
      host.isUsable = false
    }
    hosts[name] = host
  }

  /// Begins to ask each host again, when the job has ended.
  package mutating func examine(at now: ContinuousClock.Instant) {
    isExamination = true
    for name in order {
      hosts[name]?.silences = 0
      hosts[name]?.isAsked = false
      hosts[name]?.next = now
    }
    answers = 0
  }

  /// Whether each host has answered, or not answered often enough.
  package var isExamined: Bool {
    isExamination
      && hosts.values.allSatisfy { host in
        host.isLocal || !host.isUsable || host.silences >= limit || host.isExamined
      }
  }

  /// The hosts that are gone, in order.
  package var gone: [String] {
    let silent = order.filter { name in
      guard let host = hosts[name], !host.isLocal, host.isUsable else { return false }
      if host.hasAnswered || isExamination { return host.silences >= limit }
      return answers > 0 && host.silences >= 2 * limit
    }
    guard !silent.isEmpty else { return [] }
    let isAnyLocal = hosts.values.contains { $0.isLocal }
    if isExamination { return isAnyLocal || answers > 0 ? silent : [] }
    return silent.filter { name in
      guard let host = hosts[name] else { return false }
      // If none answers, four times the patience.
      return isAnyLocal || answers > host.answersBefore || host.silences >= 4 * limit
    }
  }

  /// The hosts on which the remote shell does not work, so that their loss can't be noticed.
  package var unwatched: [String] {
    order.filter { name in
      hosts[name].map { !$0.isLocal && (!$0.isUsable || answers == 0 && $0.silences > 0) } ?? false
    }
  }

  /// Whether every host has been asked once.
  package var isKnown: Bool {
    hosts.values.allSatisfy { $0.isLocal || !$0.isUsable || $0.hasAnswered || $0.silences > 0 }
  }
}
