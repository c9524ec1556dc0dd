import BanditCore

/// Rows that depend on each other are counted together: those of one session. Rows without a session stand alone.
package struct Clusters: Sendable {
    /// Below so many a log says little about how clusters differ.
    package static let least = 20

    /// `[row]`: which cluster, from 0.
    package let index: [UInt32]
    package let count: Int

    /// `sessions[row]`, ``LogRows/noSession`` where a row has none.
    package init(sessions: [UInt32]) {
        var slots: [UInt32: UInt32] = [:]
        var next: UInt32 = 0
        index = sessions.map { session in
            if session != LogRows.noSession, let slot = slots[session] { return slot }
            defer { next += 1 }
            if session != LogRows.noSession { slots[session] = next }
            return next
        }
        count = Int(next)
    }

    /// The sessions of rows of a log; each row by itself where the log has none.
    package init(_ rows: LogRows, range: Range<Int>) {
        self.init(sessions: rows.sessions(in: range))
    }

    /// Σ of the values of every cluster's rows, about their mean.
    package func centredSums(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        var sums = [Double](repeating: 0, count: count)
        for row in values.indices { sums[Int(index[row])] += values[row] - mean }
        return sums
    }
}

/// The standard error of a mean of influence values, and the degrees of freedom of the interval it makes.
package struct MeanError: Sendable, Equatable {
    package let value: Double
    /// Of Student's quantile; nil: the normal one.
    package let degrees: Double?

    /// sd(ψ, n − 1)/√n; with clusters √(G/(G − 1)·Σ S²)/n over the clusters' sums S of ψ about its mean. Nil below two rows or clusters.
    ///
    /// With clusters the degrees of freedom are (Σ S²)²/Σ S⁴, how many clusters there would be did each do as much as the others, and
    /// G − 1 at most. The G sessions of a log do not all speak of an arm: where sessions keep one arm each half of them say nothing of one
    /// of two, and those in which much was at stake count for several. Quantiles for G − 1 cover too little then (Carter, Schnepel and
    /// Steigerwald 2017, doi:10.1162/REST_a_00639, of whose effective number of clusters this is the one by contributions).
    package init?(_ influence: [Double], clusters: Clusters?) {
        let n = Double(influence.count)
        guard let clusters else {
            guard influence.count > 1 else { return nil }
            let mean = influence.reduce(0, +) / n
            let squares = influence.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            value = (squares / (n - 1) / n).squareRoot()
            degrees = nil
            return
        }
        guard clusters.count > 1 else { return nil }
        let g = Double(clusters.count)
        let sums = clusters.centredSums(influence)
        let squares = sums.reduce(0) { $0 + $1 * $1 }
        value = (g / (g - 1) * squares).squareRoot() / n
        degrees = Self.degrees(sums)
    }

    /// Of an estimate that each of some blocks of rows moves by so much; nil below two.
    init?(moves: [Double], areClusters: Bool) {
        guard moves.count > 1 else { return nil }
        let b = Double(moves.count)
        let mean = moves.reduce(0, +) / b
        let centred = moves.map { $0 - mean }
        value = ((b - 1) / b * centred.reduce(0) { $0 + $1 * $1 }).squareRoot()
        degrees = areClusters ? Self.degrees(centred) : nil
    }

    private static func degrees(_ sums: [Double]) -> Double {
        let most = Double(sums.count - 1)
        let largest = sums.reduce(0) { max($0, abs($1)) }
        guard largest > 0, largest.isFinite else { return most }
        // By parts of the largest, whose fourth power may be too large for a number.
        let parts = sums.reduce(into: (second: 0.0, fourth: 0.0)) { parts, sum in
            let square = (sum / largest) * (sum / largest)
            parts.second += square
            parts.fourth += square * square
        }
        return max(1, min(most, parts.second * parts.second / parts.fourth))
    }

    /// Half-width of a central interval in standard errors.
    package static func factor(confidence: Double, degrees: Double?) -> Double {
        let probability = 0.5 + confidence / 2
        // Student's for so many degrees is the normal quantile to nine digits.
        return degrees.map { StudentT.quantile(probability, degrees: min($0, 1e6)) }
            ?? NormalQuantile.value(probability)
    }

    /// Half-width of a central interval.
    package func halfWidth(_ confidence: Double) -> Double {
        Self.factor(confidence: confidence, degrees: degrees) * value
    }
}
