// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI

/// The messages of the pool. Each kind's fields are written and read here, side by side, and nowhere else.
enum PoolMessage: ExchangeMessage {
  // To a worker.

  /// A batch of tasks, which are the payload; with the name of their type if the worker doesn't know its number.
  case work(WorkFields, typeName: String?)
  /// A batch that is not needed any more.
  case cancel(batch: Int)
  /// A request to give back tasks that have not begun, because others have nothing to do.
  case giveBack
  /// A value that all tasks may read.
  case share(key: Int, SharedForm)
  /// A shared value that is not needed any more.
  case unshare(key: Int)
  /// The outcome of a task that a task of the batch `parent` submitted: the payload, or its encoded failure.
  case reply(request: Int, parent: Int, failure: [UInt8]?)
  /// A request to watch the time of the job.
  case watchTime
  /// The last message to a worker. See ``LinkSide``.
  case end
  /// What a task process is told before its first task, by its rank.
  case setUp(ProcessSetup)

  // To rank 0.

  /// The first message of a worker.
  case hello(threads: Int, isReady: Bool, host: String, node: String)
  /// A worker can begin whose `hello` came before it could.
  case ready
  /// How many tasks of each batch a worker keeps, the first ones: the answer to a request to give back.
  case kept([KeptTasks])
  /// The outcome of a batch: the results are the payload.
  case result(ResultFields, failures: [UInt8])
  /// What the death of a worker's task process says of a batch: the record is encoded, and empty if that is nothing.
  case died(batch: Int, DeathKind, record: [UInt8])
  /// A task that a task submits: the payload.
  case submit(SubmitFields, typeName: String)
  /// Whether a shared array is in memory that the ranks of the worker's node can read.
  case placed(key: Int, Placement)
  /// A worker can't read a shared array in the memory of another rank of its node.
  case unreadable(key: Int, why: String)
  /// A worker knows that the time of the job is up: the signals that have come to it, and how many nanoseconds are left;
  /// `.max` if that is not known.
  case timeUp(signals: UInt32, left: Int)
  /// A worker can't go on.
  case broken(String)
  /// The last message of a worker, which has received `end`.
  case bye
}

/// How a shared value comes.
enum SharedForm: Sendable {
  /// Encoded, in the payload.
  case coded
  /// As the bytes of an array's elements, in the payload.
  case plain
  /// The same, to be put into memory that the ranks of the node can read.
  case toPlace
  /// Later.
  case coming
  /// In the memory of another rank of the node.
  case located(SharedMemory.Location)
}

/// What the death of a task process says of a batch.
enum DeathKind: UInt8, BitwiseCopyable, Sendable {
  case innocent, suspected, guilty, exceeded
}

/// Where a worker has put a shared array, or why it could not.
enum Placement: Sendable {
  case at(SharedMemory.Location)
  case failed(why: String)
}

/// The fields of a batch that goes to a worker.
struct WorkFields: BitwiseCopyable, Sendable {
  /// The batch's number.
  var batch: Int
  /// The number of the tasks' type.
  var type: Int
  /// The number of tasks.
  var count: Int
  /// The index of the first.
  var first: Int
  var attempt: Int
  var seed: UInt64
  /// The time limit in seconds; 0 if there is none.
  var timeLimit: Double
  /// The memory limit in bytes; 0 if there is none.
  var memoryLimit: Int
  /// In a message to a task process, the batch's line of its page.
  var line = 0
}

/// The fields of a batch that comes back.
struct ResultFields: BitwiseCopyable, Sendable {
  var batch: Int
  /// The number of results.
  var outputs: Int
  /// How many tasks ran.
  var ran: Int
  /// How long they ran, in seconds.
  var seconds: Double
}

/// How many tasks of a batch a worker keeps.
struct KeptTasks: BitwiseCopyable, Sendable {
  var batch: Int
  var tasks: Int
}

/// The fields of a task that a task submits.
struct SubmitFields: BitwiseCopyable, Sendable {
  /// The number of the request, which the reply has.
  var request: Int
  /// The batch of the task that submits it; 0 if there is none.
  var parent: Int
  var priority: Int
  var seed: UInt64
}

// MARK: As bytes

extension PoolMessage {
  static let service: UInt8 = 0

  private enum Kind: UInt8 {
    case work, cancel, giveBack, share, unshare, reply, watchTime, end, setUp
    case hello, ready, kept, result, died, submit, placed, unreadable, timeUp, broken, bye
  }

  private enum Form: UInt8 { case coded, plain, toPlace, coming, located }

