// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Batch systems: how a process finds out when its job will be ended. All that is here is a function of its arguments;
/// ``JobClock`` runs the commands.
enum BatchSystem: Equatable {
  case slurm(job: String)
  /// PBS Pro, OpenPBS, Torque.
  case pbs(job: String)
  case lsf(job: String)
  case gridEngine(job: String)

  /// What a batch system has answered.
  enum Answer: Equatable {
    /// The job ends at a moment, in seconds since 1970.
    case end(at: Double)
    /// It ends in so many seconds.
    case left(Double)
    /// It has no limit.
    case noLimit
  }

  /// The one whose job this process belongs to; nil for none.
  ///
  /// - Parameter variable: the value of a variable of the environment.
  init?(_ variable: (String) -> String?) {
    func name(_ variables: String...) -> String? {
      // What becomes a word of a command begins with no hyphen.
      variables.lazy.compactMap(variable).first { !$0.isEmpty && $0.first != "-" }
    }
    if let job = name("SLURM_JOB_ID", "SLURM_JOBID") {
      self = .slurm(job: job)
    } else if let job = name("PBS_JOBID") {
      self = .pbs(job: job)
    } else if let job = name("LSB_JOBID") {
      // An array's element is 123[4] for bjobs.
      let index = name("LSB_JOBINDEX").flatMap { $0 == "0" ? nil : $0 }
      self = .lsf(job: index.map { "\(job)[\($0)]" } ?? job)
    } else if let job = name("JOB_ID"), name("SGE_ROOT", "SGE_CELL", "SGE_TASK_ID") != nil {
      self = .gridEngine(job: job)
    } else {
      return nil
    }
  }

  /// Its name.
  var name: String {
    switch self {
    case .slurm: "Slurm"
    case .pbs: "PBS"
    case .lsf: "LSF"
    case .gridEngine: "Grid Engine"
    }
  }

  /// The commands that are asked, one after the other, until one has answered.
  var commands: [[String]] {
    switch self {
    case .slurm(let job): [["scontrol", "show", "job", job], ["squeue", "-h", "-j", job, "-o", "%L"]]
    case .pbs(let job): [["qstat", "-f", job]]
    case .lsf(let job): [["bjobs", "-noheader", "-o", "time_left", job], ["bjobs", "-l", job]]
    case .gridEngine(let job): [["qstat", "-j", job], ["qstat", "-s", "r"]]
    }
  }

  /// What the environment alone answers; nil if it does not.
  func answer(_ variable: (String) -> String?) -> Answer? {
    guard case .slurm = self, let text = variable("SLURM_JOB_END_TIME"), let end = TimeText.wholeNumber(text[...]),
      end > 0
    else { return nil }
    return .end(at: Double(end))
  }

  /// What the outputs of its commands answer; nil if more are needed, or they are of no use.
  ///
  /// - Parameters:
  ///   - outputs: those of the first of ``commands``; nil of one that failed.
  ///   - now: in seconds since 1970.
  ///   - variable: the value of a variable of the environment.
  func answer(_ outputs: [String?], now: Double, _ variable: (String) -> String? = { _ in nil }) -> Answer? {
    let first = outputs.first ?? nil
    let second = outputs.count > 1 ? outputs[1] : nil
    switch self {
    case .slurm:
      return first.flatMap { Self.scontrol($0) } ?? second.flatMap { Self.squeue($0) }
    case .pbs:
      return first.flatMap { Self.pbs($0, now: now) }
    case .lsf:
      return first.flatMap { Self.timeLeft($0) } ?? second.flatMap { Self.bjobs($0, now: now) }
    case .gridEngine(let job):
      return first.flatMap { Self.gridEngine($0, starts: second, job: job, now: now) }
    }
  }

  // MARK: Slurm

  /// Of `scontrol show job`: the earliest end, if the job has several components.
  static func scontrol(_ output: String) -> Answer? {
    var end: Double?
    var hasLimit = true
    for word in output.split(whereSeparator: \.isWhitespace) {
      let pair = word.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { continue }
      switch pair[0] {
      case "TimeLimit": hasLimit = pair[1] != "UNLIMITED"
      // Without a limit Slurm plans with a year.
      case "EndTime" where hasLimit:
        if let moment = TimeText.moment(pair[1]) { end = min(end ?? moment, moment) }
      default: break
      }
    }
    return end.map { .end(at: $0) } ?? (hasLimit ? nil : .noLimit)
  }

  /// Of `squeue -h -o %L`: the least of its lines.
  static func squeue(_ output: String) -> Answer? {
    let lines = output.split(whereSeparator: \.isNewline).map { TimeText.trimmed($0) }
    if let left = lines.compactMap({ TimeText.clock($0) }).min() { return .left(left) }
    return lines.contains("UNLIMITED") ? .noLimit : nil
  }

  // MARK: PBS

