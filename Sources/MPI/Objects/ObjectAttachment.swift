// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import MPIObjectCoding

// How a long array of an object travels beside the object's message.

/// An array, for code that does not know the type of its elements.
private protocol AttachableArray: SendableMetatype {
  /// See ``Nonblocking/send(_:to:tag:)``.
  static func send(
    _ attachment: ObjectAttachment, on channel: Nonblocking<Communicator>, to rank: Int, tag: Int
  ) throws(MPIError) -> Request<ObjectAttachment>

  /// See ``Nonblocking/receive(_:elementType:)``.
  static func receive(
    _ message: consuming Message, on channel: Nonblocking<Communicator>, elementType: UInt64
  ) throws(MPIError) -> Request<ObjectAttachment>
}

// For this file alone, and for arrays of plain elements alone.
extension Array: AttachableArray {
  fileprivate static func send(
    _ attachment: ObjectAttachment, on channel: Nonblocking<Communicator>, to rank: Int, tag: Int
  ) throws(MPIError) -> Request<ObjectAttachment> {
    let communicator = channel.communicator
    let rank = try communicator.checkSend(rank, tag)
    var begun = communicator.begin("send", .send, #fileID, #line)
    // The address stays good: the request holds the attachment, and nothing writes to its memory.
    let elements = attachment.start.assumingMemoryBound(to: Element.self)
    let code = communicator.beginSend(
      Piece(elements, count: attachment.byteCount / MemoryLayout<Element>.stride), of: Element.self, rank, tag,
      .standard, &begun.handles)
    return try begun.request(code) { (_, _) throws(MPIError) in attachment }
  }

  fileprivate static func receive(
    _ message: consuming Message, on channel: Nonblocking<Communicator>, elementType: UInt64
  ) throws(MPIError) -> Request<ObjectAttachment> {
    let handle = message.handle
    let count = try message.count(of: Element.self)
    message.isWaiting = false
    var begun = channel.communicator.begin("receive", .send, #fileID, #line)
    var code: CInt = 0
    let elements = [Element](unsafeUninitializedCapacity: count) { memory, initialized in
      code = Message.beginReceive(
        Piece(memory.baseAddress, count: count), of: Element.self, handle, &begun.handles)
      initialized = code == 0 ? count : 0
    }
    return try begun.request(code) { (_, _) throws(MPIError) in ObjectAttachment(elements, elementType: elementType) }
  }
}

extension Nonblocking where Base == Communicator {
  /// Begins to send an attachment, which the request gives back.
  package func send(
    _ attachment: ObjectAttachment, to rank: Int, tag: Int
  ) throws(MPIError) -> Request<ObjectAttachment> {
    let type = ObjectAttachment.arrayType(attachment.elementType) as! any AttachableArray.Type
    return try type.send(attachment, on: self, to: rank, tag: tag)
  }

  /// Begins to receive an attachment.
  ///
  /// - Parameters:
  ///   - message: of this communicator.
  ///   - elementType: the ``ObjectAttachment/elementType`` of the attachment that was sent.
  package func receive(
    _ message: consuming Message, elementType: UInt64
  ) throws(MPIError) -> Request<ObjectAttachment> {
    let type = ObjectAttachment.arrayType(elementType) as! any AttachableArray.Type
    return try type.receive(message, on: self, elementType: elementType)
  }

  /// Begins to receive an attachment into memory that belongs to something else.
  ///
  /// - Parameters:
  ///   - message: of this communicator, with as many bytes as there are at `start`.
  ///   - start: where it is to lie.
  ///   - owner: what the memory belongs to.
  ///   - elementType: the ``ObjectAttachment/elementType`` of the attachment that was sent.
  package func receive<Owner: AnyObject & Sendable>(
    _ message: consuming Message, lying start: UnsafeMutableRawPointer, in owner: Owner, elementType: UInt64
  ) throws(MPIError) -> Request<ObjectAttachment> {
    let handle = message.handle
    let count = try message.count(of: UInt8.self)
    message.isWaiting = false
    var begun = communicator.begin("receive", .send, #fileID, #line)
    let code = Message.beginReceive(
      Piece(start.assumingMemoryBound(to: UInt8.self), count: count), of: UInt8.self, handle, &begun.handles)
    return try begun.request(code) { (_, _) throws(MPIError) in
      ObjectAttachment(lying: start, count, in: owner, elementType: elementType)
    }
  }
}
