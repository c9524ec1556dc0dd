internal import RealModule

/// How fast evidence fades: an observation made `half_life` ago counts half.
package struct Forgetting: Sendable, Equatable {
    /// In the caller's unit of time (live: microseconds; simulations: rounds); nil: nothing is forgotten.
    package var halfLife: Double?

    package init(halfLife: Double? = nil) {
        precondition(halfLife.map { $0 > 0 && $0.isFinite } ?? true, "a half-life must be positive and finite")
        self.halfLife = halfLife
    }

    /// Nothing is forgotten.
    package static let none = Forgetting()

    /// Half-lives beyond which no time is told from another, so that differences of epochs always fit.
    package static let farthestEpoch = 1 << 60

    /// The whole number of half-lives up to a time, within ±``farthestEpoch``; 0 without a half-life.
    package func epoch(of time: Double) -> Int {
        guard let halfLife else { return 0 }
        return Self.epoch(ofLives: (time / halfLife).rounded(.down))
    }

    private static func epoch(ofLives whole: Double) -> Int { clamped(Int(saturating: whole)) }

    static func clamped(_ epoch: Int) -> Int { Swift.max(-farthestEpoch, Swift.min(farthestEpoch, epoch)) }

    /// 2^(time/half_life − epoch): the weight of an observation relative to the start of an epoch; 1 without a half-life.
    ///
    /// Computed as ldexp(exp2(fraction), whole − epoch), so that another epoch scales it exactly and a retraction
    /// computes the very same weight. 0 more than about 1,000 half-lives before the epoch.
    package func weight(at time: Double, epoch: Int) -> Double {
        guard let halfLife else { return 1 }
        let lives = time / halfLife
        let whole = lives.rounded(.down)
        return Self.scale(Double.exp2(lives - whole), by: Self.epoch(ofLives: whole) - epoch)
    }

    /// The factor that turns sums relative to the start of `epoch` into sums as of `time`; 1 without a half-life.
    package func factor(asOf time: Double, epoch: Int) -> Double {
        guard let halfLife else { return 1 }
        let lives = time / halfLife
        let whole = lives.rounded(.down)
        return Self.scale(Double.exp2(whole - lives), by: epoch - Self.epoch(ofLives: whole))
    }

    /// value · 2^exponent, exact unless it leaves the range of normal numbers; saturates instead of overflowing.
    package static func scale(_ value: Double, by exponent: Int) -> Double {
        value * Double(sign: .plus, exponent: Swift.max(-1074, Swift.min(1023, exponent)), significand: 1)
    }
}
