/// What a policy would cost, or how long it would take, beside what it would earn: Σwc/Σw over the fresh rows that know, rated or not, and
/// the difference from what was logged, rows paired.
package struct Companion: Sendable, Equatable {
    package enum Quantity: String, Sendable, CaseIterable {
        case costUSD = "cost_usd"
        case latencyMS = "latency_ms"

        var column: KeyPath<LogRows, [Double]> {
            switch self {
            case .costUSD: \.costUSD
            case .latencyMS: \.latencyMS
            }
        }
    }

    package let quantity: Quantity
    /// Rows that know.
    package let rows: Int
    /// Per decision, in the quantity's unit.
    package let value: Double
    package let interval: Interval
    /// The policy less what was logged.
    package let difference: Double
    package let differenceInterval: Interval

    private static let leastRows = 2

    /// Nil where hardly a row knows, or none that does carries weight. Intervals are normal.
    package init?(_ quantity: Quantity, _ weights: FreshWeights, confidence: Double, clustered: Bool) {
        let column = weights.column(quantity.column)
        let all = weights.used + weights.silent
        let known = column.indices.filter { !column[$0].isNaN }
        let total = known.reduce(0) { $0 + all[$1] }
        guard known.count >= Self.leastRows, total > 0 else { return nil }
        let n = Double(known.count)
        let logged = known.reduce(0) { $0 + column[$1] } / n
        let mean = total / n
        let value = known.reduce(0) { $0 + all[$1] * column[$1] } / total
        let clusters: Clusters?
        if clustered {
            let index = weights.clusters.index
            clusters = Clusters(sessions: known.map { index[$0] })
        } else {
            clusters = nil
        }
        let own = known.map { all[$0] * (column[$0] - value) / mean }
        let paired = known.indices.map { own[$0] - (column[known[$0]] - logged) }
        guard let error = MeanError(own, clusters: clusters),
            let pairedError = MeanError(paired, clusters: clusters)
        else { return nil }
        self.quantity = quantity
        rows = known.count
        self.value = value
        interval = Interval.around(value, error, confidence: confidence).cut(to: 0...(.infinity))
        difference = value - logged
        differenceInterval = Interval.around(difference, pairedError, confidence: confidence)
    }
}
