// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

// What a program writes that forgets `object:` for a string, a dictionary or a struct that holds one. These forms exist
// for their message, which the compiler gives in place of one about `BitwiseCopyable`.

extension MessageChannel {
  /// A value that isn't `BitwiseCopyable` is sent by `object:`.
  @available(*, unavailable, message: "this type isn't BitwiseCopyable: if it is Codable, write send(object: …)")
  @_disfavoredOverload
  public func send<Value>(
    _ value: Value, to destination: some MessageDestination, tag: Int = 0, mode: SendMode = .standard,
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) { fatalError("send without object:") }

  /// A value that isn't `BitwiseCopyable` is received by `object:`.
  @available(*, unavailable, message: "this type isn't BitwiseCopyable: if it is Codable, write receive(object: …)")
  @_disfavoredOverload
  public func receive<Value>(
    _ type: Value.Type, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Value { fatalError("receive without object:") }

  /// A value that isn't `BitwiseCopyable` is sent and received by `object:`.
  @available(*, unavailable, message: "this type isn't BitwiseCopyable: if it is Codable, write sendReceive(object: …)")
  @_disfavoredOverload
  public func sendReceive<Value>(
    _ value: Value, to destination: some MessageDestination, tag: Int = 0, from source: some MessageSource,
    receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Value { fatalError("sendReceive without object:") }

  /// A variable to receive into is of a `BitwiseCopyable` type; other values are received by `object:`.
  @available(*, unavailable, message: "this type isn't BitwiseCopyable: if it is Codable, write receive(object: …)")
  @_disfavoredOverload
  public func receive<Value>(
    into value: inout Value, from source: some MessageSource, tag: some MessageTag = AnyTag(),
    file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Status { fatalError("receive without object:") }

  /// The elements of the two buffers of an exchange are of one type.
  @available(
    *, unavailable,
    message: "both buffers need elements of one BitwiseCopyable type; of a field, write [layout: …, as: …]"
  )
  @_disfavoredOverload
  public func sendReceive<Sent: ~Copyable & ~Escapable, Received: ~Copyable & ~Escapable>(
    _ buffer: borrowing Sent, to destination: some MessageDestination, tag: Int = 0, into received: inout Received,
    from source: some MessageSource, receiveTag: some MessageTag = AnyTag(), file: StaticString = #fileID,
    line: Int = #line
  ) throws(MPIError) -> Status { fatalError("sendReceive of different elements") }
}

extension Communicator {
  /// A value that isn't `BitwiseCopyable` is broadcast by `object:`.
  @available(*, unavailable, message: "this type isn't BitwiseCopyable: if it is Codable, write broadcast(object: …)")
  @_disfavoredOverload
  public func broadcast<Value>(
    _ value: Value?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> Value { fatalError("broadcast without object:") }

  /// A value that isn't `BitwiseCopyable` is gathered by `object:`.
  @available(*, unavailable, message: "this type isn't BitwiseCopyable: if it is Codable, write gather(object: …)")
  @_disfavoredOverload
  public func gather<Value>(
    _ value: Value, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Value]? { fatalError("gather without object:") }

  /// A value that isn't `BitwiseCopyable` is gathered by `object:`.
  @available(*, unavailable, message: "this type isn't BitwiseCopyable: if it is Codable, write allGather(object: …)")
  @_disfavoredOverload
  public func allGather<Value>(
    _ value: Value, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Value] { fatalError("allGather without object:") }

  /// Values that aren't `BitwiseCopyable` are scattered by `object:`.
  @available(*, unavailable, message: "this type isn't BitwiseCopyable: if it is Codable, write scatter(object: …)")
  @_disfavoredOverload
  public func scatter<Value>(
    _ values: [Value]?, root: Int = 0, file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Value] { fatalError("scatter without object:") }

  /// Values that aren't `BitwiseCopyable` are exchanged by `object:`.
  @available(*, unavailable, message: "this type isn't BitwiseCopyable: if it is Codable, write allToAll(object: …)")
  @_disfavoredOverload
  public func allToAll<Value>(
    _ values: [Value], file: StaticString = #fileID, line: Int = #line
  ) throws(MPIError) -> [Value] { fatalError("allToAll without object:") }

  /// A closure combines `Codable` values, by `object:`.
  @available(
    *, unavailable,
    message: "if the type is Codable, write reduce(object: …) { … }; if it is BitwiseCopyable, reduce(…, .custom { … })"
  )
  @_disfavoredOverload
  public func reduce<Value>(
    _ value: Value, root: Int = 0, file: StaticString = #fileID, line: Int = #line,
    _ combine: (Value, Value) throws -> Value
  ) throws(MPIError) -> Value? { fatalError("reduce without object:") }

  /// A closure combines `Codable` values, by `object:`.
  @available(
    *, unavailable,
    message:
      "if the type is Codable, write allReduce(object: …) { … }; if it is BitwiseCopyable, allReduce(…, .custom { … })"
  )
  @_disfavoredOverload
  public func allReduce<Value>(
    _ value: Value, file: StaticString = #fileID, line: Int = #line,
    _ combine: (Value, Value) throws -> Value
  ) throws(MPIError) -> Value { fatalError("allReduce without object:") }

  /// A closure combines `Codable` values, by `object:`.
  @available(
    *, unavailable,
    message:
      "if the type is Codable, write reduceScatter(object: …) { … }; if it is BitwiseCopyable, reduceScatter(…, .custom { … })"
  )
  @_disfavoredOverload
  public func reduceScatter<Value>(
    _ value: [Value], file: StaticString = #fileID, line: Int = #line,
    _ combine: (Value, Value) throws -> Value
  ) throws(MPIError) -> Value { fatalError("reduceScatter without object:") }

  /// A closure combines `Codable` values, by `object:`.
  @available(
    *, unavailable,
    message: "if the type is Codable, write scan(object: …) { … }; if it is BitwiseCopyable, scan(…, .custom { … })"
  )
  @_disfavoredOverload
  public func scan<Value>(
    _ value: Value, file: StaticString = #fileID, line: Int = #line,
    _ combine: (Value, Value) throws -> Value
  ) throws(MPIError) -> Value { fatalError("scan without object:") }

  /// A closure combines `Codable` values, by `object:`.
  @available(
    *, unavailable,
    message:
      "if the type is Codable, write exclusiveScan(object: …) { … }; if it is BitwiseCopyable, exclusiveScan(…, .custom { … })"
  )
  @_disfavoredOverload
  public func exclusiveScan<Value>(
    _ value: Value, file: StaticString = #fileID, line: Int = #line,
    _ combine: (Value, Value) throws -> Value
  ) throws(MPIError) -> Value? { fatalError("exclusiveScan without object:") }
}
