import BanditCore

/// Rows that depend on each other are counted together: those of one session. Rows without a session stand alone.
package struct Clusters: Sendable {
    /// Below so many clusters Student's quantile takes the place of the normal one (DESIGN-experiments, rule 29).
    package static let few = 200
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

/// The standard error of a mean of influence values, and what an interval takes of it.
package enum MeanError {
    /// sd(ψ, n − 1)/√n; with clusters √(G/(G − 1)·Σ S²)/n over the clusters' sums S of ψ about its mean. Nil below two rows or clusters.
    package static func value(_ influence: [Double], clusters: Clusters?) -> Double? {
        let n = Double(influence.count)
        guard let clusters else {
            guard influence.count > 1 else { return nil }
            let mean = influence.reduce(0, +) / n
            let squares = influence.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return (squares / (n - 1) / n).squareRoot()
        }
        guard clusters.count > 1 else { return nil }
        let g = Double(clusters.count)
        let squares = clusters.centredSums(influence).reduce(0) { $0 + $1 * $1 }
        return (g / (g - 1) * squares).squareRoot() / n
    }

    /// Half-width of a central interval in standard errors: the normal quantile, Student's for fewer than ``Clusters/few`` clusters.
    package static func factor(confidence: Double, clusters: Clusters?) -> Double {
        let probability = 0.5 + confidence / 2
        guard let clusters, clusters.count < Clusters.few, clusters.count > 1 else {
            return NormalQuantile.value(probability)
        }
        return StudentT.quantile(probability, degrees: Double(clusters.count - 1))
    }
}
