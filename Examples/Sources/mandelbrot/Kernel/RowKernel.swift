// This file is part of swift-mpi. Copyright (c) 2026 the swift-mpi authors.
// SPDX-License-Identifier: Apache-2.0

/// Computes the escape times of rows, eight points at a time, in slices of work as long as the caller likes.
///
/// Each of eight lanes follows one point's orbit. When a point is decided, its lane takes the row's next one, so that
/// all lanes have work until the row's end. A point's value depends on the point alone: not on its neighbors, not on
/// the lane it got, and not on how the work was sliced.
struct RowKernel {
  /// A number for each lane.
  private typealias Lanes = SIMD8<Double>

  /// The iterations between two looks at the lanes. An orbit that escaped meanwhile is followed again, by itself.
  private static let stride = 16

  /// The escape times of the row's points by column: complete when ``advance(by:)`` has returned true.
  private(set) var values: [Double]

  /// What is to be computed.
  private let plan: Plan

  /// The real parts of the columns.
  private let reals: [Double]

  /// The imaginary part of the row's points.
  private var imaginary = 0.0

  /// The first column that no lane has taken yet.
  private var nextColumn = 0

  /// The number of lanes that follow a point.
  private var liveLanes = 0

  /// The column of the point that a lane follows.
  private var columns = SIMD8<Int>()

  /// The numbers of iterations that the lanes' points have had: minus infinity in an idle lane.
  private var counts = Lanes(repeating: -.infinity)

  /// The points that the lanes follow: real and imaginary parts.
  private var (a, b) = (Lanes(), Lanes())

  /// Where their orbits are.
  private var (x, y) = (Lanes(), Lanes())

  /// Where their orbits were some time ago. One that comes back there, to the last bit, goes round forever.
  private var (landmarkX, landmarkY) = (Lanes(), Lanes())

  /// The counts at which the landmarks move on to where the orbits are then.
  private var landmarkCounts = Lanes()

  /// Creates a kernel for a picture's rows.
  init(plan: Plan) {
    self.plan = plan
    reals = (0..<plan.size.width).map(plan.real(column:))
    values = Array(repeating: EscapeTime.never, count: plan.size.width)
  }

  /// Begins a row. One that was begun before and is not complete is given up.
  mutating func begin(row: Int) {
    imaginary = plan.imaginary(row: row)
    nextColumn = 0
    liveLanes = 0
    for lane in 0..<Lanes.scalarCount { fill(lane) }
  }

  /// Computes on.
  ///
  /// - Parameter work: About how much to do before returning, in iterations of one point.
  /// - Returns: Whether the row is complete.
  mutating func advance(by work: Int) -> Bool {
    let iterations = Lanes(repeating: Double(plan.iterations))
    var work = work
    while liveLanes > 0 {
      guard work > 0 else { return false }
      work -= Self.stride * Lanes.scalarCount

      let (startX, startY) = (x, y)
      followOrbits()
      // An orbit past the limit may have become infinite or no number by now. It can't have come back.
      let isInside = x * x + y * y .<= EscapeTime.limit
      let isDecided = .!isInside .| (x .== landmarkX .& y .== landmarkY) .| counts .>= iterations
      if any(isDecided) {
        for lane in 0..<Lanes.scalarCount where isDecided[lane] {
          values[columns[lane]] = isInside[lane] ? EscapeTime.never : retrace(lane, startX[lane], startY[lane])
          liveLanes -= 1
          fill(lane)
          work -= 64
        }
      }
      moveLandmarks()
    }
    return true
  }

  /// Gives a lane the next point that takes iterations to decide. Those before it are decided here.
  private mutating func fill(_ lane: Int) {
    (x[lane], y[lane]) = (0, 0)
    (landmarkX[lane], landmarkY[lane]) = (.nan, .nan)
    while nextColumn < values.count {
      let column = nextColumn
      nextColumn += 1
      guard !EscapeTime.isInLargeBulb(reals[column], imaginary) else {
        values[column] = EscapeTime.never
        continue
      }
      columns[lane] = column
      counts[lane] = 0
      landmarkCounts[lane] = Double(Self.stride)
      (a[lane], b[lane]) = (reals[column], imaginary)
      liveLanes += 1
      return
    }
    // Nothing is left: the lane idles at 0, which neither escapes nor comes to an end.
    counts[lane] = -.infinity
    landmarkCounts[lane] = .infinity
    (a[lane], b[lane]) = (0, 0)
  }

  /// Iterates all lanes ``stride`` times, whether they escape meanwhile or not.
  @inline(__always)
  private mutating func followOrbits() {
    let (a, b) = (self.a, self.b)
    var (x, y) = (self.x, self.y)
    for _ in 0..<Self.stride {
      let product = x * y
      x = x * x - y * y + a
      y = product + product + b
    }
    (self.x, self.y) = (x, y)
    counts += Double(Self.stride)
  }

  /// Follows one lane's last ``stride`` iterations again, to see in which of them it escaped.
  ///
  /// - Returns: The point's value: ``EscapeTime/never`` if it escaped after the last iteration that counts.
  private func retrace(_ lane: Int, _ startX: Double, _ startY: Double) -> Double {
    var (x, y) = (startX, startY)
    var count = Int(counts[lane]) - Self.stride
    while count < plan.iterations {
      EscapeTime.step(&x, &y, a[lane], b[lane])
      count += 1
      let magnitude = x * x + y * y
      if !(magnitude <= EscapeTime.limit) { return EscapeTime.smooth(count: count, magnitude: magnitude) }
    }
    return EscapeTime.never
  }

  /// Moves the landmarks of the lanes whose time has come: each twice as far along the orbit as the one before.
  @inline(__always)
  private mutating func moveLandmarks() {
    let isDue = counts .>= landmarkCounts
    guard any(isDue) else { return }
    landmarkX.replace(with: x, where: isDue)
    landmarkY.replace(with: y, where: isDue)
    landmarkCounts.replace(with: counts * 2, where: isDue)
  }
}
