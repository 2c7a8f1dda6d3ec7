// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MPITasks

/// How the link between rank 0 and a worker ends, tried in every order in which messages can be sent and come.
@Suite struct LinkTests {
  /// A message: the first and the last of a direction, or another one, to which so many answers follow.
  enum Message: Hashable {
    case hello
    case other(answers: Int)
    case last
  }

  /// Both sides of a link and what is on its way between them.
  struct Pair: Hashable {
    var rank0 = LinkSide(.rank0)
    var worker = LinkSide(.worker)
    var toWorker: [Message] = []
    var toRank0: [Message] = []
    /// What each side has still to send of its own accord, or in answer: messages with so many answers.
    var rank0Sends: [Int]
    var workerSends: [Int]
    /// Whether rank 0 keeps to what its side says, or sends whenever it has something, as it once did.
    var isCareful = true

    var isOver: Bool { rank0.isOver && worker.isOver }

    /// All that can happen next. What a side must not send any more it drops.
    var next: [Pair] {
      var all: [Pair] = []
      func add(_ change: (inout Pair) -> Void) {
        var pair = self
        change(&pair)
        all.append(pair)
      }
      if !worker.hasBegun { add { if $0.worker.begin() { $0.toRank0.append(.hello) } } }
      if !rank0.hasClosed { add { if $0.rank0.close() { $0.toWorker.append(.last) } } }
      if !rank0Sends.isEmpty, rank0.hasBegun {
        add {
          let answers = $0.rank0Sends.removeFirst()
          if $0.rank0.isOpen || !isCareful { $0.toWorker.append(.other(answers: answers)) }
        }
      }
      if !workerSends.isEmpty, worker.hasBegun {
        add {
          let answers = $0.workerSends.removeFirst()
          if $0.worker.isOpen { $0.toRank0.append(.other(answers: answers)) }
        }
      }
      // A side that is through looks for no more messages.
      if !toWorker.isEmpty, !worker.isOver {
        add {
          switch $0.toWorker.removeFirst() {
          case .hello: Issue.record("rank 0 says hello")
          case .other(let answers): $0.workerSends += [Int](repeating: 0, count: answers)
          case .last: if $0.worker.otherCloses() { $0.toRank0.append(.last) }
          }
        }
      }
      if !toRank0.isEmpty, !rank0.isOver {
        add {
          switch $0.toRank0.removeFirst() {
          // What is shared goes to who comes.
          case .hello: if $0.rank0.begin() || !isCareful { $0.rank0Sends += [0, 1] }
          case .other(let answers): $0.rank0Sends += [Int](repeating: 0, count: answers)
          case .last: _ = $0.rank0.otherCloses()
          }
        }
      }
      return all
    }
  }

  /// Goes through all that can happen.
  ///
  /// - Returns: how many states there are, and those in which nothing more can happen.
  private func explore(_ start: Pair) -> (states: Int, ends: [Pair]) {
    var (seen, open, ends): (Set<Pair>, [Pair], [Pair]) = ([start], [start], [])
    while let pair = open.popLast() {
      let next = pair.next
      if next.isEmpty { ends.append(pair) }
      for pair in next where seen.insert(pair).inserted { open.append(pair) }
    }
    return (seen.count, ends)
  }

  @Test("Whatever is sent when, both sides end, and no message is left", arguments: 0...3, 0...3)
  func everyOrder(ofRank0: Int, ofWorker: Int) {
    // Tasks with results, requests to give back with answers; tasks of tasks with results, arrays put into place.
    let start = Pair(
      rank0Sends: (0..<ofRank0).map { $0 % 2 + 1 }, workerSends: (0..<ofWorker).map { $0 % 3 })
    let (states, ends) = explore(start)
    #expect(states > 10 && !ends.isEmpty)
    for end in ends { #expect(end.isOver && end.toWorker.isEmpty && end.toRank0.isEmpty, "\(end)") }
  }

  @Test("Sending after the last message leaves messages behind: this would find it")
  func carelessness() {
    let (_, ends) = explore(Pair(rank0Sends: [], workerSends: [], isCareful: false))
    #expect(ends.contains { $0.isOver && !$0.toWorker.isEmpty })
  }

  /// A worker with one batch, and rank 0 that asks for what has not begun: every order.
  struct TakingBack: Hashable {
    static let tasks = 3
    // The worker: how many tasks have begun and are over; what it was asked for.
    var begun = 0
    var ran = 0
    var kept: Int?
    var hasReported = false
    var isAsked = false
    /// What the thread that talks will send next.
    var answers: [Mail] = []
    /// What was sent to rank 0, in order.
    var mail: [Mail] = []

    enum Mail: Hashable {
      case result(ran: Int)
      case kept(Int?)
    }
  }

  @Test("Each task of a batch that is cut has a result or is handed out again, once")
  func takingBack() {
    var (seen, open): (Set<TakingBack>, [TakingBack]) = ([TakingBack()], [TakingBack()])
    var ends = 0
    while let state = open.popLast() {
      var next: [TakingBack] = []
      func add(_ change: (inout TakingBack) -> Void) {
        var copy = state
        change(&copy)
        next.append(copy)
      }
      let limit = state.kept ?? TakingBack.tasks
      // A thread begins a task, ends it, or finds none and reports; the thread that talks cuts, and answers later.
      if state.begun == state.ran, state.begun < limit { add { $0.begun += 1 } }
      if state.ran < state.begun { add { $0.ran += 1 } }
      if state.begun == state.ran, state.begun == limit, !state.hasReported {
        add {
          $0.hasReported = true
          if $0.kept != 0 || $0.begun > 0 { $0.mail.append(.result(ran: $0.ran)) }
        }
      }
      if !state.isAsked {
        add {
          $0.isAsked = true
          if !$0.hasReported { $0.kept = $0.begun }
          // Its answer may be sent after the result of what it kept.
          $0.answers.append(.kept($0.kept))
        }
      }
      if let answer = state.answers.first {
        add {
          $0.answers.removeFirst()
          $0.mail.append(answer)
        }
      }
      ends += next.isEmpty ? 1 : 0
      if next.isEmpty { check(state) }
      for state in next where seen.insert(state).inserted { open.append(state) }
    }
    #expect(ends > 3)
  }

  /// Has rank 0 take what has come in one order.
  private func check(_ state: TakingBack) {
    var flights = Flights<String>()
    flights.threads = 1
    flights.add(7, "batch", tasks: TakingBack.tasks, seconds: 3, at: 0)
    var tasks: [Int] = []
    func putBack(_ rest: Flights<String>.Rest?) { tasks += rest.map { Array($0.tasks) } ?? [] }
    for mail in state.mail {
      switch mail {
      case .result(let ran):
        if let rest = flights.comeBack(7, ran: ran, at: 1) {
          tasks += 0..<ran
          putBack(rest)
        }
      case .kept(let kept): if let kept { putBack(flights.keep(7, tasks: kept, at: 1)) }
      }
    }
    #expect(tasks.sorted() == Array(0..<TakingBack.tasks), "\(state)")
    #expect(flights.isEmpty && flights.window.tasks == 0 && flights.window.batches == 0, "\(state)")
  }
}