  /// Of `qstat -f`.
  static func pbs(_ output: String, now: Double) -> Answer? {
    var fields: [Substring: Substring] = [:]
    for line in output.split(whereSeparator: \.isNewline) {
      guard let equals = line.firstIndex(of: "=") else { continue }
      let name = TimeText.trimmed(line[..<equals])
      if fields[name] == nil { fields[name] = TimeText.trimmed(line[line.index(after: equals)...]) }
    }
    // Torque has it ready.
    if let left = fields["Walltime.Remaining"].flatMap({ TimeText.wholeNumber($0) }) { return .left(Double(left)) }
    guard let text = fields["Resource_List.walltime"] else { return fields["job_state"] == "R" ? .noLimit : nil }
    guard let limit = TimeText.clock(text) ?? TimeText.wholeNumber(text).map({ Double($0) }) else { return nil }
    // When it began: PBS Pro's name, and Torque's.
    let start = (fields["stime"] ?? fields["start_time"]).flatMap { TimeText.moment(ofWords: $0, now: now) }
    if let start { return .end(at: start + limit) }
    // What it has used is up to some minutes old.
    return fields["resources_used.walltime"].flatMap { TimeText.clock($0) }.map { .left(limit - $0) }
  }

  // MARK: LSF

  /// Of `bjobs -noheader -o time_left`: `[hours:]minutes` and a letter. E is an estimate, by which no job is ended.
  static func timeLeft(_ output: String) -> Answer? {
    let words = output.split(whereSeparator: \.isWhitespace)
    guard words.count == 2, words[1] == "L" || words[1] == "X" else { return nil }
    return TimeText.hoursAndMinutes(words[0]).map { .left($0) }
  }

  /// Of `bjobs -l`, which folds its lines.
  static func bjobs(_ output: String, now: Double) -> Answer? {
    var limit: Double?
    var start: Double?
    var isLimit = false
    for line in output.split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: \.isWhitespace)
      // " RUNLIMIT", perhaps with other limits beside it, then " 60.0 min of hostA".
      if isLimit, words.count >= 2, words[1] == "min", let minutes = Double(words[0]) { limit = 60 * minutes }
      isLimit = words.first == "RUNLIMIT"
      if let colon = line.range(ofText: ": "), line[colon.upperBound...].hasPrefix("Started") {
        start = TimeText.moment(ofWords: line[..<colon.lowerBound], now: now) ?? start
      }
    }
    guard let start else { return nil }
    return limit.map { .end(at: start + $0) } ?? .noLimit
  }

  // MARK: Grid Engine

  /// Of `qstat -j`, and if that has no start, of `qstat -s r`.
  static func gridEngine(_ output: String, starts: String?, job: String, now: Double) -> Answer? {
    var limit: Double?
    var start: Double?
    var used: Double?
    for line in output.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let (name, value) = (line[..<colon], TimeText.trimmed(line[line.index(after: colon)...]))
      if TimeText.trimmed(name) == "hard resource_list" {
        // The soft limit comes first: its signal is one with notice.
        let resources = value.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1) }
        for resource in resources where resource.count == 2 && (resource[0] == "h_rt" || resource[0] == "s_rt") {
          let seconds = TimeText.wholeNumber(resource[1]).map { Double($0) } ?? TimeText.clock(resource[1])
          if let seconds { limit = min(limit ?? seconds, seconds) }
        }
      } else if name.hasPrefix("start_time") {
        start = american(value.split(separator: " ").prefix(2)) ?? start
      } else if name.hasPrefix("usage") {
        for part in value.split(separator: ",") {
          let pair = TimeText.trimmed(part).split(separator: "=")
          if pair.count == 2, pair[0] == "wallclock" { used = TimeText.clock(pair[1]) ?? used }
        }
      }
    }
    // Without one of its own, the queue's holds, which is not printed here.
    guard let limit else { return nil }
    if let start { return .end(at: start + limit) }
    if let used { return .left(limit - used) }
    for line in (starts ?? "").split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      guard words.first.map({ $0 == job }) == true else { continue }
      // The name before the date may have spaces.
      let date = words.firstIndex { $0.count == 10 && $0.count { $0 == "/" } == 2 }
      if let date, let start = american(words[date...].prefix(2)) { return .end(at: start + limit) }
    }
    return nil
  }

  /// The moment of `02/27/2019` and `17:42:00.884`.
  private static func american(_ words: ArraySlice<Substring>) -> Double? {
    guard words.count == 2, let date = words.first.flatMap({ TimeText.numbers($0, between: "/") }),
      let time = words.last.flatMap({ TimeText.numbers($0.prefix { $0 != "." }, between: ":") })
    else { return nil }
    guard date.count == 3, time.count == 3 else { return nil }
    return TimeText.moment(year: date[2], month: date[0], day: date[1], time)
  }
}

extension Substring {
  /// Where a text first stands in this one.
  fileprivate func range(ofText text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
