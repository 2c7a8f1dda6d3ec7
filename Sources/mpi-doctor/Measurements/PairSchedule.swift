/// Rounds of disjoint pairs in which every rank meets every other one once, as teams of a tournament do.
///
/// The pairs of a round measure at the same time and share no rank; so n ranks take n - 1 rounds (n of them where n is
/// odd), not n(n - 1)/2 turns.
struct PairSchedule {
  /// The number of ranks.
  let size: Int

  /// The number of rounds.
  var roundCount: Int { size < 2 ? 0 : size % 2 == 0 ? size - 1 : size }

  /// Whom a rank meets in a round; nil where it sits this one out.
  ///
  /// - Parameters:
  ///   - rank: 0 to `size` - 1.
  ///   - round: 0 to `roundCount` - 1.
  func partner(of rank: Int, round: Int) -> Int? {
    // All but the last stand in a circle that turns; the last one meets whom it turns to. Where their number is odd,
    // the last one isn't there.
    let circle = size % 2 == 0 ? size - 1 : size
    let last = circle
    let partner: Int
    if rank == last {
      // The one who would meet itself: 2 r = round, and circle is odd.
      partner = round % 2 == 0 ? round / 2 : (round + circle) / 2
    } else {
      let opposite = ((round - rank) % circle + circle) % circle
      partner = opposite == rank ? last : opposite
    }
    return partner < size ? partner : nil
  }
}
