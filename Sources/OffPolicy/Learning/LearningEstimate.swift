import BanditCore

/// The value of a policy that learns, over several replays of one log, with an error that holds the chance of the log as well as that of
/// the replays (DESIGN-experiments, rule 28).
package struct LearningEstimate: Sendable {
    /// Mean over the replays; nil where no replay has one.
    package let value: Double?
    /// `[row]`: a row's contribution averaged over the replays, relative to any origin; the value moves as its mean does.
    package let influence: [Double]
    /// The part of the error that is not the log's: how differently the replays learned, and what is left of their own chance. Nil for one.
    package let spread: Double?
    package let replays: Int
    private let clusters: Clusters?

    /// `modelValues`: of each replay, Σ over rows of the model's value of the learner / rows: how differently they learned, without the noise of
    /// rewards. They are not divided by their number, for all saw one log, but by 1 − `overlap`, for what replays share they do not show.
    init(values: [Double], influence: [Double], modelValues: [Double], overlap: Double, clusters: Clusters?) {
        let defined = values.filter { !$0.isNaN }
        value = defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)
        self.influence = influence
        replays = defined.count
        self.clusters = clusters
        guard defined.count > 1 else {
            spread = nil
            return
        }
        spread =
            (Self.variance(modelValues) / (1 - overlap) + Self.variance(defined) / Double(defined.count)).squareRoot()
    }

    private static func variance(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    }

    /// √(first² + spread²), first the error of the mean influence; nil for one replay.
    package var standardError: Double? { error(of: influence, spreads: [self])?.total }
    package var point: PointEstimate { PointEstimate(value: value, standardError: standardError) }

    package func interval(confidence: Double) -> Interval? {
        guard let value, let half = error(of: influence, spreads: [self])?.halfWidth(confidence) else { return nil }
        return Interval(low: value - half, high: value + half)
    }

    /// The difference from another policy judged on the same rows, its influence paired row by row.
    package func difference(
        from baseline: (value: Double, influence: [Double], learner: LearningEstimate?), confidence: Double
    ) -> (value: Double, standardError: Double, interval: Interval)? {
        guard let value, baseline.influence.count == influence.count else { return nil }
        let paired = zip(influence, baseline.influence).map { $0 - $1 }
        guard let error = error(of: paired, spreads: [self, baseline.learner].compactMap { $0 }) else { return nil }
        let half = error.halfWidth(confidence)
        let difference = value - baseline.value
        return (difference, error.total, Interval(low: difference - half, high: difference + half))
    }

    /// An error put together from independent parts.
    private struct Composed {
        var total: Double
        var degrees: Double

        func halfWidth(_ confidence: Double) -> Double {
            // Student's for so many degrees is the normal quantile to nine digits.
            StudentT.quantile(0.5 + confidence / 2, degrees: min(degrees, 1e6)) * total
        }
    }

    /// The degrees of freedom are Satterthwaite's: each replay's spread has as many as replays less one, clusters as
    /// ``MeanError`` says.
    private func error(of influence: [Double], spreads: [LearningEstimate]) -> Composed? {
        guard let first = MeanError(influence, clusters: clusters) else { return nil }
        var variance = first.value * first.value
        var squares = 0.0
        if let degrees = first.degrees { squares += variance * variance / degrees }
        for estimate in spreads {
            guard let spread = estimate.spread else { return nil }
            let part = spread * spread
            variance += part
            squares += part * part / Double(estimate.replays - 1)
        }
        let degrees = squares > 0 ? max(1, variance * variance / squares) : .infinity
        return Composed(total: variance.squareRoot(), degrees: degrees)
    }
}

/// What the replays of one log add up to, row by row.
struct ReplaySums {
    /// `[row]`: Σ over replays of q(x,π) + w(r − q_a).
    var terms: [Double]
    /// `[row]`: replays that accepted the row, and Σ over these of (reward − the replay's mean)/(rows it accepted).
    private var acceptances: [Double]
    private var shares: [Double]

    init(rowCount: Int) {
        terms = [Double](repeating: 0, count: rowCount)
        acceptances = terms
        shares = terms
    }

    mutating func add(accepted rows: [Int], mean: Double, _ rewards: [Double], _ range: Range<Int>) {
        for row in rows {
            acceptances[row - range.lowerBound] += 1
            shares[row - range.lowerBound] += (rewards[row] - mean) / Double(rows.count)
        }
    }

    /// Mean share of a replay's accepted rows that another replay accepted too, at most ¾.
    func overlap(_ replays: [LearningEvaluation.Replay]) -> Double {
        let accepted = Double(replays.reduce(0) { $0 + $1.accepted })
        let both = acceptances.reduce(0) { $0 + $1 * $1 } - accepted
        return min(0.75, both / max(1, Double(replays.count - 1) * accepted))
    }

    /// ψ of the mean of the replays' means: a row that several replays took counts as one.
    func replayInfluence(_ replays: Int) -> [Double] {
        let scale = Double(shares.count) / Double(replays)
        return shares.map { $0 * scale }
    }
}
