/// How many rewards differ from their usual value, 0 or 1, and an interval that holds when hardly any does: the gamma interval for weighted
/// counts (Fay and Feuer 1997, doi:10.1002/(SICI)1097-0258(19970415)16:7<791). Without an event it is [0, 3.69·(largest weight)/n]
/// at 95 %, the rule of three with an end on either side.
package struct RareEvents: Sendable, Equatable {
    /// Below so many events ``interval`` stands in for intervals that need more (DESIGN-experiments, rule 31).
    package static let fewEvents = 30.0
    /// Below so many an estimate is weak, and only its end away from the usual value says anything.
    package static let weakEvents = 10.0

    /// Sums over the rows: of weights, of their squares, and of both times reward and reward squared.
    package struct Sums: Codable, Sendable, Equatable {
        package var count = 0.0
        package var weight = 0.0
        package var weightSquares = 0.0
        package var reward = 0.0
        /// Σ w²r.
        package var squaresTimesReward = 0.0
        /// Σ w²r².
        package var rewardSquares = 0.0

        package init() {}

        package init(weights: [Double], rewards: [Double]) {
            for (weight, reward) in zip(weights, rewards) {
                count += 1
                self.weight += weight
                weightSquares += weight * weight
                self.reward += weight * reward
                squaresTimesReward += weight * weight * reward
                rewardSquares += weight * weight * reward * reward
            }
        }

        package static func + (left: Sums, right: Sums) -> Sums {
            var sums = left
            sums.count += right.count
            sums.weight += right.weight
            sums.weightSquares += right.weightSquares
            sums.reward += right.reward
            sums.squaresTimesReward += right.squaresTimesReward
            sums.rewardSquares += right.rewardSquares
            return sums
        }
    }

    /// 0 or 1: what nearly every reward is, when few events are counted.
    package let usual: Double
    /// (Σ wd)²/Σ (wd)², d the distance of a reward from the usual one.
    package let events: Double
    private let count: Double
    /// Σ wd and Σ w²d.
    private let distance: Double
    private let spread: Double

    package init(_ sums: Sums) {
        count = sums.count
        let isMostlyOne = sums.reward > 0.5 * sums.weight
        usual = isMostlyOne ? 1 : 0
        // What rounding leaves of a difference of equal sums is no event.
        let noise = 1e-12
        let rest = sums.weight - sums.reward
        let y = isMostlyOne ? (rest > noise * sums.weight ? rest : 0) : sums.reward
        distance = y
        spread = isMostlyOne ? sums.weightSquares - sums.squaresTimesReward : sums.squaresTimesReward
        let squares =
            isMostlyOne
            ? sums.weightSquares - 2 * sums.squaresTimesReward + sums.rewardSquares : sums.rewardSquares
        events = y > 0 && squares > 0 ? y * y / squares : 0
    }

    package init(weights: [Double], rewards: [Double]) {
        self.init(Sums(weights: weights, rewards: rewards))
    }

    /// Whether the usual intervals would promise more than so few events can keep.
    package var isFew: Bool { events < Self.fewEvents }
    package var isWeak: Bool { events < Self.weakEvents }

    /// `largestWeight`: the largest any arm of any row could have had. `rowsPerCluster`: rows that may share their chance, on average.
    package func interval(largestWeight: Double, confidence: Double, rowsPerCluster: Double = 1) -> Interval {
        let tail = (1 - confidence) / 2
        let y = distance
        let v = spread * rowsPerCluster
        let m = largestWeight * rowsPerCluster
        let low = y > 0 && v > 0 ? v / (2 * y) * ChiSquareQuantile.value(tail, degrees: 2 * y * y / v) : 0
        let above = y + m
        let high =
            (v + m * m) / (2 * above) * ChiSquareQuantile.value(1 - tail, degrees: 2 * above * above / (v + m * m))
        let ends = (low: min(1, low / count), high: min(1, high / count))
        return usual == 0
            ? Interval(low: ends.low, high: ends.high) : Interval(low: 1 - ends.high, high: 1 - ends.low)
    }

    /// The part of an interval that so few events prove: all of it, or only its end away from the usual value.
    package func proven(_ interval: Interval) -> Interval {
        guard isWeak else { return interval }
        return usual == 0 ? Interval(low: 0, high: interval.high) : Interval(low: interval.low, high: 1)
    }
}
