// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPIRestart
import Testing

/// When a host counts as gone.
@Suite struct HostWatchTests {
  private let start = ContinuousClock.now

  private func watch(_ hosts: String..., local: String = "") -> HostWatch {
    HostWatch(
      hosts: hosts, isLocal: { $0 == local }, limit: 3, interval: .seconds(30), retry: .seconds(5), from: start)
  }

  @Test("A host is probed at first, then at intervals, and more often when it is silent")
  func intervals() {
    var watch = watch("a", "b")
    #expect(watch.due(at: start, atMost: 16) == ["a", "b"])
    #expect(watch.due(at: start, atMost: 16) == [], "one probe of a host at a time")
    watch.note(.here, of: "a", at: start)
    watch.note(.here, of: "b", at: start)
    #expect(watch.isKnown && watch.unwatched.isEmpty)
    #expect(watch.due(at: start + .seconds(29), atMost: 16) == [])
    #expect(watch.due(at: start + .seconds(30), atMost: 1) == ["a"])
    watch.note(.silence, of: "a", at: start + .seconds(30))
    #expect(watch.due(at: start + .seconds(35), atMost: 16) == ["a", "b"])
  }

  @Test("One silence or two are not enough, and an answer starts the count again")
  func several() {
    var watch = watch("a", "b")
    watch.note(.here, of: "a", at: start)
    watch.note(.here, of: "b", at: start)
    for answer in [HostWatch.Answer.silence, .silence, .here, .silence, .silence] {
      watch.note(answer, of: "a", at: start)
      watch.note(.here, of: "b", at: start)
      #expect(watch.gone == [])
    }
    watch.note(.silence, of: "a", at: start)
    #expect(watch.gone == ["a"])
  }

  @Test("If no host answers, it may be this one that is cut off")
  func alone() {
    var watch = watch("a", "b")
    watch.note(.here, of: "a", at: start)
    watch.note(.here, of: "b", at: start)
    for _ in 0..<11 {
      watch.note(.silence, of: "a", at: start)
      watch.note(.silence, of: "b", at: start)
    }
    #expect(watch.gone == [])
    watch.note(.here, of: "b", at: start)
    #expect(watch.gone == ["a"])
  }

  @Test("With ranks on this host, the only other host can be gone")
  func withThisHost() {
    var watch = watch("here", "a", local: "here")
    #expect(watch.due(at: start, atMost: 16) == ["a"], "this host is not probed")
    watch.note(.here, of: "a", at: start)
    for _ in 0..<3 { watch.note(.silence, of: "a", at: start) }
    #expect(watch.gone == ["a"])
  }

  @Test("A host that never answered needs more probes, because the remote shell may not work there")
  func never() {
    var watch = watch("a", "b")
    watch.note(.here, of: "b", at: start)
    for _ in 0..<5 { watch.note(.silence, of: "a", at: start) }
    #expect(watch.gone == [])
    watch.note(.silence, of: "a", at: start)
    #expect(watch.gone == [], "this host may have lost its network since b answered")
    watch.note(.here, of: "b", at: start)
    #expect(watch.gone == ["a"])
    #expect(watch.isKnown && watch.unwatched == [])
  }

  @Test("If none ever answered, none is gone while the job runs")
  func noneEver() {
    var watch = watch("a", "b")
    for _ in 0..<100 { for host in ["a", "b"] { watch.note(.silence, of: host, at: start) } }
    #expect(watch.gone == [])
    #expect(watch.isKnown && watch.unwatched == ["a", "b"])
  }

  @Test("When the job has ended, each host is asked again, and one that never answered can be gone")
  func examination() {
    var watch = watch("a", "b", "c")
    watch.examine(at: start)
    #expect(watch.due(at: start, atMost: 16) == ["a", "b", "c"])
    watch.note(.here, of: "b", at: start)
    watch.note(.unusable, of: "c", at: start)
    #expect(!watch.isExamined)
    for _ in 0..<3 { watch.note(.silence, of: "a", at: start) }
    #expect(watch.isExamined)
    #expect(watch.gone == ["a"])
  }

  @Test("A remote shell that works on no host makes none gone")
  func uselessShell() {
    var watch = watch("a", "b")
    watch.examine(at: start)
    for host in ["a", "b"] { for _ in 0..<3 { watch.note(.silence, of: host, at: start) } }
    #expect(watch.isExamined && watch.gone == [])
    watch.note(.unusable, of: "a", at: start)
    watch.note(.unusable, of: "b", at: start)
    #expect(watch.gone == [] && watch.due(at: start + .seconds(100), atMost: 16) == [])
  }
}