  /// Writes its fields.
  func write(to writer: inout FieldWriter) {
    func begin(_ kind: Kind) { writer.put(kind.rawValue) }
    switch self {
    case .work(let fields, let typeName):
      begin(.work)
      writer.put(fields)
      writer.put(optional: typeName)
    case .cancel(let batch):
      begin(.cancel)
      writer.put(batch)
    case .giveBack: begin(.giveBack)
    case .share(let key, let form):
      begin(.share)
      writer.put(key)
      switch form {
      case .coded: writer.put(Form.coded.rawValue)
      case .plain: writer.put(Form.plain.rawValue)
      case .toPlace: writer.put(Form.toPlace.rawValue)
      case .coming: writer.put(Form.coming.rawValue)
      case .located(let location):
        writer.put(Form.located.rawValue)
        writer.put(location)
      }
    case .unshare(let key):
      begin(.unshare)
      writer.put(key)
    case .reply(let request, let parent, let failure):
      begin(.reply)
      writer.put(request)
      writer.put(parent)
      writer.put(failure != nil)
      if let failure { writer.put(bytes: failure) }
    case .watchTime: begin(.watchTime)
    case .end: begin(.end)
    case .setUp(let setup):
      begin(.setUp)
      setup.write(to: &writer)
    case .hello(let threads, let isReady, let host, let node):
      begin(.hello)
      writer.put(threads)
      writer.put(isReady)
      writer.put(text: host)
      writer.put(text: node)
    case .ready: begin(.ready)
    case .kept(let batches):
      begin(.kept)
      writer.put(batches.count)
      for batch in batches { writer.put(batch) }
    case .result(let fields, let failures):
      begin(.result)
      writer.put(fields)
      writer.put(bytes: failures)
    case .died(let batch, let kind, let record):
      begin(.died)
      writer.put(batch)
      writer.put(kind.rawValue)
      writer.put(bytes: record)
    case .submit(let fields, let typeName):
      begin(.submit)
      writer.put(fields)
      writer.put(text: typeName)
    case .placed(let key, let placement):
      begin(.placed)
      writer.put(key)
      switch placement {
      case .at(let location):
        writer.put(true)
        writer.put(location)
      case .failed(let why):
        writer.put(false)
        writer.put(text: why)
      }
    case .unreadable(let key, let why):
      begin(.unreadable)
      writer.put(key)
      writer.put(text: why)
    case .timeUp(let signals, let left):
      begin(.timeUp)
      writer.put(signals)
      writer.put(left)
    case .broken(let text):
      begin(.broken)
      writer.put(text: text)
    case .bye: begin(.bye)
    }
  }

  /// Reads the fields of a message.
  init(from reader: inout FieldReader) {
    guard let kind = Kind(rawValue: reader.take()) else { isForeign("is unknown") }
    switch kind {
    case .work: self = .work(reader.take(), typeName: reader.takeOptionalText())
    case .cancel: self = .cancel(batch: reader.take())
    case .giveBack: self = .giveBack
    case .share:
      let key = reader.take(Int.self)
      guard let form = Form(rawValue: reader.take()) else { isForeign("is unknown") }
      switch form {
      case .coded: self = .share(key: key, .coded)
      case .plain: self = .share(key: key, .plain)
      case .toPlace: self = .share(key: key, .toPlace)
      case .coming: self = .share(key: key, .coming)
      case .located: self = .share(key: key, .located(reader.take()))
      }
    case .unshare: self = .unshare(key: reader.take())
    case .reply:
      let (request, parent) = (reader.take(Int.self), reader.take(Int.self))
      self = .reply(request: request, parent: parent, failure: reader.take() ? reader.takeBytes() : nil)
    case .watchTime: self = .watchTime
    case .end: self = .end
    case .setUp: self = .setUp(ProcessSetup(from: &reader))
    case .hello:
      let (threads, isReady) = (reader.take(Int.self), reader.take(Bool.self))
      let host = reader.takeText()
      self = .hello(threads: threads, isReady: isReady, host: host, node: reader.takeText())
    case .ready: self = .ready
    case .kept:
      let count = reader.take(Int.self)
      var batches: [KeptTasks] = []
      for _ in 0..<max(count, 0) { batches.append(reader.take()) }
      self = .kept(batches)
    case .result:
      let fields = reader.take(ResultFields.self)
      self = .result(fields, failures: reader.takeBytes())
    case .died:
      let batch = reader.take(Int.self)
      guard let kind = DeathKind(rawValue: reader.take()) else { isForeign("is unknown") }
      self = .died(batch: batch, kind, record: reader.takeBytes())
    case .submit:
      let fields = reader.take(SubmitFields.self)
      self = .submit(fields, typeName: reader.takeText())
    case .placed:
      let key = reader.take(Int.self)
      self = .placed(key: key, reader.take() ? .at(reader.take()) : .failed(why: reader.takeText()))
    case .unreadable:
      let key = reader.take(Int.self)
      self = .unreadable(key: key, why: reader.takeText())
    case .timeUp:
      let signals = reader.take(UInt32.self)
      self = .timeUp(signals: signals, left: reader.take())
    case .broken: self = .broken(reader.takeText())
    case .bye: self = .bye
    }
  }
}
