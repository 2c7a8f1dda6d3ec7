// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import CMPI
import Synchronization

// MPI keeps an attribute as a pointer, and calls C functions when its communicator is duplicated or freed. The pointer
// is that of a box, which MPI holds a reference to; the box knows what to do, so that one pair of C functions serves
// all keys.

/// Names a value that communicators carry: what a library keeps for each communicator that it is given.
///
/// ```swift
/// let plans = AttributeKey<PlanCache>()
///
/// func plan(for communicator: Communicator) -> PlanCache {
///   if let known = communicator[plans] { return known }
///   …
/// }
/// ```
///
/// A value is of any type. It is released when it is replaced or removed, when the communicator is freed, and at the
/// end of `withMPI` while MPI still runs. Every key is its own, also of the same type; code without the key can't see
/// the value.
///
/// C: `MPI_Comm_create_keyval`, `MPI_Comm_free_keyval`. MPI-3.1, section 6.7.2.
public final class AttributeKey<Value>: @unchecked Sendable {
  fileprivate let copy: ((Value) -> Value?)?
  /// MPI's key, from the first use on.
  private let keyval = Mutex<CInt?>(nil)

  /// A key. It may be made before MPI runs, so it may be a global constant.
  ///
  /// - Parameter copy: makes the value for a duplicate of the communicator, or returns nil for none; `{ $0 }` for the
  ///   same one. Without it a duplicate has no value. It must not call MPI.
  public init(copy: ((Value) -> Value?)? = nil) {
    self.copy = copy
  }

  deinit {
    guard let keyval = keyval.withLock({ $0 }) else { return }
    // Values that communicators still have stay until those are freed.
    Runtime.release(.keyval(keyval))
  }

  /// MPI's key, made at the first use.
  fileprivate func number() -> CInt {
    keyval.withLock { known in
      if let known { return known }
      let made = makeKeyval()
      known = made
      return made
    }
  }
}

/// A value that MPI holds, with what there is to do when its communicator is duplicated.
private class AnyAttributeBox {
  /// The box for a duplicate, or nil for none.
  func copied() -> AnyAttributeBox? { nil }
}

private final class AttributeBox<Value>: AnyAttributeBox {
  let value: Value
  let copy: ((Value) -> Value?)?

  init(_ value: Value, copy: ((Value) -> Value?)?) {
    self.value = value
    self.copy = copy
  }

  override func copied() -> AnyAttributeBox? {
    guard let copy, let value = copy(value) else { return nil }
    return AttributeBox(value, copy: copy)
  }
}

/// The keys under which predefined communicators may have values, which are never freed.
private let keysOfPredefined = Mutex<Set<CInt>>([])

private func makeKeyval() -> CInt {
  var key: CInt = CMPI_KEYVAL_INVALID
  let code = MPI_Comm_create_keyval(
    { _, _, _, value, copied, flag in
      let box = Unmanaged<AnyAttributeBox>.fromOpaque(value!).takeUnretainedValue().copied()
      flag!.pointee = box == nil ? 0 : 1
      guard let box else { return 0 }
      // Where the copy goes is given as an address without a type.
      UnsafeMutableRawPointer(copied!).storeBytes(
        of: Unmanaged.passRetained(box).toOpaque(), as: UnsafeMutableRawPointer.self)
      return 0
    },
    { _, _, value, _ in
      Unmanaged<AnyAttributeBox>.fromOpaque(value!).release()
      return 0
    }, &key, nil)
  demand(code == 0, "this MPI can't make a key for attributes")
  return key
}

extension Communicator {
  /// The value that this communicator carries under a key, or nil if it has none. Setting nil removes it.
  ///
  /// No message is sent: each rank sets its own. The value belongs to MPI's communicator, and so is seen by every
  /// object that stands for it.
  ///
  /// C: `MPI_Comm_get_attr`, `MPI_Comm_set_attr`, `MPI_Comm_delete_attr`. MPI-3.1, section 6.7.2.
  ///
  /// - Parameter key: the key of the value.
  /// - Precondition: MPI runs.
  public final subscript<Value>(key: AttributeKey<Value>) -> Value? {
    get { attribute(key.number()).map { box(at: $0).value } }
    set {
      let number = key.number()
      guard let newValue else {
        if attribute(number) != nil { mustWork(MPI_Comm_delete_attr(rawValue, number), "removed") }
        return
      }
      let box = Unmanaged.passRetained(AttributeBox(newValue, copy: key.copy) as AnyAttributeBox)
      if isPredefined { keysOfPredefined.withLock { _ = $0.insert(number) } }
      mustWork(MPI_Comm_set_attr(rawValue, number, box.toOpaque()), "set")
    }
  }

  private func box<Value>(at pointer: UnsafeMutableRawPointer) -> AttributeBox<Value> {
    let box = Unmanaged<AnyAttributeBox>.fromOpaque(pointer).takeUnretainedValue()
    return unsafeDowncast(box, to: AttributeBox<Value>.self)
  }

  private func mustWork(_ code: CInt, _ what: StaticString) {
    demand(code == 0, "an attribute of \(name) could not be \(what): \(MPIError.words(for: code))")
  }

  /// What MPI holds under a key.
  fileprivate final func attribute(_ key: CInt) -> UnsafeMutableRawPointer? {
    var value: UnsafeMutableRawPointer? = nil
    var found: CInt = 0
    mustWork(MPI_Comm_get_attr(rawValue, key, &value, &found), "read")
    return found == 0 ? nil : value
  }
}

extension Runtime {
  /// Releases the values of a communicator that is never freed.
  static func releaseAttributes(of communicator: Communicator) {
    for key in keysOfPredefined.withLock({ $0 }) where communicator.attribute(key) != nil {
      MPI_Comm_delete_attr(communicator.rawValue, key)
    }
  }

  /// Gives MPI's key for attributes back. Values under it stay until their communicators are freed.
  static func freeKeyval(_ key: CInt) {
    for communicator in [world, itself] {
      guard let communicator, communicator.attribute(key) != nil else { continue }
      MPI_Comm_delete_attr(communicator.rawValue, key)
    }
    keysOfPredefined.withLock { _ = $0.remove(key) }
    var key = key
    MPI_Comm_free_keyval(&key)
  }
}
