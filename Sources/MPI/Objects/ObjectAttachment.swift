import CMPI
import Synchronization

/// A long array of an object, which travels beside the object's message: from where it lies, and to where it stays.
///
/// The receiver makes the array before anybody there has asked for one. So what tells the type of its elements comes ahead of
/// it, and the receiver knows the types of numbers, and those of which it has sent or read such an array. Of any other type it
/// takes the bytes, and whoever reads the object copies them.
package struct ObjectAttachment: @unchecked Sendable {
  fileprivate let array: any AttachableArray

  /// What tells the type of the elements.
  package let elementType: UInt64

  /// The number of bytes.
  package let byteCount: Int

  /// An array of an object whose elements are what their bytes are.
  init<Element>(_ array: [Element]) {
    self.init(array, elementType: ObjectTypeName.of(Element.self).fingerprint)
    Self.learn(Element.self, elementType)
  }

  /// An array that has come, of elements of the type or of bytes.
  init<Element>(_ array: [Element], elementType: UInt64) {
    self.array = array
    self.elementType = elementType
    byteCount = array.count * MemoryLayout<Element>.stride
  }

  /// The array itself, where its elements are of this type and it was not received as bytes.
  func elements<Element>(of type: Element.Type) -> [Element]? {
    if Swift.type(of: array) == [Element].self { return (array as! [Element]) }
    Self.learn(type, ObjectTypeName.of(type).fingerprint)
    return nil
  }

  /// The first byte, which stays where it is as long as somebody holds this.
  var start: UnsafeRawPointer { array.start }

  // MARK: The types of elements

  private static let types = Mutex<[UInt64: any AttachableArray.Type]>(
    Dictionary(
      uniqueKeysWithValues: [
        attachable(Bool.self), attachable(Int.self), attachable(Int8.self), attachable(Int16.self),
        attachable(Int32.self), attachable(Int64.self), attachable(Int128.self), attachable(UInt.self),
        attachable(UInt8.self), attachable(UInt16.self), attachable(UInt32.self), attachable(UInt64.self),
        attachable(UInt128.self), attachable(Float.self), attachable(Double.self),
      ]))

  private static func attachable<Element>(_ type: Element.Type) -> (UInt64, any AttachableArray.Type) {
    (ObjectTypeName.of(type).fingerprint, [Element].self)
  }

  private static func learn<Element>(_: Element.Type, _ fingerprint: UInt64) {
    types.withLock { $0[fingerprint] = [Element].self }
  }

  fileprivate static func arrayType(_ elementType: UInt64) -> any AttachableArray.Type {
    types.withLock { $0[elementType] } ?? [UInt8].self
  }
}

/// An array, for those who don't know the type of its elements.
private protocol AttachableArray: SendableMetatype {
  /// Where its elements are, as long as somebody holds it.
  var start: UnsafeRawPointer { get }

  /// See ``Nonblocking/send(_:to:tag:)``.
  func send(
    _ attachment: ObjectAttachment, on channel: Nonblocking<Communicator>, to rank: Int, tag: Int
  ) throws(MPIError) -> Request<ObjectAttachment>

  /// See ``Nonblocking/receive(_:elementType:)``.
  static func receive(
    _ message: consuming Message, on channel: Nonblocking<Communicator>, elementType: UInt64
  ) throws(MPIError) -> Request<ObjectAttachment>
}

// Nobody but this file sees it so, and of plain elements alone.
extension Array: AttachableArray {
  fileprivate var start: UnsafeRawPointer {
    withUnsafeBytes { $0.baseAddress } ?? UnsafeRawPointer(bitPattern: MemoryLayout<Element>.alignment)!
  }

  fileprivate func send(
    _ attachment: ObjectAttachment, on channel: Nonblocking<Communicator>, to rank: Int, tag: Int
  ) throws(MPIError) -> Request<ObjectAttachment> {
    let rank = try channel.communicator.checkSend(Element.self, count, rank, tag, .standard)
    var begun = channel.communicator.begin("send", .send, #fileID, #line)
    // The address stays good: the attachment holds the array, and nobody writes to an array that two hold.
    let code = withUnsafeBufferPointer { memory in
      channel.begin(memory.baseAddress, memory.count, rank, tag, .standard, &begun.handles)
    }
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
      var variable = CMPI_MESSAGE_NULL
      variable = handle
      code = transfer(count, of: Element.self) { count, type in
        begun.handles.keep(MPI_Imrecv(memory.baseAddress, count, type, &variable, &begun.handles.next))
      }
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
    try attachment.array.send(attachment, on: self, to: rank, tag: tag)
  }

  /// Begins to receive an attachment.
  ///
  /// - Parameters:
  ///   - message: of this communicator.
  ///   - elementType: the ``ObjectAttachment/elementType`` of the attachment that was sent.
  package func receive(
    _ message: consuming Message, elementType: UInt64
  ) throws(MPIError) -> Request<ObjectAttachment> {
    try ObjectAttachment.arrayType(elementType).receive(message, on: self, elementType: elementType)
  }
}
