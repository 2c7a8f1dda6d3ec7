// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

import MPI
import MPIBase
import MPIObjectCoding

/// The values that rank 0 shares, and how they get to the other ranks. Of the thread alone that talks to them.
///
/// A rank gets all shared values when its hello arrives, and later ones when they are shared.
final class SharedOffers {
  /// A value, for all workers that ask for it.
  final class Offer: @unchecked Sendable {
    /// From how many bytes on an array is worth memory that ranks share.
    static let worthPlacing = 64 << 10

    let key: Int
    private let encode: () throws -> [UInt8]
    private var encoded: [UInt8]?
    fileprivate let array: (any AnyArray)?
    fileprivate let isWorthPlacing: Bool
    fileprivate var delivery = SharedDelivery<SharedMemory.Location>()
    /// The memory that rank 0 has made for the ranks of its own node.
    fileprivate var memory: SharedMemory?

    /// An array whose bytes travel, whatever they are.
    init<Element: BitwiseCopyable>(plain array: [Element], key: Int) {
      self.key = key
      self.array = array
      isWorthPlacing = array.withPlainBytes { $0.count >= Self.worthPlacing }
      encode = { array.withPlainBytes { Array($0) } }
    }

    /// - Throws: what the value throws as it is encoded.
    init<Value: Encodable>(_ value: Value, key: Int) throws {
      self.key = key
      if let array = value as? any AnyArray, type(of: array).isPlain {
        self.array = array
        isWorthPlacing = array.withPlainBytes { $0.count >= Self.worthPlacing }
        encode = { array.withPlainBytes { Array($0) } }
      } else {
        (array, isWorthPlacing) = (nil, false)
        encode = { try ObjectCoder.encode(value) }
        encoded = try encode()
      }
    }

    /// Its bytes: once for all workers that get it at about the same time.
    fileprivate func payload() throws -> [UInt8] {
      if let encoded { return encoded }
      let bytes = try encode()
      encoded = bytes
      return bytes
    }

    /// Forgets the bytes.
    fileprivate func release() { encoded = nil }
  }

  /// A message to a rank. The bytes in it are kept for workers that come late.
  typealias Delivery = (rank: Int, frame: Frame<PoolMessage>)

  private let node: String
  /// In the order in which they were shared.
  private var offers: [Offer] = []
  /// The nodes whose ranks have reported that they can't share memory.
  private var apart: Set<String> = []

  /// - Parameter node: the name of rank 0's.
  init(node: String) { self.node = node }

  /// Shares a value with ranks that are there.
  ///
  /// - Returns: what is to be sent.
  func add(_ offer: Offer, for ranks: [(rank: Int, node: String)]) throws -> [Delivery] {
    offers.append(offer)
    return try ranks.flatMap { try messages(offer, for: $0.rank, on: $0.node) }
  }

  /// Shares all values with a rank that has come.
  func join(_ rank: Int, on node: String) throws -> [Delivery] {
    try offers.flatMap { try messages($0, for: rank, on: node) }
  }

  /// Shares a value no longer.
  func remove(_ key: Int) { offers.removeAll { $0.key == key } }

  /// Shares nothing any longer.
  func removeAll() { offers = [] }

  /// Frees bytes that no worker is known to wait for.
  func release() {
    for offer in offers { offer.release() }
  }

  /// Takes a rank's report of an array that it was to put where its node can read it.
  func placed(_ key: Int, _ placement: Placement, on node: String) throws -> [Delivery] {
    var location: SharedMemory.Location?
    switch placement {
    case .at(let place): location = place
    case .failed(let why): warn(node, why)
    }
    guard let offer = offers.first(where: { $0.key == key }) else { return [] }
    return try offer.delivery.placed(location, on: node).flatMap { try messages($0, offer, on: node) }
  }

  /// Takes that a rank can't read an array where another has put it.
  func unreadable(_ key: Int, by rank: Int, on node: String, why: String) throws -> [Delivery] {
    // Of one that is shared no longer, the memory is gone.
    guard let offer = offers.first(where: { $0.key == key }) else { return [] }
    warn(node, why)
    return try messages(.copy(rank: rank), offer, on: node)
  }

  private func messages(_ offer: Offer, for rank: Int, on node: String) throws -> [Delivery] {
    guard offer.isWorthPlacing else { return try messages(.copy(rank: rank), offer, on: node) }
    var steps: [SharedDelivery<SharedMemory.Location>.Step] = []
    // The first worker of this node that it is sent to; before, rank 0 itself.
    if node == self.node, offer.memory == nil, case .place = offer.delivery.join(0, on: node) {
      do {
        let memory = try offer.array!.withPlainBytes { try SharedMemory($0) }
        offer.memory = memory
        steps += offer.delivery.placed(memory.location, on: node)
      } catch {
        warn(node, "\(error)")
        steps += offer.delivery.placed(nil, on: node)
      }
    }
    steps.append(offer.delivery.join(rank, on: node))
    return try steps.flatMap { try messages($0, offer, on: node) }
  }

  private func messages(
    _ step: SharedDelivery<SharedMemory.Location>.Step, _ offer: Offer, on node: String
  ) throws -> [Delivery] {
    func message(_ form: SharedForm, _ bytes: [UInt8] = []) -> Frame<PoolMessage> {
      Frame(.share(key: offer.key, form), payload: Payload(bytes: bytes), isKept: true)
    }
    return switch step {
    case .copy(let rank): [(rank, message(offer.array == nil ? .coded : .plain, try offer.payload()))]
    case .place(let rank): [(rank, message(.toPlace, try offer.payload()))]
    case .announce(let rank): [(rank, message(.coming))]
    case .open(let rank, let location): [(rank, message(.located(location)))]
    }
  }

  private func warn(_ node: String, _ why: String) {
    guard apart.insert(node).inserted else { return }
    writeToStandardError(
      "warning: the ranks of \(node) can't share memory (\(why)): each gets a copy of what the pool shares")
  }
}
