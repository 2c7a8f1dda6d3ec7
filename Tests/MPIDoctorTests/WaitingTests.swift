// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import mpi_doctor

@Suite struct WaitingTests {
  @Test func anAnswerThatIsThereIsTakenAtOnce() {
    #expect(Waiting.quietly(patience: 0).forAnswer { 7 } == 7)
  }

  @Test func oneThatComesLaterIsWaitedFor() {
    var asked = 0
    let answer = Waiting.quietly(patience: 60).forAnswer { () -> Int? in
      asked += 1
      return asked < 9 ? nil : asked
    }
    #expect(answer == 9)
  }

  @Test func patienceEnds() {
    let begin = System.uptime
    #expect(Waiting.busily(patience: 0.05, isCrowded: true).forAnswer { () -> Int? in nil } == nil)
    #expect(System.uptime - begin >= 0.05)
  }

  /// A rank that has nothing to do must leave the core to the others: it may ask a few hundred times a second, no more.
  @Test func thoseThatWaitQuietlySeldomAsk() {
    var asked = 0
    _ = Waiting.quietly(patience: 0.5).forAnswer { () -> Int? in
      asked += 1
      return nil
    }
    #expect(asked >= 4)
    #expect(asked <= 600)
  }
}
